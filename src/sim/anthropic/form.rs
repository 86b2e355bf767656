use bytes::Bytes;
use serde_json::{Value, json};

use super::{error, stream, usage};
use crate::sim::{
    Dialect,
    answer::ToolCall,
    ask::Thinking,
    choice::{Choice, Finish},
    cite,
    error::json as to_json,
    form::Form,
    reply::Reply,
    script::{self, Step},
    words,
};

/// How messages are written.
#[derive(Debug)]
pub(crate) struct MessagesForm {
    pub(crate) id: String,
    request_id: String,
}

impl MessagesForm {
    pub(crate) fn new(reply: &Reply, request_id: String) -> Self {
        Self {
            id: format!("msg_01{}", words::alphanumeric(&mut reply.rng(), 22)),
            request_id,
        }
    }
}

impl Form for MessagesForm {
    fn events(&self, reply: &Reply, ends: bool) -> Vec<Step> {
        stream::events(self, reply, ends)
    }

    fn whole(&self, reply: &Reply) -> Bytes {
        let choice = reply.answer.choices.first();
        let (reason, stop, details) = stop(choice);
        let mut message = head(self, reply);
        message["content"] = content(reply, choice).into();
        message["stop_reason"] = reason.into();
        message["stop_sequence"] = stop;
        message["stop_details"] = details;
        if let Some(usage) = usage::whole(reply) {
            message["usage"] = usage;
        }
        to_json(&message)
    }

    fn error_event(&self, _: &Reply, _: bool) -> Bytes {
        let error = script::error_in_band(Dialect::Anthropic);
        stream::event("error", &error::body(&error, &self.request_id))
    }

    fn garbage(&self) -> Bytes {
        let data = b"{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"te";
        stream::event("content_block_delta", data)
    }
}

/// A message without content.
pub(crate) fn head(form: &MessagesForm, reply: &Reply) -> Value {
    json!({
        "id": form.id,
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
    })
}

/// Why the answer ends: `stop_reason`, `stop_sequence`, `stop_details`.
pub(crate) fn stop(choice: Option<&Choice>) -> (String, Value, Value) {
    let refusal = json!({
        "type": "refusal",
        "category": "cyber",
        "explanation": "This request was blocked under the provider's usage policy.",
    });
    let Some(choice) = choice else {
        return ("refusal".to_owned(), Value::Null, refusal);
    };
    let reason = match &choice.finish {
        Finish::Stop => "end_turn",
        Finish::StopText(text) => {
            return ("stop_sequence".to_owned(), json!(text), Value::Null);
        }
        Finish::Length => "max_tokens",
        Finish::Calls | Finish::Malformed => "tool_use",
        Finish::Filtered | Finish::Refused => {
            return ("refusal".to_owned(), Value::Null, refusal);
        }
        Finish::Paused => "pause_turn",
        Finish::Word(word) => word,
    };
    (reason.to_owned(), Value::Null, Value::Null)
}

/// The block of a thought, and the tokens of it that are shown.
pub(crate) fn thought(reply: &Reply, choice: &Choice) -> Option<Value> {
    let Thinking::On { shown } = reply.ask.thinking else {
        return None;
    };
    if choice.reasoning == 0 {
        return None;
    }
    if choice.redacted {
        let data = reply.signer.sign("redacted", &[]);
        return Some(json!({"type": "redacted_thinking", "data": data}));
    }
    let text = if shown {
        choice.thoughts().concat()
    } else {
        String::new()
    };
    let signature = reply.signer.sign("thinking", &[&text]);
    Some(json!({"type": "thinking", "thinking": text, "signature": signature}))
}

/// The blocks of an answer that is not streamed.
fn content(reply: &Reply, choice: Option<&Choice>) -> Vec<Value> {
    let Some(choice) = choice.filter(|choice| choice.finish != Finish::Refused) else {
        return Vec::new();
    };
    let mut content: Vec<Value> = thought(reply, choice).into_iter().collect();
    if !choice.text.is_empty() {
        let text = choice.text.concat();
        let citations = choice.cites.then(|| vec![citation(&text)]);
        content.push(json!({"type": "text", "text": text, "citations": citations}));
    }
    content.extend(choice.calls.iter().map(|call| {
        let input = call.arguments();
        let input = serde_json::from_str::<Value>(&input).ok();
        let input = input.filter(Value::is_object);
        let mut block = block(call);
        // What no object can be made of is told as the vendor advises.
        block["input"] = input.unwrap_or_else(|| json!({"INVALID_JSON": call.arguments()}));
        block
    }));
    content
}

/// The block of a call of a tool, without its input.
pub(crate) fn block(call: &ToolCall) -> Value {
    let id = format!("toolu_01{}", call.id.get(..22).unwrap_or(&call.id));
    json!({"type": "tool_use", "id": id, "name": call.name, "input": {}})
}

/// The source that a text cites for its first sentence.
pub(crate) fn citation(text: &str) -> Value {
    json!({
        "type": "web_search_result_location",
        "cited_text": cite::first_sentence(text),
        "url": cite::URL,
        "title": cite::TITLE,
        "encrypted_index": "EioIARgBIiQ",
    })
}
