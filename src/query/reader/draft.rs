use serde::de::Error;

use crate::query::{
    Api, Capabilities, Capability, Feature, ImageIn, Member, Op, Prompt, Query, Refusal,
    RefusalKind, TokenCount, conversation::Opening, prompt::push_cut,
};

use super::weigh::{self, count};

/// Tokens that any prompt starts and ends with.
const PER_CALL: u64 = 128;
/// Tokens that a chat template can put around one message: role, separators, name.
pub(super) const PER_MESSAGE: u64 = 16;
/// Tokens that can stand between two parts of a message.
const PER_PART: u64 = 4;
/// Tokens that a provider's own instructions on tools can add. The most that one documents are 804, of Claude Opus 4.7
/// (platform.claude.com/docs/en/agents-and-tools/tool-use/overview).
pub(super) const PER_TOOLS: u64 = 1_024;
/// More messages or parts than any provider takes; refused rather than walked.
const MOST_ITEMS: u32 = 20_000;
/// More tools than any provider takes.
pub(super) const MOST_TOOLS: usize = 4_096;
const TOOLS_SHOWN: usize = 64;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) refusal: Option<Refusal>,
    /// What is being read: the path of an object and the name of its member.
    pub(super) at: Option<(&'static str, &'static str)>,
    /// The member in which the turns are.
    turns: &'static str,
    pub(super) needs: Capabilities,
    pub(super) prompt: Prompt,
    pub(super) opening: Opening,
    /// A system prompt that stands apart from the turns, wherever in the body.
    system: Opening,
    pub(super) scratch: String,
    /// What is read are no words of the turn: a tool's, or a document's.
    pub(super) aside: bool,
    first: Option<Speaker>,
    last: Option<Speaker>,
    asked: bool,
    parts: u32,
    pub(super) input: u64,
    text_bytes: u64,
    /// Where somebody wants to count the texts, they are kept.
    pub(super) texts: Option<Vec<String>>,
    pub(super) audio: u64,
    pub(super) estimate: Estimate,
    pub(super) query: Query,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    System,
    User,
    Assistant,
    /// The results of tools and nothing else, or somebody of whom nothing is known.
    Tool,
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
    /// Of an API whose turns are in the member `turns`.
    pub(super) fn of(api: Api, turns: &'static str) -> Self {
        let query = Query {
            api,
            ..Query::default()
        };
        Self {
            turns,
            query,
            ..Self::default()
        }
    }

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
        self.input += len;
        self.text_bytes += len;
        if let Some(texts) = &mut self.texts {
            texts.push(text.to_owned());
        }
        self.prompt.bytes += len;
        self.guess(text);
        self.opening.update(text.as_bytes());
        if self.aside {
            return;
        }
        if !self.scratch.is_empty() {
            self.scratch.push('\n');
        }
        push_cut(&mut self.scratch, text, Prompt::USER_CUT);
        if self.scratch.len() > 4 * Prompt::USER_CUT {
            let long = std::mem::take(&mut self.scratch);
            push_cut(&mut self.scratch, &long, Prompt::USER_CUT);
        }
    }

    /// Counts a text for the best guess alone.
    pub(super) fn guess(&mut self, text: &str) {
        let ascii = count(text.as_bytes(), u8::is_ascii);
        self.estimate.ascii += ascii;
        self.estimate.other += text.len() as u64 - ascii;
    }

    /// Notes the first field that defeats a bound of the cost.
    pub(super) fn unbounded(&mut self, field: &str) {
        let shown = || field.chars().take(64).collect::<String>().into_boxed_str();
        self.query.unbounded.get_or_insert_with(shown);
    }

    /// Notes a member that nobody knows; one of `null` says nothing.
    pub(super) fn unknown(&mut self, field: &str, says_something: bool) {
        self.unbounded(field);
        if says_something {
            self.say(Feature::Unknown);
        }
    }

    pub(super) fn need(&mut self, capability: Capability) {
        self.needs = self.needs.with(capability);
    }

    pub(super) fn say(&mut self, feature: Feature) {
        self.query.features = self.query.features.with(feature);
    }

    /// Says it where it is so.
    pub(super) fn say_if(&mut self, feature: Feature, is_so: bool) {
        if is_so {
            self.say(feature);
        }
    }

    /// An image in the prompt, within the request or at an address.
    pub(super) fn image(&mut self, image: ImageIn, inline: bool) {
        self.opening.update(b"image");
        self.query.images.push(image);
        self.prompt.images += 1;
        self.need(Capability::Vision);
        self.say(if inline {
            Feature::InlineImage
        } else {
            Feature::RemoteImage
        });
    }

    /// A tool's name, for a classifier; its weight.
    pub(super) fn tool_name(&mut self, name: &str) -> u64 {
        if self.prompt.tools.len() < TOOLS_SHOWN {
            let shown: String = name.chars().take(64).collect();
            self.prompt.tools.push(shown.into());
        }
        weigh::text(name)
    }

    /// Some tools were read.
    pub(super) fn tools(&mut self) {
        self.input += PER_TOOLS;
        self.need(Capability::Tools);
        self.say(Feature::Tools);
    }

    /// A part of a turn was read.
    pub(super) fn part<E: Error>(&mut self) -> Result<(), E> {
        self.parts += 1;
        self.input += PER_PART;
        if self.parts > MOST_ITEMS {
            return Err(self.refuse(self.turns, "there are more than 20000 content parts"));
        }
        Ok(())
    }

    /// A turn was read, whose words are in `scratch`.
    pub(super) fn turn<E: Error>(&mut self, speaker: Speaker) -> Result<(), E> {
        self.prompt.turns += 1;
        self.input += PER_MESSAGE;
        self.estimate.ascii += 16;
        match speaker {
            Speaker::System => {
                self.opening.turn(b"system");
                self.system_words();
                self.say_if(Feature::LateSystem, self.asked);
            }
            Speaker::User => {
                self.opening.turn(b"user");
                std::mem::swap(&mut self.prompt.user, &mut self.scratch);
                self.asked = true;
            }
            Speaker::Assistant | Speaker::Tool => self.opening.turn(b"other"),
        }
        if speaker != Speaker::System {
            self.first.get_or_insert(speaker);
        }
        self.last = Some(speaker);
        if self.prompt.turns > MOST_ITEMS {
            return Err(self.refuse(self.turns, "there are more than 20000 messages"));
        }
        Ok(())
    }

    /// A system prompt begins that stands apart from the turns.
    pub(super) fn enter_system(&mut self) {
        self.scratch.clear();
        std::mem::swap(&mut self.opening, &mut self.system);
    }

    /// It was read, if there was something.
    pub(super) fn leave_system(&mut self, is_there: bool) {
        if is_there {
            self.opening.turn(b"system");
        }
        std::mem::swap(&mut self.opening, &mut self.system);
        if !is_there {
            return;
        }
        self.input += PER_MESSAGE;
        self.estimate.ascii += 16;
        self.system_words();
    }

    fn system_words(&mut self) {
        if self.prompt.system.len() < 2 * Prompt::SYSTEM_CUT {
            push_cut(&mut self.prompt.system, &self.scratch, Prompt::SYSTEM_CUT);
        }
    }

    /// Takes the model's name.
    pub(super) fn model<E: Error>(&mut self, model: &str) -> Result<(), E> {
        let printable = model.bytes().all(|b| b > b' ' && b != 0x7f);
        if model.is_empty() || model.len() > 256 || !printable {
            let why = "must be 1 to 256 bytes, without spaces or control characters";
            return Err(self.refuse("model", why));
        }
        self.query.model = model.into();
        Ok(())
    }

    /// Takes the caller's limit of output; of several the largest counts.
    pub(super) fn max_output<E: Error>(&mut self, name: &str, most: Option<u32>) -> Result<(), E> {
        if most == Some(0) {
            return Err(self.refuse(name, "must be at least 1"));
        }
        self.query.max_output = self.query.max_output.max(most);
        Ok(())
    }

    /// Takes the number of choices.
    pub(super) fn choices<E: Error>(&mut self, name: &str, n: u32) -> Result<(), E> {
        if !(1..=128).contains(&n) {
            return Err(self.refuse(name, "must be 1 to 128"));
        }
        self.query.n = n;
        if n > 1 {
            self.need(Capability::N);
            self.say(Feature::Choices);
        }
        Ok(())
    }

    /// Takes the level of reasoning, by its usual word.
    pub(super) fn effort(&mut self, level: &str) {
        if level != "none" {
            self.need(Capability::Reasoning);
            self.say(Feature::Reasoning);
        }
        // Some chat templates write it into the prompt.
        self.input += weigh::text(level);
        self.query.effort = Some(level.into());
    }

    /// Keeps where a member's value lies in the body, for those that a dialect may have to write anew.
    pub(super) fn place(&mut self, name: &'static str, value: &str, body: &str) {
        let start = value.as_ptr().addr() - body.as_ptr().addr();
        self.query.members.push(Member {
            name,
            value: start..start + value.len(),
        });
    }

    /// The parser's own complaint, without any of the caller's words.
    fn explain(&self, error: &serde_json::Error) -> Refusal {
        let place = format!("line {}, column {}", error.line(), error.column());
        let refusal = |message: String| Refusal::new(RefusalKind::Malformed, message);
        match (error.classify(), self.at) {
            (serde_json::error::Category::Data, Some((path, name))) => {
                let field = format!("{path}{name}");
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

    /// The body was read, or not.
    pub(super) fn end(mut self, read: serde_json::Result<()>) -> Result<Query, Refusal> {
        match read {
            Ok(()) => self.finish(),
            Err(error) => Err(self.refusal.take().unwrap_or_else(|| self.explain(&error))),
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
        if self.prompt.turns == 0 {
            return missing(self.turns);
        }
        if self.query.api == Api::AnthropicMessages && self.query.max_output.is_none() {
            return missing("max_tokens");
        }
        match self.query.api {
            Api::GeminiStream | Api::GeminiStreamArray => self.query.stream = true,
            api if api.op() == Op::CountTokens => self.query.stream = false,
            _ => {}
        }
        if self.query.stream {
            self.need(Capability::Stream);
        }
        self.say_if(
            Feature::AssistantFirst,
            self.first == Some(Speaker::Assistant),
        );
        self.say_if(Feature::Prefill, self.last == Some(Speaker::Assistant));
        self.query.needs = self.needs;
        self.query.tokens = TokenCount {
            input_bound: self.input + PER_CALL,
            text_bytes: self.text_bytes,
            audio_bound: self.audio,
            images: self.prompt.images,
            estimate: self.estimate.tokens(),
        };
        self.query.conversation = self.opening.after(self.system).conversation();
        self.query.prompt = self.prompt;
        Ok(self.query)
    }
}
