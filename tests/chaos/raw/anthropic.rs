use serde_json::{Value, json};

use super::{Answer, Request, count, holds, sse::Event, text};

pub(crate) fn request(system: &str, user: &str, streams: bool) -> Request {
    let mut body = json!({
        "model": "auto",
        "max_tokens": 600,
        "system": system,
        "messages": [{"role": "user", "content": user}],
    });
    if streams {
        body["stream"] = true.into();
    }
    Request {
        path: "/v1/messages",
        headers: vec![("anthropic-version", "2023-06-01".to_owned())],
        body,
    }
}

pub(crate) fn whole(body: &Value) -> Result<Answer, String> {
    holds(body["role"] == "assistant", || format!("{body}"))?;
    let blocks = body["content"].as_array().map_or(0, Vec::len);
    holds(blocks == 1, || format!("{blocks} blocks"))?;
    let usage = &body["usage"];
    Ok(Answer {
        model: text(&body["model"], "model")?.to_owned(),
        text: text(&body["content"][0]["text"], "text")?.to_owned(),
        finish: text(&body["stop_reason"], "stop_reason")?.to_owned(),
        ends: 1,
        usage: (
            count(&usage["input_tokens"], "input_tokens")?,
            count(&usage["output_tokens"], "output_tokens")?,
        ),
    })
}

pub(crate) fn streamed(events: &[Event]) -> Result<Answer, String> {
    let mut answer = Answer::default();
    let (mut starts, mut blocks, mut open, mut reasons) = (0, 0, false, 0);
    for event in events {
        holds(answer.ends == 0, || format!("after its end: {event:?}"))?;
        let data = event.json()?;
        let kind = text(&data["type"], "type")?;
        holds(kind == event.name, || format!("{kind} is {}", event.name))?;
        let begun = starts == 1 || matches!(kind, "message_start" | "ping");
        holds(begun, || format!("before its start: {data}"))?;
        match kind {
            "message_start" => {
                starts += 1;
                let message = &data["message"];
                holds(message["role"] == "assistant", || format!("{data}"))?;
                answer.model = text(&message["model"], "model")?.to_owned();
                answer.usage.0 = message["usage"]["input_tokens"].as_u64().unwrap_or(0);
            }
            "content_block_start" => {
                let fits = !open && data["index"] == blocks;
                holds(fits, || format!("out of order: {data}"))?;
                (open, blocks) = (true, blocks + 1);
            }
            "content_block_delta" => {
                let fits = open && data["index"] == blocks - 1;
                holds(fits, || format!("out of order: {data}"))?;
                answer.text.push_str(text(&data["delta"]["text"], "text")?);
            }
            "content_block_stop" => {
                let fits = open && data["index"] == blocks - 1;
                holds(fits, || format!("out of order: {data}"))?;
                open = false;
            }
            "message_delta" => {
                holds(!open, || format!("a block is open: {data}"))?;
                reasons += 1;
                answer.finish = text(&data["delta"]["stop_reason"], "stop_reason")?.to_owned();
                let usage = &data["usage"];
                answer.usage.1 = count(&usage["output_tokens"], "output_tokens")?;
                if let Some(input) = usage["input_tokens"].as_u64() {
                    answer.usage.0 = answer.usage.0.max(input);
                }
            }
            "message_stop" => answer.ends += 1,
            "ping" => {}
            other => return Err(format!("{other}: {data}")),
        }
    }
    let counts = (starts, blocks, reasons);
    holds(counts == (1, 1, 1), || {
        format!("starts, blocks and reasons: {counts:?}")
    })?;
    Ok(answer)
}
