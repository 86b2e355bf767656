use std::{collections::HashSet, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    draft::Draft,
    fields::{self, Field},
    messages::{Messages, Name},
    modalities::Modalities,
    tools::{PER_TOOLS, Tools},
    weigh::{self, Present, Weigh},
};
use crate::query::{Capability, Member, Query, Refusal, RefusalKind};

const MOST_MEMBERS: usize = 1_024;

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

/// The texts of a request's messages, each part by itself; `None` for a body that cannot be read.
pub(in crate::query) fn texts(body: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut draft = Draft {
        texts: Some(Vec::new()),
        ..Draft::default()
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let top = Top {
        draft: &mut draft,
        text,
    };
    top.deserialize(&mut json).ok()?;
    draft.texts
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
                self.draft.input += map.next_value_seed(Weigh::TOP)?;
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
            Field::Harmless | Field::ToolChoice => {
                draft.input += map.next_value_seed(Weigh::TOP)?
            }
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
                    // Some chat templates write it into the prompt.
                    draft.input += weigh::text(&effort);
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
                Weigh::TOP.deserialize(&mut serde_json::Deserializer::from_str(text))?;
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
        draft.input +=
            Weigh::TOP.deserialize(&mut serde_json::Deserializer::from_str(raw.get()))?;
        Ok(())
    }
}
