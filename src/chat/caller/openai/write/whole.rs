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
    query::Refusal,
};

/// Gathers an answer and writes it as one object.
pub(super) struct Whole {
    opening: Opening,
    frame: Frame,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

/// A choice; texts are kept as they are written, without their quotes.
#[derive(Clone, Default)]
struct Choice {
    text: Vec<u8>,
    refusal: Vec<u8>,
    thinking: Vec<u8>,
    annotations: Vec<u8>,
    calls: Vec<Call>,
    /// Characters of text.
    said: u64,
    finish: Option<&'static str>,
}

#[derive(Clone, Default)]
struct Call {
    number: u32,
    /// Both with their quotes.
    id: Vec<u8>,
    name: Vec<u8>,
    arguments: Vec<u8>,
}

impl Whole {
    pub(super) fn new(opening: Opening) -> Self {
        let choices = opening.choices.clamp(1, MOST_CHOICES);
        Self {
            frame: Frame::new(&opening),
            choices: vec![Choice::default(); choices as usize],
            usage: None,
            opening,
        }
    }

    /// The choice of a number; nobody has asked for more than there are.
    fn choice(&mut self, number: u32) -> Option<&mut Choice> {
        self.choices.get_mut(usize::try_from(number).ok()?)
    }

    fn finish(&mut self, number: u32, ended: &Ended<'_>) {
        let legacy = self.opening.legacy_functions;
        let Some(choice) = self.choice(number) else {
            return;
        };
        let refused = !choice.refusal.is_empty();
        if choice.finish.is_none() {
            choice.finish = finish::word(ended.finish, refused, legacy);
        }
        if let (Finish::Refused, false, Some(why)) = (ended.finish, refused, &ended.explanation) {
            json::inside(&mut choice.refusal, why);
        }
    }
}

impl Choice {
    fn write(&self, out: &mut Vec<u8>, index: usize, legacy: bool) {
        let text = |out: &mut Vec<u8>, text: &[u8]| {
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        };
        out.extend_from_slice(br#"{"index":"#);
        json::number(out, index as u64);
        out.extend_from_slice(br#","message":{"role":"assistant","content":"#);
        if self.text.is_empty() && (!self.refusal.is_empty() || !self.calls.is_empty()) {
            out.extend_from_slice(b"null");
        } else {
            text(out, &self.text);
        }
        if !self.thinking.is_empty() {
            out.extend_from_slice(br#","reasoning_content":"#);
            text(out, &self.thinking);
        }
        match (legacy, self.calls.first()) {
            (_, None) => {}
            (true, Some(call)) => {
                out.extend_from_slice(br#","function_call":{"#);
                call.write(out);
            }
            (false, Some(_)) => {
                out.extend_from_slice(br#","tool_calls":["#);
                for (at, call) in self.calls.iter().enumerate() {
                    out.extend_from_slice(if at == 0 { br#"{"id":"# } else { br#",{"id":"# });
                    out.extend_from_slice(&call.id);
                    out.extend_from_slice(br#","type":"function","function":{"#);
                    call.write(out);
                    out.push(b'}');
                }
                out.push(b']');
            }
        }
        out.extend_from_slice(br#","refusal":"#);
        if self.refusal.is_empty() {
            out.extend_from_slice(b"null");
        } else {
            text(out, &self.refusal);
        }
        out.extend_from_slice(br#","annotations":["#);
        out.extend_from_slice(&self.annotations);
        out.extend_from_slice(br#"]},"logprobs":null,"finish_reason":"#);
        match self.finish {
            Some(word) => json::string(out, word),
            None => out.extend_from_slice(b"null"),
        }
        out.push(b'}');
    }
}

impl Call {
    /// Writes the name and the arguments, and the brace behind them.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#""name":"#);
        out.extend_from_slice(&self.name);
        out.extend_from_slice(br#","arguments":""#);
        // Clients parse it: a call without arguments has an empty object.
        let empty: &[u8] = b"{}";
        out.extend_from_slice(match &*self.arguments {
            [] => empty,
            arguments => arguments,
        });
        out.extend_from_slice(br#""}"#);
    }
}

impl Sink for Whole {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Begin { .. } => self.frame.begin(&delta),
            Delta::Text { choice, text } => {
                if let Some(state) = self.choice(choice) {
                    state.said += text.chars().count() as u64;
                    json::inside(&mut state.text, &text);
                }
            }
            Delta::Refusal { choice, text } => {
                if let Some(state) = self.choice(choice) {
                    json::inside(&mut state.refusal, &text);
                }
            }
            Delta::Thinking { choice, text } if self.opening.shows_thinking => {
                if let Some(state) = self.choice(choice) {
                    json::inside(&mut state.thinking, &text);
                }
            }
            Delta::Citation { choice, citation } => {
                if let Some(state) = self.choice(choice) {
                    let mut written = Vec::new();
                    if annotation(&mut written, &citation, state.said) {
                        if !state.annotations.is_empty() {
                            state.annotations.push(b',');
                        }
                        state.annotations.extend_from_slice(&written);
                    }
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
                let mut new = Call {
                    number: call,
                    ..Call::default()
                };
                self.frame.call_id(&mut new.id, id.as_deref(), choice, call);
                json::string(&mut new.name, &name);
                if let Some(state) = self.choice(choice) {
                    state.calls.push(new);
                }
            }
            Delta::Arguments { choice, call, json } => {
                let calls = self.choice(choice).map(|state| &mut state.calls);
                let mut calls = calls.into_iter().flatten().rev();
                if let Some(call) = calls.find(|known| known.number == call) {
                    json::inside(&mut call.arguments, &json);
                }
            }
            Delta::End { choice, ended } => self.finish(choice, &ended),
            Delta::Usage(usage) => self.usage = Some(usage),
            // OpenAI's callers have nothing to send a signature back with. Whoever reads the answer tells of a failure.
            Delta::Thinking { .. } | Delta::Signature { .. } | Delta::Failed(_) => {}
        }
    }
}

impl Writer for Whole {
    fn has_said(&self) -> bool {
        false
    }

    fn written(&mut self) -> Bytes {
        Bytes::new()
    }

    fn end(&mut self) -> Bytes {
        let mut out = Vec::new();
        self.frame.head(&mut out, "chat.completion");
        // A provider may give fewer than were asked for.
        let given = |(at, choice): &(usize, &Choice)| *at == 0 || choice.finish.is_some();
        let given = self.choices.iter().enumerate().filter(given);
        for (place, (at, choice)) in given.enumerate() {
            if place > 0 {
                out.push(b',');
            }
            choice.write(&mut out, at, self.opening.legacy_functions);
        }
        out.push(b']');
        if let Some(usage) = &self.usage {
            out.extend_from_slice(br#","usage":"#);
            usage::object(&mut out, usage);
        }
        out.push(b'}');
        out.into()
    }

    /// An answer that is not streamed has not begun for its caller.
    fn fail(&mut self, _: &Refusal) -> Bytes {
        Bytes::new()
    }
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole")
            .field("opening", &self.opening)
            .field("choices", &self.choices.len())
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}
