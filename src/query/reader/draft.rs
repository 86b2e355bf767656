use serde::de::Error;

use crate::query::{
    Api, Capabilities, Capability, Prompt, Query, Refusal, RefusalKind, TokenCount,
    conversation::Opening, prompt::push_cut,
};

use super::weigh::count;

/// Tokens that any prompt starts and ends with.
const PER_CALL: u64 = 128;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) refusal: Option<Refusal>,
    pub(super) at: Option<&'static str>,
    pub(super) seen: u64,
    pub(super) has_messages: bool,
    pub(super) needs: Capabilities,
    pub(super) prompt: Prompt,
    pub(super) opening: Opening,
    pub(super) scratch: String,
    pub(super) parts: u32,
    pub(super) input: u64,
    pub(super) text_bytes: u64,
    /// Where somebody wants to count the texts, they are kept.
    pub(super) texts: Option<Vec<String>>,
    pub(super) audio: u64,
    pub(super) estimate: Estimate,
    pub(super) query: Query,
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
        let ascii = count(text.as_bytes(), u8::is_ascii);
        self.input += len;
        self.text_bytes += len;
        if let Some(texts) = &mut self.texts {
            texts.push(text.to_owned());
        }
        self.prompt.bytes += len;
        self.estimate.ascii += ascii;
        self.estimate.other += len - ascii;
        self.opening.update(text.as_bytes());
        if !self.scratch.is_empty() {
            self.scratch.push('\n');
        }
        push_cut(&mut self.scratch, text, Prompt::USER_CUT);
        if self.scratch.len() > 4 * Prompt::USER_CUT {
            let long = std::mem::take(&mut self.scratch);
            push_cut(&mut self.scratch, &long, Prompt::USER_CUT);
        }
    }

    /// Notes the first field that defeats a bound of the cost.
    pub(super) fn unbounded(&mut self, field: &str) {
        let shown = || field.chars().take(64).collect::<String>().into_boxed_str();
        self.query.unbounded.get_or_insert_with(shown);
    }

    pub(super) fn need(&mut self, capability: Capability) {
        self.needs = self.needs.with(capability);
    }

    /// The parser's own complaint, without any of the caller's words.
    pub(super) fn explain(&self, error: &serde_json::Error) -> Refusal {
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

    pub(super) fn finish(mut self) -> Result<Query, Refusal> {
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
            text_bytes: self.text_bytes,
            audio_bound: self.audio,
            images: self.prompt.images,
            estimate: self.estimate.tokens(),
        };
        self.query.conversation = self.opening.conversation();
        self.query.prompt = self.prompt;
        Ok(self.query)
    }
}
