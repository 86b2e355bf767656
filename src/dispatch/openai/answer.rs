use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};

use super::{
    error::WireError,
    failure,
    pieces::{Pieces, problem},
    said::Said,
};
use crate::{
    chat::{Delta, Sink},
    dispatch::{
        Answer, Reported, Seen, Step, Unreadable,
        usage::{Lenient, WireUsage, lenient},
    },
    observe::{FailureClass, FinishReason, FinishReasons},
};

/// A longer name is nobody's, and is not kept.
const LONGEST_NAME: usize = 256;

/// Reads a Chat Completions answer.
#[derive(Debug)]
pub(super) struct ChatAnswer {
    hide_usage: bool,
    choices: u32,
    /// A bit for each choice that has said why it ended: providers may say so more than once.
    ended: u128,
    begun: bool,
    /// What has been told to whoever listens.
    pieces: Pieces,
    seen: Seen,
}

impl ChatAnswer {
    pub(super) fn new(hide_usage: bool, choices: u32) -> Self {
        Self {
            hide_usage,
            choices,
            ended: 0,
            begun: false,
            pieces: Pieces::default(),
            seen: Seen::default(),
        }
    }

    fn take(&mut self, chunk: &Chunk<'_>) {
        let choices = chunk.choices.unwrap_or_default();
        self.seen.content_bytes += choices.said;
        for reason in choices.reasons.iter() {
            self.seen.finish_reasons = self.seen.finish_reasons.with(reason);
        }
        let mut news = (choices.count > 0 && !self.begun) || choices.ended & !self.ended != 0;
        self.begun |= choices.count > 0;
        self.ended |= choices.ended;
        self.seen.finished = self.ended.count_ones() >= self.choices;
        let keep = |slot: &mut Option<Box<str>>, text: &Option<Text<'_>>| {
            if let Some(Text(text)) = text
                && text.len() <= LONGEST_NAME
                && slot.as_deref() != Some(text)
            {
                *slot = Some(text.as_ref().into());
            }
        };
        keep(&mut self.seen.model, &chunk.model);
        keep(&mut self.seen.tier, &chunk.service_tier);
        if let Some(usage) = chunk.usage() {
            let usage = (usage.reported(self.seen.content_bytes > 0), usage.cost());
            news |= self.seen.usage != usage.0;
            (self.seen.usage, self.seen.cost) = usage;
        } else if choices.said > 0 {
            // What was reported before is not all of it.
            self.seen.usage = Reported::Missing;
            self.seen.cost = None;
        }
        self.seen.progress += u64::from(news);
        if let Some(error) = &chunk.error {
            self.seen.error = Some(error.code());
            self.seen.failure = error.class();
            self.seen.in_band = error.in_band();
        } else if choices.failed {
            self.seen.error = Some("provider_failed".into());
            self.seen.failure = Some(FailureClass::Provider);
        }
    }
}

impl ChatAnswer {
    /// Tells whoever listens what came. Bytes that pass need none of this.
    fn tell(
        &mut self,
        json: &[u8],
        chunk: &Chunk<'_>,
        whole: bool,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        if chunk.error.is_some() {
            let seen = &self.seen;
            let problem = problem(json, seen.error.as_deref(), seen.failure);
            out.take(Delta::Failed(problem));
            return Ok(());
        }
        if self.seen.error.is_some() {
            return Ok(());
        }
        self.pieces.tell(json, whole, out)?;
        let usage = match (chunk.usage(), &self.seen.usage) {
            (Some(_), Reported::Usage(usage)) => Some(usage.clone()),
            (Some(told), Reported::Implausible) => told.sums(),
            _ => None,
        };
        if let Some(usage) = usage {
            out.take(Delta::Usage(usage));
        }
        Ok(())
    }
}

impl ChatAnswer {
    /// A body that has nothing of an answer: some servers write an error without saying so. It is in nobody's form, so
    /// no caller gets it as it is; what kind of failure it is counts with a status that says so.
    fn strange(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let mut problem = problem(body, None, None);
        if problem.message.is_none() {
            return Err(Unreadable);
        }
        let error: WireError<'_> = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        problem.class = error.class();
        self.seen.failure = problem.class;
        self.seen.in_band = error.in_band();
        if !out.listens() {
            return Err(Unreadable);
        }
        self.seen.error = Some("error".into());
        out.take(Delta::Failed(problem));
        Ok(())
    }
}

impl Answer for ChatAnswer {
    fn event(&mut self, data: &[u8], out: &mut dyn Sink) -> Step {
        if data.trim_ascii() == b"[DONE]" {
            // The end of an answer that never began is none.
            if !self.begun {
                return Step::Garbage;
            }
            self.seen.done = true;
            return Step::Done;
        }
        let Ok(chunk) = read(data) else {
            return Step::Garbage;
        };
        self.take(&chunk);
        if out.listens() && self.tell(data, &chunk, false, out).is_err() {
            return Step::Garbage;
        }
        if self.seen.error.is_some() {
            // A choice that ends by a fault is no error that the caller's package would know.
            return match chunk.error {
                Some(_) => Step::Failed,
                None => Step::Garbage,
            };
        }
        // The extra chunk has usage and no choices; usage beside choices is some providers' habit and stays.
        let extra = chunk.usage.is_some() && chunk.choices.is_none_or(|choices| choices.count == 0);
        if extra && self.hide_usage {
            Step::Hide
        } else {
            Step::Pass
        }
    }

    fn whole(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let chunk = read(body)?;
        self.take(&chunk);
        if out.listens() {
            self.tell(body, &chunk, true, out)?;
        }
        if chunk.choices.is_none() && chunk.error.is_none() {
            return self.strange(body, out);
        }
        self.seen.done = self.seen.error.is_none();
        let answers = |choices: Choices| choices.count > 0 && !choices.failed;
        if !chunk.choices.is_some_and(answers) && chunk.error.is_none() {
            Err(Unreadable)
        } else {
            Ok(())
        }
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

/// Text that is copied only where it has escapes; within an `Option`, a bare `Cow` always is.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A chunk of a stream, or a whole answer: they share their top level.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    model: Option<Text<'a>>,
    #[serde(borrow, default)]
    service_tier: Option<Text<'a>>,
    #[serde(default)]
    choices: Option<Choices>,
    #[serde(default, deserialize_with = "lenient")]
    usage: Option<WireUsage>,
    /// Groq's chunks have usage in there.
    #[serde(default)]
    x_groq: Lenient<Groq>,
    #[serde(borrow, default)]
    error: Option<WireError<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Groq {
    #[serde(deserialize_with = "lenient")]
    usage: Option<WireUsage>,
}

impl Chunk<'_> {
    fn usage(&self) -> Option<WireUsage> {
        let groq = || self.x_groq.0.as_ref().and_then(|groq| groq.usage);
        self.usage.or_else(groq)
    }
}

/// An object; a list would be taken for one without names.
fn read(json: &[u8]) -> Result<Chunk<'_>, Unreadable> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(Unreadable);
    }
    // Looked at once as a whole, and not string by string.
    let json = std::str::from_utf8(json).map_err(|_| Unreadable)?;
    serde_json::from_str(json).map_err(|_| Unreadable)
}

/// All choices of a chunk, summed up without keeping any.
#[derive(Clone, Copy, Debug, Default)]
struct Choices {
    count: u32,
    said: u64,
    ended: u128,
    reasons: FinishReasons,
    /// A choice has ended because the provider failed.
    failed: bool,
}

impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Choice<'a> {
            index: Option<u32>,
            delta: Option<Said>,
            /// In whole answers; some providers repeat in it what a stream has said so far.
            message: Option<Said>,
            #[serde(borrow)]
            finish_reason: Option<Text<'a>>,
        }
        struct Sum;
        impl<'de> Visitor<'de> for Sum {
            type Value = Choices;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array of choices")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Choices, A::Error> {
                let mut sum = Choices::default();
                while let Some(choice) = seq.next_element::<Choice<'_>>()? {
                    let index = choice.index.unwrap_or(sum.count);
                    sum.count += 1;
                    let said = choice.delta.or(choice.message).unwrap_or_default();
                    sum.said += said.bytes;
                    if said.refuses {
                        sum.reasons = sum.reasons.with(FinishReason::Refusal);
                    }
                    if said.calls {
                        sum.reasons = sum.reasons.with(FinishReason::ToolCalls);
                    }
                    // Some write the absence of a reason as a text.
                    let why = choice.finish_reason.as_ref();
                    let why = why.map_or("", |Text(why)| why);
                    if !matches!(why, "" | "null") {
                        sum.ended |= 1_u128.checked_shl(index).unwrap_or_default();
                        sum.reasons = sum.reasons.with(reason(why));
                        sum.failed |= failure::is_fault(why);
                    }
                }
                Ok(sum)
            }
        }
        deserializer.deserialize_seq(Sum)
    }
}

fn reason(word: &str) -> FinishReason {
    match word {
        "stop" | "eos_token" => FinishReason::Stop,
        "length" | "model_length" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Usage;

    #[test]
    fn a_stream_is_metered_and_its_extra_chunk_hidden() {
        let mut answer = ChatAnswer::new(true, 1);
        let role = br#"{"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
        assert_eq!(answer.event(role, &mut ()), Step::Pass);
        assert_eq!(answer.seen().content_bytes, 0, "a role is no content");
        let text = r#"{"choices":[{"index":0,"delta":{"content":"Gr\u00fc\n"}}]}"#;
        assert_eq!(answer.event(text.as_bytes(), &mut ()), Step::Pass);
        assert_eq!(answer.seen().content_bytes, 5);
        assert!(!answer.seen().finished);
        let stop =
            br#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"service_tier":"flex"}"#;
        assert_eq!(answer.event(stop, &mut ()), Step::Pass);
        assert!(answer.seen().finished);
        let usage = br#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
        assert_eq!(answer.event(usage, &mut ()), Step::Hide);
        assert_eq!(answer.event(b" [DONE]", &mut ()), Step::Done);
        assert_eq!(answer.seen().usage, Reported::Usage(Usage::text(9, 2)));
        assert_eq!(answer.seen().model.as_deref(), Some("m-1"));
        assert_eq!(answer.seen().tier.as_deref(), Some("flex"));
    }

    #[test]
    fn tool_calls_are_content() {
        let mut answer = ChatAnswer::new(false, 1);
        answer.event(br#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}"#, &mut ());
        assert_eq!(answer.seen().content_bytes, 4);
    }

    #[test]
    fn errors_of_every_shape_are_seen() {
        for (error, code) in [
            (
                r#"{"error":{"message":"no","type":"server_error","code":null}}"#,
                "server_error",
            ),
            (r#"{"error":{"message":"no","code":"1302"}}"#, "1302"),
            (r#"{"error":{"code":503}}"#, "503"),
            (r#"{"error":"overloaded"}"#, "error"),
        ] {
            let mut answer = ChatAnswer::new(false, 1);
            assert_eq!(
                answer.event(error.as_bytes(), &mut ()),
                Step::Failed,
                "{error}"
            );
            assert_eq!(answer.seen().error.as_deref(), Some(code), "{error}");
        }
        let failed =
            br#"{"choices":[{"message":{"content":"Hal"},"finish_reason":"network_error"}]}"#;
        let mut answer = ChatAnswer::new(false, 1);
        assert_eq!(
            answer.event(failed, &mut ()),
            Step::Garbage,
            "an end, and no error"
        );
        assert_eq!(answer.seen().failure, Some(FailureClass::Provider));
        assert!(answer.whole(failed, &mut ()).is_err());
        let mut answer = ChatAnswer::new(false, 1);
        assert_eq!(answer.event(b"{\"choices\":[{", &mut ()), Step::Garbage);
        assert!(answer.whole(b"<html>", &mut ()).is_err());
        assert!(answer.whole(b"{}", &mut ()).is_err());
        assert!(
            answer
                .whole(br#"[null,null,[{"message":{}}]]"#, &mut ())
                .is_err()
        );
        assert_eq!(
            answer.event(b"[]", &mut ()),
            Step::Garbage,
            "a list is no object"
        );
    }
}
