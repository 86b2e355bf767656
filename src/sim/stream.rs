use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    UsageFault,
    answer::{Answer, Choice, Said},
    error::json as to_json,
    script::Step,
    wire::{self, Chunk, Usage, UsageField},
};

/// What all chunks of a stream have in common.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) id: &'a str,
    pub(crate) created: u64,
    pub(crate) model: &'a str,
    pub(crate) tier: &'a str,
    pub(crate) fingerprint: &'a str,
    pub(crate) include_usage: bool,
    pub(crate) logprobs: Option<u64>,
    pub(crate) usage_fault: Option<&'a UsageFault>,
}

/// One chunk to be: the delta of a choice, and the tokens that it carries.
struct Part {
    delta: Value,
    logprobs: Value,
    finish: Value,
    tokens: u64,
}

/// The events of a stream, without `[DONE]`.
pub(crate) fn events(frame: &Frame<'_>, answer: &Answer) -> Vec<Step> {
    let cumulative = frame.usage_fault == Some(&UsageFault::Cumulative);
    let mut written = 0;
    let mut steps = Vec::new();
    for (index, part) in interleaved(frame, answer) {
        written += part.tokens;
        let usage = if cumulative {
            UsageField::Given(Usage::so_far(answer, written))
        } else if frame.include_usage {
            UsageField::Null
        } else {
            UsageField::Absent
        };
        let choice = json!({
            "index": index,
            "delta": part.delta,
            "logprobs": part.logprobs,
            "finish_reason": part.finish,
        });
        let data = data(&frame.chunk(vec![choice], usage));
        let tokens = part.tokens;
        steps.push(Step::Event { data, tokens });
    }
    let missing = frame.usage_fault == Some(&UsageFault::Missing);
    if frame.include_usage && !missing {
        let usage = UsageField::of(answer, frame.usage_fault);
        let data = data(&frame.chunk(Vec::new(), usage));
        let twice = frame.usage_fault == Some(&UsageFault::Twice);
        for _ in 0..=usize::from(twice) {
            let data = data.clone();
            steps.push(Step::Event { data, tokens: 0 });
        }
    }
    steps
}

impl Frame<'_> {
    fn chunk(&self, choices: Vec<Value>, usage: UsageField) -> Chunk<'_> {
        Chunk {
            id: self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: self.model,
            service_tier: self.tier,
            system_fingerprint: self.fingerprint,
            choices,
            usage,
        }
    }
}

fn data(chunk: &Chunk<'_>) -> Bytes {
    event(&to_json(chunk))
}

/// An event of this data.
pub(crate) fn event(data: &[u8]) -> Bytes {
    [b"data: ", data, b"\n\n"].concat().into()
}

/// The chunks of all choices in turn, as OpenAI writes several choices at once.
fn interleaved(frame: &Frame<'_>, answer: &Answer) -> Vec<(usize, Part)> {
    let choices = answer.choices.iter();
    let mut queues: Vec<_> = choices
        .map(|choice| parts(frame, choice).into_iter())
        .collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        for (index, queue) in queues.iter_mut().enumerate() {
            all.extend(queue.next().map(|part| (index, part)));
        }
        if all.len() == before {
            return all;
        }
    }
}

fn parts(frame: &Frame<'_>, choice: &Choice) -> Vec<Part> {
    let part = |delta: Value, tokens| Part {
        delta,
        logprobs: Value::Null,
        finish: Value::Null,
        tokens,
    };
    let mut parts = Vec::new();
    match &choice.said {
        Said::Text(said) => {
            let delta = json!({"role": "assistant", "content": "", "refusal": null});
            parts.push(part(delta, 0));
            for token in said {
                let mut next = part(json!({"content": token}), 1);
                if let Some(top) = frame.logprobs {
                    next.logprobs = wire::logprobs(std::slice::from_ref(token), top);
                }
                parts.push(next);
            }
        }
        Said::Calls(calls) => {
            let delta = json!({"role": "assistant", "content": null, "refusal": null});
            parts.push(part(delta, 0));
            for (index, call) in calls.iter().enumerate() {
                let mut head = wire::tool_call(call, "");
                head["index"] = index.into();
                parts.push(part(json!({"tool_calls": [head]}), 1));
                for piece in &call.input {
                    let piece = if call.custom {
                        json!({"index": index, "custom": {"input": piece}})
                    } else {
                        json!({"index": index, "function": {"arguments": piece}})
                    };
                    parts.push(part(json!({"tool_calls": [piece]}), 1));
                }
            }
        }
    }
    let mut last = part(json!({}), 0);
    last.finish = choice.finish.as_str().into();
    parts.push(last);
    // Reasoning is not shown, but it is done before the first word is, or before the end.
    if let Some(first) = parts.get_mut(1) {
        first.tokens += choice.reasoning;
    }
    parts
}
