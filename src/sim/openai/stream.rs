use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    form::ChatForm,
    wire::{self, Chunk, Usage, UsageField},
};
use crate::sim::{
    UsageFault,
    choice::{Choice, Finish},
    error::json as to_json,
    reply::Reply,
    script::Step,
};

/// One chunk to be: the delta of a choice, and the tokens that it carries.
struct Part {
    delta: Value,
    logprobs: Value,
    finish: Value,
    tokens: u64,
}

/// The events of a stream, without `[DONE]`.
pub(crate) fn events(form: &ChatForm, reply: &Reply) -> Vec<Step> {
    let (fault, answer) = (reply.usage_fault.as_ref(), &reply.answer);
    let include_usage = form.extras.include_usage;
    let cumulative = fault == Some(&UsageFault::Cumulative);
    let mut written = 0;
    let mut steps = Vec::new();
    for (index, part) in interleaved(form, reply) {
        written += part.tokens;
        let usage = if cumulative {
            UsageField::Given(Usage::so_far(answer, written))
        } else if include_usage {
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
        let data = data(&chunk(form, reply, vec![choice], usage));
        let tokens = part.tokens;
        steps.push(Step::Event { data, tokens });
    }
    let missing = fault == Some(&UsageFault::Missing);
    if include_usage && !missing {
        let usage = UsageField::of(answer, fault);
        let data = data(&chunk(form, reply, Vec::new(), usage));
        let twice = fault == Some(&UsageFault::Twice);
        for _ in 0..=usize::from(twice) {
            let data = data.clone();
            steps.push(Step::Event { data, tokens: 0 });
        }
    }
    steps
}

fn chunk<'a>(
    form: &'a ChatForm,
    reply: &'a Reply,
    choices: Vec<Value>,
    usage: UsageField,
) -> Chunk<'a> {
    Chunk {
        id: &form.id,
        object: "chat.completion.chunk",
        created: form.created,
        model: &reply.model,
        service_tier: ChatForm::tier(reply),
        system_fingerprint: &form.fingerprint,
        choices,
        usage,
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
fn interleaved(form: &ChatForm, reply: &Reply) -> Vec<(usize, Part)> {
    let choices = reply.answer.choices.iter();
    let mut queues: Vec<_> = choices
        .map(|choice| parts(form, reply, choice).into_iter())
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

impl Part {
    fn new(delta: Value, tokens: u64) -> Self {
        Self {
            delta,
            logprobs: Value::Null,
            finish: Value::Null,
            tokens,
        }
    }
}

fn parts(form: &ChatForm, reply: &Reply, choice: &Choice) -> Vec<Part> {
    let mut parts = Vec::new();
    let refuses = choice.finish == Finish::Refused;
    let silent = refuses || (choice.text.is_empty() && !choice.calls.is_empty());
    let content = if silent { Value::Null } else { json!("") };
    let delta = json!({"role": "assistant", "content": content, "refusal": null});
    parts.push(Part::new(delta, 0));
    if reply.shows_reasoning {
        let thoughts = choice.thoughts().into_iter();
        parts.extend(thoughts.map(|token| Part::new(json!({"reasoning_content": token}), 1)));
    }
    for token in &choice.text {
        let field = if refuses { "refusal" } else { "content" };
        let mut next = Part::new(json!({ field: token }), 1);
        if let Some(top) = form.extras.logprobs {
            next.logprobs = wire::logprobs(std::slice::from_ref(token), top);
        }
        parts.push(next);
    }
    if choice.cites {
        let delta = json!({"annotations": wire::annotations(choice)});
        parts.push(Part::new(delta, 0));
    }
    for (index, call) in choice.calls.iter().enumerate() {
        let mut head = wire::tool_call(call, "");
        head["index"] = index.into();
        parts.push(Part::new(json!({"tool_calls": [head]}), 1));
        for piece in &call.input {
            let piece = if call.custom {
                json!({"index": index, "custom": {"input": piece}})
            } else {
                json!({"index": index, "function": {"arguments": piece}})
            };
            parts.push(Part::new(json!({"tool_calls": [piece]}), 1));
        }
    }
    let mut last = Part::new(json!({}), 0);
    last.finish = wire::finish(&choice.finish).into();
    parts.push(last);
    // Reasoning that is not shown is done before the first word is, or before the end.
    if let Some(first) = parts.get_mut(1).filter(|_| !reply.shows_reasoning) {
        first.tokens += choice.reasoning;
    }
    parts
}
