use std::{collections::HashSet, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    fields::{self, Field},
    messages::{Messages, Name},
    weigh::{Present, Weigh},
};
use crate::query::{
    Api, Capabilities, Capability, Member, Prompt, Query, Refusal, RefusalKind, TokenCount,
    conversation::Opening,
};

const MOST_MEMBERS: usize = 1_024;
const MOST_TOOLS: usize = 4_096;
const TOOLS_SHOWN: usize = 64;
/// Tokens that a provider's own instructions on tools can add, and those that any prompt starts and ends with.
const PER_TOOLS: u64 = 512;
const PER_CALL: u64 = 64;

/// Reads the body of a Chat Completions request.
pub(in crate::query) fn read(body: &[u8]) -> Result<Query, Refusal> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Refusal::new(
            RefusalKind::Malformed,
            format!("the body is not valid UTF-8 (byte {})", error.valid_up_to()),
        )
    })?;
    let mut draft = Draft::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Top {
        draft: &mut draft,
        text,
    }
    .deserialize(&mut json)
    .and_then(|()| json.end());
    match read {
        Ok(()) => draft.finish(),
        Err(error) => Err(draft
            .refusal
            .take()
            .unwrap_or_else(|| draft.explain(&error))),
    }
}

/// What has been read so far.
#[derive(Default)]
pub(super) struct Draft {
    refusal: Option<Refusal>,
    at: Option<&'static str>,
    seen: u64,
    has_messages: bool,
    pub(super) needs: Capabilities,
    pub(super) prompt: Prompt,
    pub(super) opening: Opening,
    pub(super) scratch: String,
    pub(super) parts: u32,
    pub(super) input: u64,
    pub(super) audio: u64,
    pub(super) estimate: Estimate,
    query: Query,
}

/// Bytes of text by kind, for the best guess at tokens.
#[derive(Default)]
pub(super) struct Estimate {
    pub(super) ascii: u64,
    other: u64,
}

impl Estimate {
    /// About four bytes of Latin script a token, and three bytes (one sign) of most others.
    fn tokens(&self) -> u64 {
        self.ascii.div_ceil(4) + self.other.div_ceil(3)
    }
}

impl Draft {
    /// Notes a refusal and gives the parser something to stop with.
    pub(super) fn refuse<E: Error>(&mut self, param: &str, why: &'static str) -> E {
        let param: String = param.chars().take(64).collect();
        let message = format!("`{param}`: {why}");
        self.refusal = Some(Refusal::new(RefusalKind::Malformed, message).with_param(param));
        E::custom(why)
    }

    /// Counts a piece of a message's text and keeps what a classifier may see of it.
    pub(super) fn text(&mut self, text: &str) {
        let len = text.len() as u64;
        let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
        self.input += len;
        self.prompt.bytes += len;
        self.estimate.ascii += ascii;
        self.estimate.other += len - ascii;
        self.opening.update(text.as_bytes());
        if !self.scratch.is_empty() {
            self.scratch.push('\n');
        }
        crate::query::prompt::push_cut(&mut self.scratch, text, Prompt::USER_CUT);
        if self.scratch.len() > 4 * Prompt::USER_CUT {
            let long = std::mem::take(&mut self.scratch);
            crate::query::prompt::push_cut(&mut self.scratch, &long, Prompt::USER_CUT);
        }
    }

    /// Notes the first field that defeats a bound of the cost.
    pub(super) fn unbounded(&mut self, field: &str) {
        let shown = || field.chars().take(64).collect::<String>().into_boxed_str();
        self.query.unbounded.get_or_insert_with(shown);
    }

    fn need(&mut self, capability: Capability) {
        self.needs = self.needs.with(capability);
    }

    /// The parser's own complaint, without any of the caller's words.
    fn explain(&self, error: &serde_json::Error) -> Refusal {
        let place = format!("line {}, column {}", error.line(), error.column());
        let refusal = |message: String| Refusal::new(RefusalKind::Malformed, message);
        match (error.classify(), self.at) {
            (serde_json::error::Category::Data, Some(field)) => {
                refusal(format!("`{field}` has the wrong type or value ({place})"))
                    .with_param(field)
            }
            (serde_json::error::Category::Data, None) => {
                refusal(format!("the body must be a JSON object ({place})"))
            }
            (serde_json::error::Category::Eof, _) => {
                refusal(format!("the JSON body ends too early ({place})"))
            }
            _ if error.to_string().starts_with("recursion limit") => {
                refusal(format!("the JSON body is nested too deeply ({place})"))
            }
            _ => refusal(format!("the body is not valid JSON ({place})")),
        }
    }

    fn finish(mut self) -> Result<Query, Refusal> {
        let missing = |field: &'static str| {
            Err(
                Refusal::new(RefusalKind::Malformed, format!("`{field}` is required"))
                    .with_param(field),
            )
        };
        if self.query.model.is_empty() {
            return missing("model");
        }
        if !self.has_messages || self.prompt.turns == 0 {
            return missing("messages");
        }
        if self.query.stream {
            self.need(Capability::Stream);
        }
        self.query.api = Api::OpenAiChat;
        self.query.needs = self.needs;
        self.query.tokens = TokenCount {
            input_bound: self.input + PER_CALL,
            audio_bound: self.audio,
            images: self.prompt.images,
            estimate: self.estimate.tokens(),
        };
        self.query.conversation = self.opening.conversation();
        self.query.prompt = self.prompt;
        Ok(self.query)
    }
}

struct Top<'a> {
    draft: &'a mut Draft,
    text: &'a str,
}

impl<'de> DeserializeSeed<'de> for Top<'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut unknown: HashSet<Box<str>> = HashSet::new();
        while let Some(Name(key)) = map.next_key()? {
            let Some((at, field)) = fields::find(&key) else {
                if let Some(known) = fields::in_another_case(&key) {
                    return Err(self.draft.refuse(known, "is written in another case"));
                }
                if unknown.len() == MOST_MEMBERS {
                    return Err(self
                        .draft
                        .refuse(&key, "the body has more than 1024 members"));
                }
                self.draft.at = None;
                self.draft.unbounded(&key);
                if !unknown.insert(key.as_ref().into()) {
                    return Err(self.draft.refuse(&key, "the body has this member twice"));
                }
                self.draft.input += map.next_value_seed(Weigh)?;
                continue;
            };
            let name = fields::name(at);
            self.draft.at = Some(name);
            if self.draft.seen & (1 << at) != 0 {
                return Err(self.draft.refuse(name, "the body has this member twice"));
            }
            self.draft.seen |= 1 << at;
            self.member(name, field, &mut map)?;
        }
        self.draft.at = None;
        Ok(())
    }
}

impl<'de> Top<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &'static str,
        field: Field,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Messages => {
                draft.has_messages = true;
                map.next_value_seed(Messages(draft))?;
            }
            Field::Tools => map.next_value_seed(Tools(draft))?,
            Field::Functions => {
                if let Some(weight) = map.next_value_seed(Present)? {
                    draft.input += weight + PER_TOOLS;
                    draft.need(Capability::Tools);
                }
            }
            // A chat template may write some of it into the prompt.
            Field::Harmless | Field::ToolChoice => draft.input += map.next_value_seed(Weigh)?,
            Field::WebSearch => {
                if map.next_value_seed(Present)?.is_some() {
                    draft.need(Capability::WebSearch);
                    draft.unbounded(name);
                }
            }
            Field::Prediction => {
                // Predicted tokens that are not taken over are billed as output.
                if let Some(weight) = map.next_value_seed(Present)? {
                    draft.query.predicted = weight;
                    draft.need(Capability::Prediction);
                }
            }
            Field::TopLogprobs => {
                if map.next_value::<Option<u32>>()?.is_some_and(|n| n > 0) {
                    draft.need(Capability::Logprobs);
                }
            }
            Field::Logprobs => {
                if map.next_value::<Option<bool>>()? == Some(true) {
                    draft.need(Capability::Logprobs);
                }
            }
            Field::Modalities => {
                map.next_value_seed(Modalities(draft))?;
            }
            Field::ServiceTier => {
                let tier: Option<Name<'_>> = map.next_value()?;
                draft.query.service_tier = tier.map(|tier| tier.0.into());
            }
            Field::ReasoningEffort => {
                let effort: Option<Name<'_>> = map.next_value()?;
                if let Some(Name(effort)) = effort {
                    if effort != "none" {
                        draft.need(Capability::Reasoning);
                    }
                    draft.query.effort = Some(effort.into());
                }
            }
            Field::ResponseFormat => {
                let raw: &'de RawValue = map.next_value()?;
                self.response_format(raw).map_err(A::Error::custom)?;
            }
            Field::Model
            | Field::Stream
            | Field::StreamOptions
            | Field::MaxTokens
            | Field::MaxCompletionTokens
            | Field::N => {
                let raw: &'de RawValue = map.next_value()?;
                self.head(name, field, raw).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }

    /// The members that a dialect may have to write anew: their places are kept.
    fn head(
        &mut self,
        name: &'static str,
        field: Field,
        raw: &RawValue,
    ) -> Result<(), serde_json::Error> {
        let draft = &mut *self.draft;
        let text = raw.get();
        let query = &mut draft.query;
        match field {
            Field::Model => {
                let Name(model) = serde_json::from_str(text)?;
                let printable = model.bytes().all(|b| b > b' ' && b != 0x7f);
                if model.is_empty() || model.len() > 256 || !printable {
                    let why = "must be 1 to 256 bytes, without spaces or control characters";
                    return Err(draft.refuse("model", why));
                }
                query.model = model.into();
            }
            Field::Stream => {
                query.stream = serde_json::from_str::<Option<bool>>(text)?.unwrap_or_default();
            }
            Field::StreamOptions => {
                #[derive(Deserialize)]
                struct Options {
                    include_usage: Option<bool>,
                }
                // Unknown options go on too, so they are to be as shallow as everything else.
                Weigh.deserialize(&mut serde_json::Deserializer::from_str(text))?;
                let options: Option<Options> = serde_json::from_str(text)?;
                query.include_usage = options
                    .and_then(|options| options.include_usage)
                    .unwrap_or_default();
            }
            Field::MaxTokens | Field::MaxCompletionTokens => {
                let most: Option<u32> = serde_json::from_str(text)?;
                if most == Some(0) {
                    return Err(draft.refuse(name, "must be at least 1"));
                }
                query.max_output = query.max_output.max(most);
            }
            Field::N => {
                let n = serde_json::from_str::<Option<u32>>(text)?.unwrap_or(1);
                if !(1..=128).contains(&n) {
                    return Err(draft.refuse("n", "must be 1 to 128"));
                }
                query.n = n;
                if n > 1 {
                    draft.needs = draft.needs.with(Capability::N);
                }
            }
            _ => {}
        }
        let start = text.as_ptr().addr() - self.text.as_ptr().addr();
        draft.query.members.push(Member {
            name,
            value: start..start + text.len(),
        });
        Ok(())
    }

    fn response_format(&mut self, raw: &RawValue) -> Result<(), serde_json::Error> {
        #[derive(Deserialize)]
        struct Format<'a> {
            #[serde(borrow)]
            r#type: Name<'a>,
        }
        let format: Option<Format<'_>> = serde_json::from_str(raw.get())?;
        let draft = &mut *self.draft;
        match format.as_ref().map(|format| &*format.r#type.0) {
            Some("json_schema") => draft.need(Capability::JsonSchema),
            Some("json_object") => draft.need(Capability::JsonObject),
            _ => {}
        }
        draft.input += Weigh.deserialize(&mut serde_json::Deserializer::from_str(raw.get()))?;
        Ok(())
    }
}

/// What the answer is to consist of; images and whatever else cost what is not known here.
struct Modalities<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Modalities<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Modalities<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of modalities")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Name(modality)) = seq.next_element()? {
            match &*modality {
                "text" => {}
                "audio" => self.0.need(Capability::AudioOutput),
                _ => self.0.unbounded("modalities"),
            }
        }
        Ok(())
    }
}

struct Tools<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Tools<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tools<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of tools")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut count = 0;
        while seq.next_element_seed(Tool(self.0))?.is_some() {
            count += 1;
            if count > MOST_TOOLS {
                return Err(self.0.refuse("tools", "there are more than 4096 tools"));
            }
        }
        if count > 0 {
            self.0.input += PER_TOOLS;
            self.0.need(Capability::Tools);
        }
        Ok(())
    }
}

struct Tool<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Tool<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Tool<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tool object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "type" => match &*map.next_value::<Name<'_>>()?.0 {
                    "function" | "custom" => {}
                    // A tool that the provider runs has fees of its own.
                    _ => draft.unbounded("tools[].type"),
                },
                "function" | "custom" => map.next_value_seed(Function(draft))?,
                "cache_control" => {
                    map.next_value_seed(Weigh)?;
                }
                // Some providers know a tool of their own by its key.
                _ => {
                    draft.unbounded(&format!("tools[].{key}"));
                    draft.input += map.next_value_seed(Weigh)?;
                }
            }
        }
        draft.input += super::messages::PER_MESSAGE;
        Ok(())
    }
}

struct Function<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Function<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Function<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        while let Some(Name(key)) = map.next_key()? {
            let weight = if key == "name" {
                let Name(name) = map.next_value()?;
                if draft.prompt.tools.len() < TOOLS_SHOWN {
                    draft
                        .prompt
                        .tools
                        .push(name.chars().take(64).collect::<String>().into());
                }
                super::weigh::text(&name)
            } else {
                map.next_value_seed(Weigh)?
            };
            draft.input += weight + super::weigh::text(&key);
            draft.estimate.ascii += weight;
        }
        Ok(())
    }
}
