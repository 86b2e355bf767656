use serde_json::{Value, json};

use super::{Answer, Request, count, holds, sse::Event, text};

pub(crate) fn request(system: &str, user: &str, streams: bool) -> Request {
    let mut body = json!({
        "model": "auto",
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": user},
        ],
    });
    if streams {
        body["stream"] = true.into();
        body["stream_options"] = json!({"include_usage": true});
    }
    Request {
        path: "/v1/chat/completions",
        headers: Vec::new(),
        body,
    }
}

pub(crate) fn whole(body: &Value) -> Result<Answer, String> {
    let choices = body["choices"].as_array().map_or(0, Vec::len);
    holds(choices == 1, || format!("{choices} choices"))?;
    let choice = &body["choices"][0];
    holds(choice["message"]["role"] == "assistant", || {
        format!("{choice}")
    })?;
    Ok(Answer {
        model: text(&body["model"], "model")?.to_owned(),
        text: text(&choice["message"]["content"], "content")?.to_owned(),
        finish: text(&choice["finish_reason"], "finish_reason")?.to_owned(),
        ends: 1,
        usage: usage(&body["usage"])?,
    })
}

pub(crate) fn streamed(events: &[Event]) -> Result<Answer, String> {
    let mut answer = Answer::default();
    let (mut roles, mut usages, mut done) = (0, 0, 0);
    let mut ids = Vec::new();
    for event in events {
        holds(done == 0, || format!("after its end: {event:?}"))?;
        if event.data == "[DONE]" {
            done += 1;
            continue;
        }
        let chunk = event.json()?;
        holds(chunk.get("error").is_none(), || {
            format!("an error: {chunk}")
        })?;
        let (model, id) = (text(&chunk["model"], "model")?, text(&chunk["id"], "id")?);
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
        holds(answer.model.is_empty() || answer.model == model, || {
            format!("{model} after {}", answer.model)
        })?;
        answer.model = model.to_owned();
        if chunk["usage"].is_object() {
            usages += 1;
            answer.usage = usage(&chunk["usage"])?;
        }
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            holds(answer.ends == 0, || format!("after its finish: {chunk}"))?;
            roles += usize::from(choice["delta"]["role"] == "assistant");
            if let Some(piece) = choice["delta"]["content"].as_str() {
                answer.text.push_str(piece);
            }
            if let Some(finish) = choice["finish_reason"].as_str() {
                answer.ends += 1;
                answer.finish = finish.to_owned();
            }
        }
    }
    let counts = (roles, usages, done, ids.len());
    holds(counts == (1, 1, 1, 1), || {
        format!("roles, usages, ends and ids: {counts:?}")
    })?;
    Ok(answer)
}

fn usage(usage: &Value) -> Result<(u64, u64), String> {
    let prompt = count(&usage["prompt_tokens"], "prompt_tokens")?;
    let completion = count(&usage["completion_tokens"], "completion_tokens")?;
    let total = count(&usage["total_tokens"], "total_tokens")?;
    holds(total == prompt + completion, || format!("{usage}"))?;
    Ok((prompt, completion))
}
