use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    form::{self, MessagesForm},
    usage,
};
use crate::sim::{
    UsageFault,
    ask::Thinking,
    choice::{Choice, Finish},
    error::json as to_json,
    reply::Reply,
    script::Step,
};

/// An event of this name and data.
pub(crate) fn event(name: &str, data: &[u8]) -> Bytes {
    [b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"]
        .concat()
        .into()
}

/// The events in the making, and the index of the next block.
#[derive(Default)]
struct Events {
    steps: Vec<Step>,
    index: u64,
}

impl Events {
    fn push(&mut self, data: &Value, tokens: u64) {
        let name = data["type"].as_str().unwrap_or_default();
        let data = event(name, &to_json(data));
        self.steps.push(Step::Event { data, tokens });
    }

    /// A block that begins so and grows by these deltas.
    fn block(&mut self, start: Value, deltas: Vec<(Value, u64)>, tokens: u64) {
        let index = self.index;
        self.push(
            &json!({"type": "content_block_start", "index": index, "content_block": start}),
            tokens,
        );
        if index == 0 {
            self.push(&json!({"type": "ping"}), 0);
        }
        for (delta, tokens) in deltas {
            let delta = json!({"type": "content_block_delta", "index": index, "delta": delta});
            self.push(&delta, tokens);
        }
        self.push(&json!({"type": "content_block_stop", "index": index}), 0);
        self.index += 1;
    }
}

pub(crate) fn events(form: &MessagesForm, reply: &Reply, ends: bool) -> Vec<Step> {
    let choice = reply.answer.choices.first();
    let mut message = form::head(form, reply);
    if let Some(usage) = usage::start(reply) {
        message["usage"] = usage;
    }
    let mut events = Events::default();
    events.push(&json!({"type": "message_start", "message": message}), 0);
    match choice.filter(|choice| choice.finish != Finish::Refused) {
        Some(choice) => blocks(&mut events, reply, choice),
        None => events.push(&json!({"type": "ping"}), choice.map_or(0, Choice::tokens)),
    }
    let (reason, stop, details) = form::stop(choice);
    let mut last = json!({
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": stop, "stop_details": details},
    });
    if let Some(usage) = usage::end(reply) {
        last["usage"] = usage;
    }
    let twice = reply.usage_fault == Some(UsageFault::Twice);
    for _ in 0..=usize::from(twice) {
        events.push(&last, 0);
    }
    if ends {
        events.push(&json!({"type": "message_stop"}), 0);
    }
    events.steps
}

fn blocks(events: &mut Events, reply: &Reply, choice: &Choice) {
    let mut silent = choice.reasoning;
    if let Some(thought) = form::thought(reply, choice) {
        silent = 0;
        think(events, reply, choice, thought);
    }
    if !choice.text.is_empty() {
        let text = choice.text.iter();
        let delta = |token: &String| (json!({"type": "text_delta", "text": token}), 1);
        let mut deltas: Vec<_> = text.map(delta).collect();
        if choice.cites {
            let citation = form::citation(&choice.text.concat());
            deltas.push((json!({"type": "citations_delta", "citation": citation}), 0));
        }
        let start = json!({"type": "text", "text": ""});
        events.block(start, deltas, std::mem::take(&mut silent));
    }
    for call in &choice.calls {
        let delta = |json: &str| json!({"type": "input_json_delta", "partial_json": json});
        let mut deltas = vec![(delta(""), 0)];
        // A call without arguments has no more than that.
        if call.arguments() != "{}" {
            deltas.extend(call.input.iter().map(|piece| (delta(piece), 1)));
        }
        let told: u64 = deltas.iter().map(|(_, tokens)| tokens).sum();
        let own = call.tokens() - told + std::mem::take(&mut silent);
        events.block(form::block(call), deltas, own);
    }
}

fn think(events: &mut Events, reply: &Reply, choice: &Choice, thought: Value) {
    if choice.redacted {
        events.block(thought, Vec::new(), choice.reasoning);
        return;
    }
    let shown = reply.ask.thinking == Thinking::On { shown: true };
    let mut deltas = Vec::new();
    if shown {
        let thoughts = choice.thoughts().into_iter();
        let delta = |token: String| (json!({"type": "thinking_delta", "thinking": token}), 1);
        deltas.extend(thoughts.map(delta));
    }
    let silent = if shown { 0 } else { choice.reasoning };
    let signature = &thought["signature"];
    let signature = json!({"type": "signature_delta", "signature": signature});
    deltas.push((signature, silent));
    let start = json!({"type": "thinking", "thinking": "", "signature": ""});
    events.block(start, deltas, 0);
}
