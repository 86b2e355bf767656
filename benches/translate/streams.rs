use serde_json::{Value, json};

/// Events of words in a stream.
pub(crate) const EVENTS: usize = 1_000;

fn token(at: usize) -> &'static str {
    ["The ", "river ", "\"bends\" ", "größer ", "than ", "42\n"][at % 6]
}

fn data(events: impl IntoIterator<Item = Value>) -> String {
    events
        .into_iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect()
}

pub(crate) fn openai() -> String {
    let chunk = |delta: Value, finish: Option<&str>| {
        json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_796_000_000, "model": "m",
            "service_tier": "default", "system_fingerprint": "fp_1",
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }],
        })
    };
    let mut events = vec![chunk(json!({ "role": "assistant", "content": "" }), None)];
    events.extend((0..EVENTS).map(|at| chunk(json!({ "content": token(at) }), None)));
    events.push(chunk(json!({}), Some("stop")));
    events.push(json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_796_000_000, "model": "m", "choices": [],
        "usage": { "prompt_tokens": 10_000, "completion_tokens": 1_000, "total_tokens": 11_000 },
    }));
    data(events) + "data: [DONE]\n\n"
}

pub(crate) fn anthropic() -> String {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 10_000, "output_tokens": 1 },
    });
    let mut events = vec![
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
    ];
    events.extend((0..EVENTS).map(|at| {
        let delta = json!({ "type": "text_delta", "text": token(at) });
        json!({ "type": "content_block_delta", "index": 0, "delta": delta })
    }));
    events.push(json!({ "type": "content_block_stop", "index": 0 }));
    let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    events.push(
        json!({ "type": "message_delta", "delta": delta, "usage": { "output_tokens": 1_000 } }),
    );
    events.push(json!({ "type": "message_stop" }));
    let named = events.iter().map(|event| {
        let name = event["type"].as_str().unwrap_or_default();
        format!("event: {name}\ndata: {event}\n\n")
    });
    named.collect()
}

pub(crate) fn gemini() -> String {
    let chunk = |text: &str, finish: Option<&str>, written: usize| {
        let mut candidate =
            json!({ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 });
        if let Some(finish) = finish {
            candidate["finishReason"] = finish.into();
        }
        json!({
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": 10_000, "candidatesTokenCount": written, "totalTokenCount": 10_000 + written,
            },
            "modelVersion": "m", "responseId": "r1",
        })
    };
    let mut events: Vec<Value> = (0..EVENTS)
        .map(|at| chunk(token(at), None, at + 1))
        .collect();
    events.push(chunk("", Some("STOP"), EVENTS));
    data(events)
}

/// The JSON of each event, as plain parsing and writing has it.
pub(crate) fn events(stream: &str) -> Vec<&str> {
    let lines = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    lines.filter(|data| *data != "[DONE]").collect()
}
