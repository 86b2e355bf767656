//! What vendors' clients rely on in an answer's form, checked by hand: order, indexes, ids, required members.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{events, list, string};
use crate::way::{Caller, Form, Got, Vendor};

/// Checks a complete answer.
#[track_caller]
pub(crate) fn check(caller: Caller, got: &Got) {
    assert!(!got.broken, "{got:?}");
    let content_type = got.headers["content-type"].to_str().unwrap();
    let expected = match caller.form {
        Form::Stream => "text/event-stream",
        Form::Whole | Form::Array => "application/json",
    };
    assert!(content_type.starts_with(expected), "{content_type}");
    match (caller.vendor, caller.form) {
        (Vendor::OpenAi, Form::Whole) => openai_whole(&got.json()),
        (Vendor::OpenAi, _) => openai_stream(got.text()),
        (Vendor::Anthropic, Form::Whole) => anthropic_whole(&got.json()),
        (Vendor::Anthropic, _) => anthropic_stream(&events(got.text())),
        (Vendor::Gemini, Form::Whole) => gemini(&[got.json()]),
        (Vendor::Gemini, Form::Array) => gemini(list(&got.json())),
        (Vendor::Gemini, Form::Stream) => {
            let events: Vec<Value> = events(got.text())
                .into_iter()
                .map(|event| event.1)
                .collect();
            gemini(&events);
        }
    }
}

/// Whether an answer looks complete to its caller: the format's end is there, and no error.
pub(crate) fn is_clean(caller: Caller, got: &Got) -> bool {
    if got.status != 200 || got.broken {
        return false;
    }
    let events = match caller.form {
        Form::Whole => vec![(String::new(), got.json())],
        Form::Stream => events(got.text()),
        Form::Array => match serde_json::from_slice(&got.body) {
            Ok(Value::Array(each)) => each.into_iter().map(|one| (String::new(), one)).collect(),
            _ => return false,
        },
    };
    let failed = |(name, event): &(String, Value)| name == "error" || event.get("error").is_some();
    if events.iter().any(failed) {
        return false;
    }
    let ends = |event: &Value| match (caller.vendor, caller.form) {
        (Vendor::OpenAi, Form::Whole) => event["choices"][0]["finish_reason"].is_string(),
        (Vendor::OpenAi, _) => got.text().contains("[DONE]"),
        (Vendor::Anthropic, Form::Whole) => event["stop_reason"].is_string(),
        (Vendor::Anthropic, _) => event["type"] == "message_stop",
        (Vendor::Gemini, _) => {
            let first = &event["candidates"][0];
            first["finishReason"].is_string() || event["promptFeedback"]["blockReason"].is_string()
        }
    };
    events.iter().any(|(_, event)| ends(event))
}

/// Checks an error within a stream, or in its place: the vendor's own form.
#[track_caller]
pub(crate) fn check_error(vendor: Vendor, body: &Value) {
    let error = &body["error"];
    assert_ne!(string(&error["message"]), "", "{body}");
    match vendor {
        Vendor::OpenAi => {
            assert!(error["type"].is_string(), "{body}");
            for null in ["param", "code"] {
                assert!(error.get(null).is_some(), "null is said: {body}");
            }
        }
        Vendor::Anthropic => {
            assert_eq!(body["type"], "error");
            let kind = string(&error["type"]);
            assert!(
                kind.ends_with("_error") || kind == "request_too_large",
                "{body}"
            );
        }
        Vendor::Gemini => {
            assert!(error["code"].as_u64() >= Some(400), "{body}");
            assert_eq!(
                string(&error["status"]),
                string(&error["status"]).to_uppercase()
            );
            assert_ne!(string(&error["status"]), "", "{body}");
        }
    }
}

fn openai_usage(usage: &Value) {
    let count = |name| {
        usage[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {usage}"))
    };
    assert_eq!(
        count("total_tokens"),
        count("prompt_tokens") + count("completion_tokens")
    );
}

fn openai_whole(body: &Value) {
    assert!(string(&body["id"]).starts_with("chatcmpl-"), "{body}");
    assert_eq!(body["object"], "chat.completion");
    assert!(body["created"].as_u64() > Some(1_600_000_000), "{body}");
    assert_ne!(string(&body["model"]), "");
    for (at, choice) in list(&body["choices"]).iter().enumerate() {
        assert_eq!(choice["index"], at);
        assert!(choice["finish_reason"].is_string(), "{choice}");
        let message = &choice["message"];
        assert_eq!(message["role"], "assistant");
        assert!(message.get("content").is_some(), "null is said: {message}");
        assert!(message.get("refusal").is_some(), "null is said: {message}");
        let calls = list(&message["tool_calls"]);
        assert!(
            choice["finish_reason"] != "tool_calls" || !calls.is_empty(),
            "{choice}"
        );
        for call in calls {
            assert_ne!(string(&call["id"]), "");
            assert_eq!(call["type"], "function");
            let arguments = call["function"]["arguments"].as_str().expect("a text");
            assert!(
                serde_json::from_str::<Value>(arguments).is_ok(),
                "{arguments}"
            );
        }
    }
    openai_usage(&body["usage"]);
}

fn openai_stream(stream: &str) {
    assert!(
        stream.ends_with("data: [DONE]\n\n"),
        "the end marker is last: {stream}"
    );
    assert_eq!(stream.matches("[DONE]").count(), 1);
    let chunks = events(stream);
    let mut ended = BTreeMap::<u64, bool>::new();
    let mut calls = BTreeMap::<u64, u64>::new();
    let mut usages = 0;
    for (name, chunk) in &chunks {
        assert_eq!(name, "", "OpenAI's chat events have no names");
        for same in ["id", "created", "model"] {
            assert_eq!(chunk[same], chunks[0].1[same], "{same}");
        }
        assert!(string(&chunk["id"]).starts_with("chatcmpl-"), "{chunk}");
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(usages, 0, "nothing follows usage: {chunk}");
        let choices = list(&chunk["choices"]);
        match choices {
            [] => {
                openai_usage(&chunk["usage"]);
                usages += 1;
            }
            _ => assert!(chunk["usage"].is_null(), "{chunk}"),
        }
        for choice in choices {
            let index = choice["index"].as_u64().expect("an index");
            let delta = choice["delta"].as_object().expect("a delta");
            match ended.get(&index) {
                None => assert_eq!(delta["role"], "assistant", "the role is first"),
                Some(ended) => {
                    assert!(!ended, "the choice has ended: {chunk}");
                    assert!(
                        delta.get("role").is_none(),
                        "the role is said once: {chunk}"
                    );
                }
            }
            for call in delta.get("tool_calls").map_or(&[][..], |calls| list(calls)) {
                let at = call["index"].as_u64().expect("an index");
                let begun = calls.entry(index).or_default();
                if at == *begun {
                    *begun += 1;
                    assert_ne!(string(&call["id"]), "", "{call}");
                    assert_eq!(call["type"], "function");
                    assert_ne!(string(&call["function"]["name"]), "", "{call}");
                } else {
                    assert!(at < *begun, "calls are numbered: {call}");
                    assert!(call.get("id").is_none(), "{call}");
                }
                assert!(call["function"]["arguments"].is_string(), "{call}");
            }
            let ends = choice["finish_reason"].is_string();
            assert!(
                !ends || delta.is_empty() || delta.contains_key("role"),
                "{chunk}"
            );
            ended.insert(index, ends);
        }
    }
    assert!(
        ended.values().all(|ended| *ended),
        "each choice ends: {stream}"
    );
    assert_eq!(usages, 1, "usage was asked for: {stream}");
}

fn anthropic_whole(body: &Value) {
    assert!(string(&body["id"]).starts_with("msg_"), "{body}");
    assert_eq!(
        (&body["type"], &body["role"]),
        (&"message".into(), &"assistant".into())
    );
    assert!(body["stop_reason"].is_string(), "{body}");
    assert!(body.get("stop_sequence").is_some(), "null is said: {body}");
    let mut calls = 0;
    for block in list(&body["content"]) {
        match string(&block["type"]) {
            "tool_use" => {
                assert!(block["input"].is_object(), "{block}");
                calls += 1;
            }
            "text" => assert_ne!(string(&block["text"]), "", "{block}"),
            "thinking" => assert!(block["signature"].is_string(), "{block}"),
            "redacted_thinking" => assert!(block["data"].is_string(), "{block}"),
            other => panic!("{other}"),
        }
    }
    assert!(body["stop_reason"] != "tool_use" || calls > 0, "{body}");
    for count in ["input_tokens", "output_tokens"] {
        assert!(body["usage"][count].is_u64(), "{body}");
    }
}

fn anthropic_stream(events: &[(String, Value)]) {
    let mut order = String::new();
    let mut open: Option<(u64, String)> = None;
    let mut next = 0;
    for (name, event) in events {
        assert_eq!(name, string(&event["type"]), "names are types");
        match name.as_str() {
            "ping" => continue,
            "message_start" => {
                let message = &event["message"];
                assert!(string(&message["id"]).starts_with("msg_"), "{event}");
                assert_eq!(message["content"], serde_json::json!([]));
                assert_eq!(message["role"], "assistant");
                for null in ["stop_reason", "stop_sequence"] {
                    assert_eq!(message.get(null), Some(&Value::Null), "{event}");
                }
                assert!(message["usage"]["input_tokens"].is_u64(), "{event}");
                order.push('s');
            }
            "content_block_start" => {
                assert!(open.is_none(), "one block at a time: {event}");
                assert_eq!(event["index"], next);
                let block = &event["content_block"];
                match string(&block["type"]) {
                    "tool_use" => {
                        assert_eq!(block["input"], serde_json::json!({}));
                        assert_ne!(string(&block["id"]), "");
                        assert_ne!(string(&block["name"]), "");
                    }
                    "text" => assert_eq!(block["text"], ""),
                    "thinking" => assert_eq!(block["thinking"], ""),
                    "redacted_thinking" => assert!(block["data"].is_string()),
                    other => panic!("{other}"),
                }
                open = Some((next, string(&block["type"]).to_owned()));
                next += 1;
            }
            "content_block_delta" => {
                let (index, kind) = open.as_ref().expect("an open block");
                assert_eq!(event["index"], *index);
                let of = match string(&event["delta"]["type"]) {
                    "text_delta" | "citations_delta" => "text",
                    "input_json_delta" => "tool_use",
                    "thinking_delta" | "signature_delta" => "thinking",
                    other => panic!("{other}"),
                };
                assert_eq!(of, kind);
            }
            "content_block_stop" => {
                let (index, _) = open.take().expect("an open block");
                assert_eq!(event["index"], index);
            }
            "message_delta" => {
                assert!(event["delta"]["stop_reason"].is_string(), "{event}");
                assert!(event["delta"].get("stop_sequence").is_some(), "{event}");
                assert!(event["usage"]["output_tokens"].is_u64(), "{event}");
                order.push('d');
            }
            "message_stop" => order.push('e'),
            other => panic!("{other}"),
        }
        assert!(order.starts_with('s'), "the message starts first");
        assert!(open.is_none() || order == "s", "blocks are inside: {event}");
    }
    assert_eq!(order, "sde");
}

fn gemini(chunks: &[Value]) {
    let mut ended = BTreeMap::<u64, bool>::new();
    for chunk in chunks {
        for same in ["responseId", "modelVersion"] {
            assert_ne!(string(&chunk[same]), "", "{same}: {chunk}");
            assert_eq!(chunk[same], chunks[0][same], "{same}");
        }
        for candidate in list(&chunk["candidates"]) {
            let index = candidate["index"].as_u64().unwrap_or(0);
            assert!(
                !ended.get(&index).unwrap_or(&false),
                "it has ended: {chunk}"
            );
            if candidate.get("content").is_some() {
                assert_eq!(candidate["content"]["role"], "model", "{chunk}");
            }
            for part in list(&candidate["content"]["parts"]) {
                if let Some(call) = part.get("functionCall") {
                    assert!(
                        call["name"].is_string() && call["args"].is_object(),
                        "{part}"
                    );
                }
            }
            ended.insert(index, candidate["finishReason"].is_string());
        }
    }
    assert!(
        ended.values().all(|ended| *ended),
        "each candidate ends: {chunks:?}"
    );
    let last = &chunks.last().expect("an answer")["usageMetadata"];
    let count = |name| last[name].as_u64().unwrap_or(0);
    let sum = count("promptTokenCount")
        + count("candidatesTokenCount")
        + count("thoughtsTokenCount")
        + count("toolUsePromptTokenCount");
    assert_eq!(count("totalTokenCount"), sum, "{last}");
}
