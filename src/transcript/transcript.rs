use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use smallvec::SmallVec;

use super::{Said, saying::Saying};
#[cfg(any(feature = "openai", feature = "anthropic", feature = "gemini"))]
use crate::dispatch::Dialect;
use crate::{
    dispatch::{Answer, Step, sse},
    query::{Op, Query},
};

/// Bytes of an answer that is not streamed, or of one event, for each byte of text that is kept at most: frames, logs of
/// probabilities and thinking are around it.
const AROUND: usize = 8;

/// Reads one answer in its caller's form.
pub(crate) struct Transcript {
    answer: Box<dyn Answer>,
    form: Form,
    saying: Saying,
}

enum Form {
    Stream(Box<sse::Reader>),
    /// Nothing more counts.
    Ended,
    Whole {
        pieces: SmallVec<[Bytes; 2]>,
        left: usize,
    },
}

impl Transcript {
    /// Of the answer to a query, of which the head has come, up to so many bytes of text. `None` where nobody here reads
    /// the caller's form.
    pub(crate) fn new(query: &Query, headers: &HeaderMap, most: usize) -> Option<Self> {
        let raw = most.saturating_mul(AROUND);
        let form = match is_stream(headers) {
            true => Form::Stream(Box::new(sse::Reader::new().limit(raw))),
            false => Form::Whole {
                pieces: SmallVec::new(),
                left: raw,
            },
        };
        Some(Self {
            answer: reader(query)?,
            form,
            saying: Saying::at_most(most),
        })
    }

    /// Whether nothing can become of it any more.
    pub(crate) const fn is_lost(&self) -> bool {
        self.saying.is_lost()
    }

    /// More of the answer. Of one that is not streamed this keeps the bytes and copies none.
    pub(crate) fn take(&mut self, chunk: &Bytes) {
        if self.is_lost() || chunk.is_empty() {
            return;
        }
        match &mut self.form {
            Form::Ended => {}
            Form::Whole { pieces, left } => match left.checked_sub(chunk.len()) {
                Some(less) => {
                    *left = less;
                    pieces.push(chunk.clone());
                }
                None => {
                    pieces.clear();
                    self.saying.lose();
                }
            },
            Form::Stream(events) => {
                events.push(chunk.clone());
                self.read();
            }
        }
    }

    /// Reads the events that are whole.
    fn read(&mut self) {
        while let Form::Stream(events) = &mut self.form {
            match events.next() {
                Ok(Some(event)) => self.event(&event),
                Ok(None) => return,
                Err(_) => {
                    self.form = Form::Ended;
                    self.saying.lose();
                }
            }
        }
    }

    fn event(&mut self, event: &sse::Event) {
        let Some(data) = event.data() else {
            return;
        };
        match self.answer.event(data, &mut self.saying) {
            Step::Pass | Step::Hide => {}
            Step::Done => self.form = Form::Ended,
            Step::Failed | Step::Garbage => self.saying.lose(),
        }
        if self.is_lost() {
            self.form = Form::Ended;
        }
    }

    /// What was said, where the answer has come to an end of its own and was read.
    pub(crate) fn finish(mut self) -> Option<Said> {
        if let Form::Whole { pieces, .. } = &self.form {
            let body = match &pieces[..] {
                [one] => one.clone(),
                several => several.concat().into(),
            };
            self.answer.whole(&body, &mut self.saying).ok()?;
            return self.saying.into_said();
        }
        while let Form::Stream(events) = &mut self.form {
            match events.finish() {
                Some(event) => self.event(&event),
                None => break,
            }
        }
        let seen = self.answer.seen();
        let whole = seen.finished || seen.done;
        self.saying.into_said().filter(|_| whole)
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.trim_start().starts_with("text/event-stream"))
}

/// What reads an answer in the form of the query's API.
fn reader(query: &Query) -> Option<Box<dyn Answer>> {
    if query.api().op() != Op::Generate {
        return None;
    }
    #[cfg(feature = "openai")]
    if crate::dispatch::openai::OpenAi::new().is_native(query.api()) {
        return Some(crate::dispatch::openai::OpenAi::new().answer(query));
    }
    #[cfg(feature = "anthropic")]
    if crate::dispatch::anthropic::Anthropic::new().is_native(query.api()) {
        return Some(crate::dispatch::anthropic::Anthropic::new().answer(query));
    }
    #[cfg(feature = "gemini")]
    if crate::dispatch::gemini::Gemini::new().is_native(query.api()) {
        return Some(crate::dispatch::gemini::Gemini::new().answer(query));
    }
    None
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript")
            .field("lost", &self.is_lost())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "openai"))]
mod tests {
    use super::*;
    use crate::{chat::Finish, query::Api};

    fn of(content_type: &'static str, most: usize) -> Transcript {
        let body = r#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#;
        let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Transcript::new(&query, &headers, most).unwrap()
    }

    fn read(content_type: &'static str, most: usize, body: &str, step: usize) -> Option<Said> {
        let mut transcript = of(content_type, most);
        for piece in body.as_bytes().chunks(step) {
            transcript.take(&Bytes::copy_from_slice(piece));
        }
        transcript.finish()
    }

    const SSE: &str = "text/event-stream; charset=utf-8";

    fn stream(words: &[&str], end: &str) -> String {
        let chunks = words.iter().map(|word| {
            let word = serde_json::Value::from(*word);
            format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{word}}}}}]}}\n\n")
        });
        chunks.collect::<String>() + end
    }

    const END: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    #[test]
    fn a_stream_is_read_however_it_is_cut() {
        let body = stream(&["Grüße", " 🦀", ""], END);
        for step in [1, 7, 4_096] {
            let said = read(SSE, 64, &body, step).unwrap();
            assert_eq!(said.text(), "Grüße 🦀");
            assert_eq!(said.finish(), Some(Finish::Stop));
        }
    }

    #[test]
    fn what_has_no_end_is_not_told() {
        assert!(read(SSE, 64, &stream(&["a"], ""), 9).is_none());
        assert!(read(SSE, 64, "data: {no\n\n", 9).is_none());
        let failed = stream(&["a"], "data: {\"error\":{\"message\":\"x\"}}\n\n");
        assert!(read(SSE, 64, &failed, 9).is_none());
        assert!(read("application/json", 64, "{\"choices\":[", 9).is_none());
        assert!(read("application/json", 64, "", 9).is_none());
    }

    #[test]
    fn what_is_too_long_is_let_go() {
        let body = stream(&["12345678", "1"], END);
        assert!(read(SSE, 9, &body, 50).is_some());
        assert!(read(SSE, 8, &body, 50).is_none());
        let mut transcript = of(SSE, 8);
        transcript.take(&Bytes::from(body));
        assert!(transcript.is_lost());
        // One event without an end is not kept without a bound either.
        let mut transcript = of(SSE, 8);
        for _ in 0..100 {
            transcript.take(&Bytes::from_static(b"data: x"));
        }
        assert!(transcript.is_lost());
        let mut transcript = of("application/json", 8);
        transcript.take(&Bytes::from(vec![b' '; 65]));
        assert!(transcript.is_lost());
    }

    #[test]
    fn a_whole_answer_is_read_at_its_end() {
        let body = r#"{"id":"x","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":
            {"role":"assistant","content":null,"tool_calls":[
                {"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
                {"id":"2","type":"function","function":{"name":"g","arguments":""}}]}}]}"#;
        for step in [1, 4_096] {
            let said = read("application/json", 4_096, body, step).unwrap();
            let calls = said.calls().iter();
            let calls: Vec<_> = calls.map(|one| (one.name(), one.arguments())).collect();
            assert_eq!(calls, [("f", r#"{"a":1}"#), ("g", "{}")]);
            assert_eq!(said.finish(), Some(Finish::ToolCalls));
        }
    }
}
