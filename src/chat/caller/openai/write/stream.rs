use std::fmt;

use bytes::Bytes;

use super::{
    choice::{MOST_CHOICES, annotation},
    finish,
    frame::Frame,
    usage,
};
use crate::{
    catalog::Usage,
    chat::{Delta, Ended, Finish, Opening, Sink, Writer, json},
    query::{Api, Refusal},
};

/// Writes the chunks of a stream.
pub(super) struct Stream {
    opening: Opening,
    frame: Frame,
    /// What every chunk begins with, up to the choices; empty until the first is written.
    prefix: Vec<u8>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
    said: bool,
    out: Vec<u8>,
}

/// What has been written of a choice.
#[derive(Clone, Debug, Default)]
struct Choice {
    begun: bool,
    /// Why it ends, which is written when no more can come: some say it between two rounds of one answer.
    ended: Option<Ended<'static>>,
    refused: bool,
    /// Characters of text.
    said: u64,
    /// Calls that have no arguments yet.
    bare: Vec<u32>,
}

impl Stream {
    pub(super) fn new(opening: Opening) -> Self {
        let choices = opening.choices.clamp(1, MOST_CHOICES);
        Self {
            frame: Frame::new(&opening),
            prefix: Vec::new(),
            choices: vec![Choice::default(); choices as usize],
            usage: None,
            said: false,
            out: Vec::new(),
            opening,
        }
    }

    /// The choice of a number, once its first chunk is there, which names the role; nobody has asked for more choices
    /// than there are.
    fn choice(&mut self, number: u32, calls: bool) -> Option<&mut Choice> {
        let at = usize::try_from(number).ok()?;
        if !self.choices.get(at)?.begun {
            self.choices[at].begun = true;
            self.open(number);
            let content: &[u8] = if calls { b"null" } else { b"\"\"" };
            self.out
                .extend_from_slice(br#"{"role":"assistant","content":"#);
            self.out.extend_from_slice(content);
            self.out.extend_from_slice(br#","refusal":null}"#);
            self.close(None);
        }
        self.choices.get_mut(at)
    }

    /// Begins a chunk, up to its delta.
    fn open(&mut self, choice: u32) {
        if self.prefix.is_empty() {
            self.prefix.extend_from_slice(b"data: ");
            self.frame.head(&mut self.prefix, "chat.completion.chunk");
        }
        self.out.extend_from_slice(&self.prefix);
        self.out.extend_from_slice(br#"{"index":"#);
        json::number(&mut self.out, u64::from(choice));
        self.out.extend_from_slice(br#","delta":"#);
    }

    /// Ends a chunk, from behind its delta.
    fn close(&mut self, finish: Option<&str>) {
        self.out
            .extend_from_slice(br#","logprobs":null,"finish_reason":"#);
        match finish {
            Some(word) => json::string(&mut self.out, word),
            None => self.out.extend_from_slice(b"null"),
        }
        let end: &[u8] = if self.opening.include_usage {
            b"}],\"usage\":null}\n\n"
        } else {
            b"}]}\n\n"
        };
        self.out.extend_from_slice(end);
    }

    /// A chunk with one member that is a text.
    fn text(&mut self, choice: u32, member: &str, text: &str) {
        self.said = true;
        self.open(choice);
        self.out.extend_from_slice(member.as_bytes());
        json::string(&mut self.out, text);
        self.out.push(b'}');
        self.close(None);
    }

    fn call(&mut self, choice: u32, call: u32, id: Option<&str>, name: &str) {
        self.said = true;
        self.open(choice);
        if self.opening.legacy_functions {
            self.out.extend_from_slice(br#"{"function_call":{"name":"#);
            json::string(&mut self.out, name);
            self.out.extend_from_slice(br#","arguments":""}}"#);
        } else {
            self.out.extend_from_slice(br#"{"tool_calls":[{"index":"#);
            json::number(&mut self.out, u64::from(call));
            self.out.extend_from_slice(br#","id":"#);
            self.frame.call_id(&mut self.out, id, choice, call);
            self.out
                .extend_from_slice(br#","type":"function","function":{"name":"#);
            json::string(&mut self.out, name);
            self.out.extend_from_slice(br#","arguments":""}}]}"#);
        }
        self.close(None);
    }

    fn arguments(&mut self, choice: u32, call: u32, json: &str) {
        self.open(choice);
        if self.opening.legacy_functions {
            self.out
                .extend_from_slice(br#"{"function_call":{"arguments":""#);
            json::inside(&mut self.out, json);
            self.out.extend_from_slice(br#""}}"#);
        } else {
            self.out.extend_from_slice(br#"{"tool_calls":[{"index":"#);
            json::number(&mut self.out, u64::from(call));
            self.out.extend_from_slice(br#","function":{"arguments":""#);
            json::inside(&mut self.out, json);
            self.out.extend_from_slice(br#""}}]}"#);
        }
        self.close(None);
    }

    fn finish(&mut self, number: u32, ended: &Ended<'_>) {
        let Some(choice) = self.choice(number, false) else {
            return;
        };
        let refused = choice.refused;
        let Some(word) = finish::word(ended.finish, refused, self.opening.legacy_functions) else {
            return;
        };
        let Some(choice) = self.choice(number, false) else {
            return;
        };
        // Clients parse what they have gathered: a call without arguments has an empty object.
        for call in std::mem::take(&mut choice.bare) {
            self.arguments(number, call, "{}");
        }
        if let (Finish::Refused, false, Some(why)) = (ended.finish, refused, &ended.explanation) {
            self.text(number, r#"{"refusal":"#, why);
        }
        self.open(number);
        self.out.extend_from_slice(b"{}");
        self.close(Some(word));
    }
}

/// What can be kept until the end.
fn own(ended: Ended<'_>) -> Ended<'static> {
    Ended {
        finish: ended.finish,
        stop: ended.stop.map(|text| text.into_owned().into()),
        explanation: ended.explanation.map(|text| text.into_owned().into()),
    }
}

impl Sink for Stream {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            // The chunks of one answer have one id.
            Delta::Begin { .. } if self.prefix.is_empty() => self.frame.begin(&delta),
            Delta::Text { choice, text } if !text.is_empty() => {
                let Some(state) = self.choice(choice, false) else {
                    return;
                };
                state.said += text.chars().count() as u64;
                self.text(choice, r#"{"content":"#, &text);
            }
            Delta::Refusal { choice, text } if !text.is_empty() => {
                let Some(state) = self.choice(choice, false) else {
                    return;
                };
                state.refused = true;
                self.text(choice, r#"{"refusal":"#, &text);
            }
            // Where it is not shown, the role's chunk tells that the answer has begun.
            Delta::Thinking { choice, text } => {
                if self.choice(choice, false).is_some()
                    && self.opening.shows_thinking
                    && !text.is_empty()
                {
                    self.text(choice, r#"{"reasoning_content":"#, &text);
                }
            }
            Delta::Citation { choice, citation } => {
                let Some(state) = self.choice(choice, false) else {
                    return;
                };
                let said = state.said;
                let mut written = Vec::new();
                if annotation(&mut written, &citation, said) {
                    self.open(choice);
                    self.out.extend_from_slice(br#"{"annotations":["#);
                    self.out.extend_from_slice(&written);
                    self.out.extend_from_slice(b"]}");
                    self.close(None);
                }
            }
            // The older form has room for one call.
            Delta::ToolCall { call, .. } | Delta::Arguments { call, .. }
                if call > 0 && self.opening.legacy_functions => {}
            Delta::ToolCall {
                choice,
                call,
                id,
                name,
            } => {
                let Some(state) = self.choice(choice, true) else {
                    return;
                };
                state.bare.push(call);
                self.call(choice, call, id.as_deref(), &name);
            }
            Delta::Arguments { choice, call, json } if !json.is_empty() => {
                let Some(state) = self.choice(choice, true) else {
                    return;
                };
                if let Some(at) = state.bare.iter().rposition(|bare| *bare == call) {
                    state.bare.remove(at);
                }
                self.arguments(choice, call, &json);
            }
            Delta::End { choice, ended } => {
                if let Some(state) = self.choice(choice, false) {
                    state.ended = Some(own(ended));
                }
            }
            Delta::Usage(usage) => self.usage = Some(usage),
            // OpenAI's callers have nothing to send a signature back with. Whoever reads the answer tells of a failure.
            Delta::Begin { .. }
            | Delta::Text { .. }
            | Delta::Refusal { .. }
            | Delta::Arguments { .. }
            | Delta::Signature { .. }
            | Delta::Failed(_) => {}
        }
    }
}

impl Writer for Stream {
    fn has_said(&self) -> bool {
        self.said
    }

    fn written(&mut self) -> Bytes {
        std::mem::take(&mut self.out).into()
    }

    fn end(&mut self) -> Bytes {
        for number in 0..u32::try_from(self.choices.len()).unwrap_or(u32::MAX) {
            let state = self.choices.get_mut(number as usize);
            if let Some(ended) = state.and_then(|state| state.ended.take()) {
                self.finish(number, &ended);
            }
        }
        if self.opening.include_usage
            && let Some(usage) = self.usage.take()
        {
            if self.prefix.is_empty() {
                self.prefix.extend_from_slice(b"data: ");
                self.frame.head(&mut self.prefix, "chat.completion.chunk");
            }
            self.out.extend_from_slice(&self.prefix);
            self.out.extend_from_slice(br#"],"usage":"#);
            usage::object(&mut self.out, &usage);
            self.out.extend_from_slice(b"}\n\n");
        }
        self.out.extend_from_slice(b"data: [DONE]\n\n");
        self.written()
    }

    fn fail(&mut self, why: &Refusal) -> Bytes {
        self.out.extend_from_slice(&why.event(Api::OpenAiChat));
        self.written()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("opening", &self.opening)
            .field("choices", &self.choices)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}
