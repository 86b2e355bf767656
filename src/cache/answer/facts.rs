use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    dispatch::sse::Reader,
    observe::{Ending, FinishReason, FinishReasons, Finished},
};

/// What a whole answer says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::cache) struct Facts {
    /// It came to the end that its format has, and says of no error.
    pub(in crate::cache) whole: bool,
    /// As many choices have ended as were asked for.
    pub(in crate::cache) ended: bool,
    /// Why they have.
    pub(in crate::cache) reasons: FinishReasons,
    /// A tool is to be called.
    pub(in crate::cache) calls: bool,
    /// It has a chunk of its own that says what was used.
    pub(in crate::cache) usage: bool,
}

impl Facts {
    /// Reads an answer that should have `choices` of them.
    pub(in crate::cache) fn read(body: &Bytes, stream: bool, choices: u32) -> Self {
        let mut reading = Reading::default();
        let whole = if stream {
            reading.stream(body)
        } else {
            reading.chunk(body)
        };
        let mut facts = reading.facts;
        let seen = reading.seen.count_ones();
        facts.whole = whole.is_some() && seen > 0;
        facts.ended = facts.whole && seen == choices && reading.ended == reading.seen;
        facts
    }

    /// What Dispatch has seen of the answer; that all of it has come as far as here shows at its end. `usage` is whether
    /// it was asked for as a chunk of its own.
    pub(in crate::cache) fn seen(
        finished: &Finished,
        body: &[u8],
        stream: bool,
        usage: bool,
    ) -> Self {
        let end = body.trim_ascii_end();
        let here = if stream {
            end.ends_with(b"[DONE]")
        } else {
            end.ends_with(b"}")
        };
        let whole = here && finished.ending == Ending::Complete;
        Self {
            whole,
            ended: whole && !finished.finish_reasons.is_empty(),
            reasons: finished.finish_reasons,
            calls: finished.finish_reasons.has(FinishReason::ToolCalls),
            usage,
        }
    }

    /// Whether another caller may have it as the answer to the same question later on.
    pub(in crate::cache) fn is_final(&self, tool_calls: bool) -> bool {
        let good = |reason| match reason {
            FinishReason::Stop => true,
            FinishReason::ToolCalls => tool_calls,
            _ => false,
        };
        self.ended && self.reasons.iter().all(good) && (tool_calls || !self.calls)
    }
}

#[derive(Default)]
struct Reading {
    facts: Facts,
    /// A bit for each choice.
    seen: u128,
    ended: u128,
}

impl Reading {
    fn stream(&mut self, body: &Bytes) -> Option<()> {
        let mut reader = Reader::new().limit(usize::MAX);
        reader.push(body.clone());
        let mut done = false;
        while let Ok(Some(event)) = reader.next() {
            match event.data() {
                None => {}
                Some(data) if data.is_empty() => {}
                // What comes after the end does not belong to it.
                Some(_) if done => return None,
                Some(data) if data.trim_ascii() == b"[DONE]" => done = true,
                Some(data) => self.chunk(data)?,
            }
        }
        let rest = reader.finish();
        (done && rest.is_none_or(|rest| rest.is_comment())).then_some(())
    }

    fn chunk(&mut self, data: &[u8]) -> Option<()> {
        let chunk: Chunk<'_> = serde_json::from_slice(data).ok()?;
        if chunk.error.is_some() {
            return None;
        }
        let choices = chunk.choices.unwrap_or_default();
        self.facts.usage |= choices.is_empty() && chunk.usage.is_some();
        for (at, choice) in choices.iter().enumerate() {
            let index = choice.index.unwrap_or(u32::try_from(at).ok()?);
            let bit = 1_u128.checked_shl(index)?;
            self.seen |= bit;
            for said in [&choice.delta, &choice.message].into_iter().flatten() {
                self.facts.calls |= said.calls();
                if said.refuses() {
                    self.facts.reasons = self.facts.reasons.with(FinishReason::Refusal);
                }
            }
            // Some write the absence of a reason as a text.
            if let Some(why) = choice.finish_reason.as_deref()
                && !matches!(why, "" | "null")
            {
                self.ended |= bit;
                self.facts.reasons = self.facts.reasons.with(reason(why));
            }
        }
        Some(())
    }
}

fn reason(word: &str) -> FinishReason {
    match word {
        "stop" | "eos_token" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

/// A chunk of a stream, or a whole answer: they share their top level.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    usage: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    index: Option<u32>,
    #[serde(borrow)]
    delta: Option<Said<'a>>,
    #[serde(borrow)]
    message: Option<Said<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    refusal: Option<Cow<'a, str>>,
    tool_calls: Option<Vec<IgnoredAny>>,
    function_call: Option<IgnoredAny>,
}

impl Said<'_> {
    fn refuses(&self) -> bool {
        self.refusal.as_deref().is_some_and(|text| !text.is_empty())
    }

    fn calls(&self) -> bool {
        self.function_call.is_some()
            || self
                .tool_calls
                .as_ref()
                .is_some_and(|calls| !calls.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_final(body: &str, stream: bool, choices: u32) -> bool {
        Facts::read(&Bytes::from(body.to_owned()), stream, choices).is_final(false)
    }

    fn whole(choice: &str) -> bool {
        is_final(&format!(r#"{{"choices":[{choice}]}}"#), false, 1)
    }

    #[test]
    fn only_what_has_said_all_is_final() {
        assert!(whole(
            r#"{"index":0,"message":{"content":"x","refusal":null},"finish_reason":"stop"}"#
        ));
        for choice in [
            r#"{"index":0,"message":{"content":"x"},"finish_reason":"length"}"#,
            r#"{"index":0,"message":{"content":"x"},"finish_reason":"content_filter"}"#,
            r#"{"index":0,"message":{"content":"x"},"finish_reason":"tool_calls"}"#,
            r#"{"index":0,"message":{"content":"x"},"finish_reason":"stopped_by_owls"}"#,
            r#"{"index":0,"message":{"content":"x"},"finish_reason":null}"#,
            r#"{"index":0,"message":{"content":"x"}}"#,
            r#"{"index":0,"message":{"refusal":"no"},"finish_reason":"stop"}"#,
            r#"{"index":0,"message":{"tool_calls":[{}]},"finish_reason":"stop"}"#,
            r#"{"index":0,"message":{"function_call":{}},"finish_reason":"stop"}"#,
            r#"{"index":200,"message":{},"finish_reason":"stop"}"#,
            "",
        ] {
            assert!(!whole(choice), "{choice}");
        }
        let two = r#"{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"finish_reason":"stop"}]}"#;
        assert!(is_final(two, false, 2) && !is_final(two, false, 3) && !is_final(two, false, 1));
        assert!(!is_final(
            r#"{"choices":[{"finish_reason":"stop"}],"error":{"code":1}}"#,
            false,
            1
        ));
    }

    #[test]
    fn a_stream_cut_anywhere_is_not_final() {
        let body = [
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"x"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":1}}"#,
            "[DONE]",
        ]
        .map(|data| format!("data: {data}\n\n"))
        .concat();
        assert!(is_final(&body, true, 1));
        assert!(Facts::read(&Bytes::from(body.clone()), true, 1).usage);
        for end in 0..body.len() {
            assert!(!is_final(&body[..end], true, 1), "{}", &body[..end]);
        }
        assert!(!is_final(&format!("{body}data: {{}}\n\n"), true, 1));
        assert!(is_final(&format!("{body}: bye\n\n"), true, 1));
        let failed = body.replace("[],\"usage\"", "[],\"error\":{},\"usage\"");
        assert!(!is_final(&failed, true, 1));
    }
}
