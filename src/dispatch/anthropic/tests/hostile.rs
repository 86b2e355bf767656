use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MessagesAnswer, Said};
use crate::{chat::Request, dispatch::Answer, query::Api};

/// Any value, in which the names of the format are likely.
fn value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "text",
        "tool_use",
        "tool_result",
        "thinking",
        "image",
        "document",
        "base64",
        "url",
        "user",
        "assistant",
        "text_delta",
        "input_json_delta",
        "end_turn",
        "error",
        "{",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "type",
        "index",
        "message",
        "content_block",
        "delta",
        "content",
        "text",
        "usage",
        "input_tokens",
        "error",
        "role",
        "messages",
        "source",
        "data",
        "media_type",
        "id",
        "name",
        "input",
        "tool_use_id",
        "thinking",
        "signature",
        "citations",
        "citation",
        "stop_reason",
        "partial_json",
        "tools",
        "input_schema",
        "system",
        "tool_choice",
        "output_config",
        "format",
        "schema",
        "cache_control",
        "iterations",
        "max_tokens",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_makes_a_reader_panic(value in value(), cut in any::<prop::sample::Index>()) {
        let text = value.to_string();
        let _ = Request::read(Api::AnthropicMessages, text.as_bytes());
        let asked = json!({"max_tokens": 1, "messages": [{"role": "user", "content": value}]});
        let _ = Request::read(Api::AnthropicMessages, asked.to_string().as_bytes());
        let bytes = text.as_bytes();
        for body in [bytes, &bytes[..cut.index(bytes.len() + 1)]] {
            let mut answer = MessagesAnswer::new(false);
            let _ = answer.whole(body, &mut Said::default());
            let _ = answer.event(body, &mut ());
        }
    }

    #[test]
    fn no_events_make_a_reader_panic(values in prop::collection::vec(value(), 0..8)) {
        let mut answer = MessagesAnswer::new(false);
        let mut said = |_: crate::chat::Delta<'_>| {};
        for value in values {
            for kind in ["message_start", "content_block_start", "content_block_delta", "message_delta"] {
                let mut event = json!({"type": kind, "index": 0, "message": {}, "content_block": value, "delta": value});
                if let Value::Object(members) = &value {
                    event.as_object_mut().unwrap().extend(members.clone());
                    event["type"] = kind.into();
                }
                let _ = answer.event(event.to_string().as_bytes(), &mut said);
            }
        }
        let _ = answer.event(br#"{"type":"message_stop"}"#, &mut said);
    }
}

#[test]
fn what_is_nested_deep_breaks_nothing() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let asked = format!(r#"{{"messages":{deep}}}"#);
    assert!(Request::read(Api::AnthropicMessages, asked.as_bytes()).is_err());
    let block = format!(r#"{{"type":"text","text":{deep}}}"#);
    let event = format!(r#"{{"type":"content_block_start","content_block":{block}}}"#);
    let _ = MessagesAnswer::new(false).event(event.as_bytes(), &mut Said::default());
    for content in [&deep, &format!("[{block}]")] {
        let body = format!(r#"{{"content":{content}}}"#);
        let mut said = Said::default();
        let _ = MessagesAnswer::new(false).whole(body.as_bytes(), &mut said);
        assert!(said.text.is_empty());
    }
}
