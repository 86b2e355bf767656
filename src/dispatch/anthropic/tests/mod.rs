//! What is read is all that is there, and what is written reads the same.

mod answers;
mod hostile;
mod recorded;
mod refused;
mod requests;
mod written;

use bytes::Bytes;

use super::answer::MessagesAnswer;
use crate::{
    catalog::Usage,
    chat::{Delta, Ended, Opening, Signed, Sink},
    dispatch::{Answer, Step, sse},
    query::Api,
};

/// What an answer has said, put together.
#[derive(Clone, Debug, Default, PartialEq)]
struct Said {
    id: Option<String>,
    model: Option<String>,
    text: String,
    refusal: String,
    thinking: String,
    signatures: Vec<(Signed, String)>,
    calls: Vec<Call>,
    cited: Vec<(String, Option<(u64, u64)>)>,
    ended: Option<Ended<'static>>,
    usage: Option<Usage>,
    failed: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Call {
    id: Option<String>,
    name: String,
    arguments: String,
}

impl Sink for Said {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Begin { id, model } => {
                self.id = id.map(Into::into);
                self.model = model.map(Into::into);
            }
            Delta::Text { text, .. } => self.text.push_str(&text),
            Delta::Refusal { text, .. } => self.refusal.push_str(&text),
            Delta::Thinking { text, .. } => self.thinking.push_str(&text),
            Delta::Signature { of, signature, .. } => self.signatures.push((of, signature.into())),
            Delta::Citation { citation, .. } => {
                let url = citation.url.unwrap_or_default().into();
                self.cited.push((url, citation.span));
            }
            Delta::ToolCall { call, id, name, .. } => {
                assert_eq!(self.calls.len(), call as usize);
                self.calls.push(Call {
                    id: id.map(Into::into),
                    name: name.into(),
                    arguments: String::new(),
                });
            }
            Delta::Arguments { call, json, .. } => {
                self.calls[call as usize].arguments.push_str(&json);
            }
            Delta::End { ended, .. } => {
                assert!(self.ended.is_none(), "an end comes once");
                self.ended = Some(Ended {
                    finish: ended.finish,
                    stop: ended.stop.map(|text| text.into_owned().into()),
                    explanation: ended.explanation.map(|text| text.into_owned().into()),
                });
            }
            Delta::Usage(usage) => self.usage = Some(usage),
            Delta::Failed(problem) => self.failed = Some(problem.code.unwrap_or_default().into()),
        }
    }
}

/// Reads the data of events up to the first that is not passed on.
fn streamed<'a>(events: impl IntoIterator<Item = &'a str>) -> (Said, MessagesAnswer, Step) {
    let (mut answer, mut said) = (MessagesAnswer::new(false), Said::default());
    let mut last = Step::Pass;
    for event in events {
        last = answer.event(event.as_bytes(), &mut said);
        if last != Step::Pass {
            break;
        }
    }
    (said, answer, last)
}

fn whole(body: &str) -> (Said, MessagesAnswer) {
    let (mut answer, mut said) = (MessagesAnswer::new(false), Said::default());
    answer.whole(body.as_bytes(), &mut said).expect(body);
    (said, answer)
}

/// The data of the events of a stream, and whether each has its own name beside it.
fn events(stream: &str) -> Vec<String> {
    let mut reader = sse::Reader::new();
    reader.push(Bytes::copy_from_slice(stream.as_bytes()));
    let mut events = Vec::new();
    while let Some(event) = reader.next().unwrap().or_else(|| reader.finish()) {
        let data = event.data().map(|data| data.to_vec());
        // Not the vendor's own.
        if let Some(data) = data.filter(|data| data != b"[DONE]") {
            let data = String::from_utf8(data).unwrap();
            let value: serde_json::Value = serde_json::from_str(&data).expect(&data);
            assert_eq!(
                value["type"],
                event.name(),
                "the event is named by its type"
            );
            events.push(data);
        }
    }
    events
}

fn opening(stream: bool) -> Opening {
    Opening {
        api: Api::AnthropicMessages,
        id: "0123456789abcdef".into(),
        model: "m-1".into(),
        created: 1,
        stream,
        include_usage: false,
        shows_thinking: true,
        legacy_functions: false,
        choices: 1,
    }
}
