//! An answer that was kept in one form, given in the other.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tower_genai::cache::{CacheLayer, CacheStatus};

use crate::support::{
    Canned, STREAM, WHOLE, Way, ask, event, question, request, sse, streamed, streaming, whole,
};

/// Puts a stream together the way that SDKs do, apart from the code under test.
fn put_together(chunks: &[Value]) -> Value {
    let mut choices: BTreeMap<u64, Value> = BTreeMap::new();
    let mut usage = Value::Null;
    for chunk in chunks {
        if !chunk["usage"].is_null() {
            usage = chunk["usage"].clone();
        }
        for choice in chunk["choices"].as_array().unwrap() {
            let all = choices
                .entry(choice["index"].as_u64().unwrap())
                .or_insert(json!({"message": {}}));
            for (name, value) in choice["delta"].as_object().unwrap() {
                join(all["message"].as_object_mut().unwrap(), name, value);
            }
            if let Some(more) = choice["logprobs"]["content"].as_array() {
                let list = all["logprobs"]["content"].take();
                let list = list.as_array().cloned().unwrap_or_default();
                all["logprobs"]["content"] = list.into_iter().chain(more.iter().cloned()).collect();
            }
            if !choice["finish_reason"].is_null() {
                all["finish_reason"] = choice["finish_reason"].clone();
            }
        }
    }
    json!({"choices": choices.into_values().collect::<Vec<_>>(), "usage": usage})
}

fn join(all: &mut Map<String, Value>, name: &str, value: &Value) {
    let old = all.entry(name).or_insert(Value::Null);
    match (old, value) {
        (Value::String(old), Value::String(new)) if name != "role" => old.push_str(new),
        (old, Value::Array(calls)) => {
            if old.is_null() {
                *old = json!([]);
            }
            let list = old.as_array_mut().unwrap();
            for call in calls {
                let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                while list.len() <= index {
                    list.push(json!({}));
                }
                for (name, value) in call.as_object().unwrap() {
                    if name != "index" {
                        join(list[index].as_object_mut().unwrap(), name, value);
                    }
                }
            }
        }
        (old, Value::Object(members)) => {
            if old.is_null() {
                *old = json!({});
            }
            for (name, value) in members {
                join(old.as_object_mut().unwrap(), name, value);
            }
        }
        (_, Value::Null) => {}
        (old, new) => *old = new.clone(),
    }
}

/// Choices as far as callers look at them: what is null or not there is the same.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, value)| !(value.is_null() || *name == "index" && value.is_u64()))
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(plain).collect(),
        other => other.clone(),
    }
}

fn questions() -> Vec<Value> {
    let tool = |name: &str| {
        json!({"type": "function", "function": {"name": name, "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}})
    };
    let ask = |content: &str| json!([{"role": "user", "content": content}]);
    vec![
        json!({"model": "m", "messages": ask("Hi")}),
        json!({"model": "m", "messages": ask("Two of them"), "n": 2}),
        json!({"model": "m", "messages": ask("How sure?"), "logprobs": true, "top_logprobs": 2}),
        json!({"model": "m", "messages": ask("Call both"), "tools": [tool("a"), tool("b")]}),
        json!({"model": "m", "messages": ask("An object"), "response_format": {"type": "json_object"}}),
    ]
}

#[tokio::test]
async fn an_answer_is_the_same_in_both_forms() {
    for question in questions() {
        let mut streamed = question.clone();
        streamed["stream"] = true.into();
        streamed["stream_options"] = json!({"include_usage": true});
        for stream_first in [false, true] {
            let way = Way::start(CacheLayer::new().tool_calls(true)).await;
            let order = if stream_first {
                [&streamed, &question]
            } else {
                [&question, &streamed]
            };
            let first = ask(&way.stack, request(order[0])).await;
            let second = ask(&way.stack, request(order[1])).await;
            assert_eq!(first.status, CacheStatus::Miss);
            assert!(
                matches!(second.status, CacheStatus::Hit { .. }),
                "{}",
                first.text
            );
            assert_eq!(way.calls(), 1);
            let (stream, whole) = if stream_first {
                (first, second)
            } else {
                (second, first)
            };
            assert!(
                stream.headers["content-type"]
                    .to_str()
                    .unwrap()
                    .starts_with("text/event-stream")
            );
            assert_eq!(whole.headers["content-type"], "application/json");
            let chunks = sse(&stream.text);
            let whole: Value = serde_json::from_str(&whole.text).unwrap();
            for chunk in &chunks {
                assert_eq!(chunk["object"], "chat.completion.chunk");
                for name in [
                    "id",
                    "created",
                    "model",
                    "system_fingerprint",
                    "service_tier",
                ] {
                    assert_eq!(chunk[name], whole[name], "{name}");
                }
            }
            assert_eq!(whole["object"], "chat.completion");
            let together = put_together(&chunks);
            assert_eq!(
                plain(&together["choices"]),
                plain(&whole["choices"]),
                "{question}"
            );
            let counts = |usage: &Value| {
                let names = ["prompt_tokens", "completion_tokens", "total_tokens"];
                names.map(|name| usage[name].as_u64().unwrap())
            };
            assert_eq!(counts(&together["usage"]), counts(&whole["usage"]));
            assert_eq!(
                together["usage"]["completion_tokens_details"]["reasoning_tokens"],
                whole["usage"]["completion_tokens_details"]["reasoning_tokens"]
            );
        }
    }
}

#[tokio::test]
async fn what_was_used_is_told_to_who_asks() {
    let with_usage = || {
        let mut question = streaming();
        question["stream_options"] = json!({"include_usage": true});
        question
    };
    for (first, second) in [
        (streaming(), with_usage()),
        (with_usage(), streaming()),
        (question(), streaming()),
        (question(), with_usage()),
        (streaming(), question()),
    ] {
        let way = Way::start(CacheLayer::new()).await;
        ask(&way.stack, request(&first)).await;
        let second_answer = ask(&way.stack, request(&second)).await;
        assert_eq!(way.calls(), 1);
        let said = second_answer.text.contains("\"prompt_tokens\"");
        assert_eq!(said, second != streaming(), "{}", second_answer.text);
        if second == with_usage() {
            let chunks = sse(&second_answer.text);
            let last = chunks.last().unwrap();
            assert_eq!(last["choices"], json!([]));
            assert!(last["usage"]["total_tokens"].as_u64().unwrap() > 0);
        }
    }
}

#[tokio::test]
async fn members_that_nobody_knows_come_along() {
    let odd = WHOLE
        .replace(
            "\"refusal\":null",
            "\"reasoning_content\":\"Hm\\ud83e\\udd80\",\"annotations\":[{\"a\":1}]",
        )
        .replace("\"created\":1", "\"created\":1,\"provider\":\"x\"")
        .replace(":{\"role\"", ":\n  { \"role\"");
    let inner = Canned::new(move |_| whole(&odd));
    let service = inner.behind(&CacheLayer::new());
    ask(&service, request(&question())).await;
    let stream = ask(&service, request(&streaming())).await;
    let chunks = sse(&stream.text);
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[0]["provider"], "x");
    let delta = &chunks[0]["choices"][0]["delta"];
    assert_eq!(delta["reasoning_content"], "Hm🦀");
    assert_eq!(delta["annotations"], json!([{"a": 1}]));
    assert_eq!(delta["content"], "Hi there");
    assert_eq!(chunks[0]["choices"][0]["finish_reason"], Value::Null);
    assert_eq!(chunks[1]["choices"][0]["finish_reason"], "stop");
    assert_eq!(inner.calls(), 1);
}

#[tokio::test]
async fn pieces_are_joined_as_they_were_written() {
    let chunk = |delta: &str| {
        format!(r#"{{"id":"c","choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#)
    };
    let parts = [
        chunk(r#"{"role":"assistant","content":""}"#),
        // Half a character each: no text in itself, and one together.
        chunk(r#"{"content":"a\ud83e"}"#),
        chunk(r#"{"content":"\udd80\n"}"#),
        chunk(r#"{"reasoning":"x"}"#),
        chunk(r#"{"reasoning":"y","extra":1}"#),
        chunk(r#"{"extra":2}"#),
        STREAM[2].to_owned(),
        "[DONE]".to_owned(),
    ];
    let inner = Canned::new(move |_| streamed(&parts.each_ref().map(String::as_str)));
    let service = inner.behind(&CacheLayer::new());
    ask(&service, request(&streaming())).await;
    let whole = ask(&service, request(&question())).await;
    assert_eq!(inner.calls(), 1);
    let whole: Value = serde_json::from_str(&whole.text).unwrap();
    let message = &whole["choices"][0]["message"];
    assert_eq!(
        *message,
        json!({"role": "assistant", "content": "a🦀\n", "reasoning": "xy", "extra": 2})
    );
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn comments_and_line_ends_of_a_stream_do_not_matter() {
    let text = format!(
        ": hello\r\n\r\n{}",
        STREAM.map(event).concat().replace('\n', "\r\n")
    );
    let inner = Canned::new(move |_| {
        let response = http::Response::builder().header("content-type", "text/event-stream");
        response.body(text.clone().into()).unwrap()
    });
    let service = inner.behind(&CacheLayer::new());
    ask(&service, request(&streaming())).await;
    let whole = ask(&service, request(&question())).await;
    assert!(
        whole.text.contains("\"content\":\"Hi there\""),
        "{}",
        whole.text
    );
    assert_eq!(inner.calls(), 1);
}
