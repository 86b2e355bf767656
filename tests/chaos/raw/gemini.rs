use serde_json::{Value, json};

use super::{Answer, Request, count, holds, sse::Event, text};

pub(crate) fn request(system: &str, user: &str, streams: bool) -> Request {
    Request {
        path: if streams {
            "/v1beta/models/auto:streamGenerateContent?alt=sse"
        } else {
            "/v1beta/models/auto:generateContent"
        },
        headers: Vec::new(),
        body: json!({
            "systemInstruction": {"parts": [{"text": system}]},
            "contents": [{"role": "user", "parts": [{"text": user}]}],
        }),
    }
}

pub(crate) fn whole(body: &Value) -> Result<Answer, String> {
    let mut answer = Answer::default();
    add(&mut answer, body)?;
    Ok(answer)
}

pub(crate) fn streamed(events: &[Event]) -> Result<Answer, String> {
    let mut answer = Answer::default();
    for event in events {
        holds(answer.ends == 0, || format!("after its end: {event:?}"))?;
        add(&mut answer, &event.json()?)?;
    }
    Ok(answer)
}

fn add(answer: &mut Answer, response: &Value) -> Result<(), String> {
    holds(response.get("error").is_none(), || format!("{response}"))?;
    let model = text(&response["modelVersion"], "modelVersion")?;
    holds(answer.model.is_empty() || answer.model == model, || {
        format!("{model} after {}", answer.model)
    })?;
    answer.model = model.to_owned();
    for candidate in response["candidates"].as_array().into_iter().flatten() {
        let parts = candidate["content"]["parts"].as_array();
        for part in parts.into_iter().flatten() {
            answer.text.push_str(text(&part["text"], "text")?);
        }
        if let Some(finish) = candidate["finishReason"].as_str() {
            answer.ends += 1;
            answer.finish = finish.to_owned();
        }
    }
    // Each response of a stream has the usage so far.
    let usage = &response["usageMetadata"];
    if answer.ends > 0 {
        answer.usage = (
            count(&usage["promptTokenCount"], "promptTokenCount")?,
            count(&usage["candidatesTokenCount"], "candidatesTokenCount")?,
        );
    }
    Ok(())
}
