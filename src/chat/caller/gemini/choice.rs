use std::{borrow::Cow, fmt};

use super::{
    part::{Call, Part},
    sources::Sources,
};
use crate::chat::{Ended, Finish, json::Object};

/// What has been said of one candidate, as far as it is not written yet.
#[derive(Default)]
pub(super) struct Choice {
    /// All parts of an answer that is not streamed.
    pub(super) parts: Vec<Part<'static>>,
    /// Calls that may not be complete.
    pub(super) calls: Vec<Call>,
    pub(super) sources: Sources,
    ended: Option<(Finish, Option<Box<str>>)>,
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice")
            .field("parts", &self.parts.len())
            .field("calls", &self.calls.len())
            .field("ended", &self.ended.as_ref().map(|(finish, _)| finish))
            .finish_non_exhaustive()
    }
}

impl Choice {
    pub(super) fn end(&mut self, ended: Ended<'_>) {
        let words = ended.explanation.map(|words| words.as_ref().into());
        self.ended = Some((ended.finish, words));
    }

    /// The call that a piece of arguments or a signature belongs to.
    pub(super) fn call(&mut self, number: u32) -> Option<&mut Call> {
        let mut calls = self.calls.iter_mut().rev();
        calls.find(|call| call.number == number)
    }

    /// Calls that are complete, up to the first that may not be.
    pub(super) fn complete(&mut self) -> Vec<Call> {
        let count = self.calls.iter().take_while(|call| call.is_complete());
        let count = count.count();
        self.calls.drain(..count).collect()
    }

    /// Adds a part of an answer that is not streamed: words that go on are one part.
    pub(super) fn add(&mut self, part: Part<'_>) {
        match (self.parts.last_mut(), part) {
            (
                Some(Part::Text { text, signature }),
                Part::Text {
                    text: more,
                    signature: signed,
                },
            )
            | (
                Some(Part::Thought { text, signature }),
                Part::Thought {
                    text: more,
                    signature: signed,
                },
            ) if signature.is_none() => {
                text.to_mut().push_str(&more);
                *signature = signed.map(|signed| signed.into_owned().into());
            }
            (_, part) => self.parts.push(owned(part)),
        }
    }

    /// Writes what is left, and why it ended.
    pub(super) fn finish(&mut self, index: u32, out: &mut Vec<u8>) {
        let mut parts = std::mem::take(&mut self.parts);
        parts.extend(self.calls.drain(..).map(Part::Call));
        // Of a complete answer whose provider does not say why it ends: clients take one without a word for unfinished.
        self.ended.get_or_insert((Finish::Stop, None));
        let finish = self.ended.as_ref().map(|(finish, _)| *finish);
        let stopped = matches!(finish, Some(Finish::Filtered | Finish::Refused));
        if parts.is_empty() && !stopped {
            // Clients that print every text print nothing then, where they would print that there is none.
            parts.push(Part::Text {
                text: Cow::Borrowed(""),
                signature: None,
            });
        }
        let mut candidate = Object::begin(out);
        if !parts.is_empty() {
            content(&parts, candidate.member("content"));
        }
        if let Some((finish, words)) = &self.ended {
            candidate.text("finishReason", reason(*finish));
            if let Some(words) = words {
                candidate.text("finishMessage", words);
            }
        }
        candidate.number("index", index.into());
        if !self.sources.is_empty() {
            self.sources.write(candidate.member("groundingMetadata"));
        }
        candidate.end();
    }
}

/// Writes a content of the model's.
pub(super) fn content(parts: &[Part<'_>], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"parts\":[");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        part.write(out);
    }
    out.extend_from_slice(b"],\"role\":\"model\"}");
}

fn owned(part: Part<'_>) -> Part<'static> {
    let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    match part {
        Part::Text { text, signature } => Part::Text {
            text: own(text),
            signature: signature.map(own),
        },
        Part::Thought { text, signature } => Part::Thought {
            text: own(text),
            signature: signature.map(own),
        },
        Part::Call(call) => Part::Call(call),
    }
}

const fn reason(finish: Finish) -> &'static str {
    match finish {
        // A call of a function is no reason of its own here.
        Finish::Stop | Finish::StopText | Finish::ToolCalls => "STOP",
        Finish::Length | Finish::Context => "MAX_TOKENS",
        Finish::Filtered | Finish::Refused => "SAFETY",
        Finish::Paused => "CONTINUATION",
        Finish::Fault => "OTHER",
    }
}
