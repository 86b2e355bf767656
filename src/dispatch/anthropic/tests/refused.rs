use serde_json::{Value, json};

use super::requests::asked;
use crate::{
    chat::Request,
    dispatch::{Dialect, anthropic::Anthropic},
    query::{Api, Feature, Features, RefusalKind},
};

#[test]
fn what_cannot_be_said_is_refused_by_the_caller_s_field() {
    let user = json!({"role": "user", "content": "x"});
    let call = |arguments: &str| {
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": arguments}}]})
    };
    let tool = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "y"});
    for (messages, kind) in [
        (json!([user, tool("call_a")]), RefusalKind::Malformed),
        (json!([user, call("{}")]), RefusalKind::Malformed),
        (json!([user, call("{}"), user]), RefusalKind::Malformed),
        (
            json!([user, call("{}"), tool("call_a"), tool("call_a")]),
            RefusalKind::Malformed,
        ),
        (
            json!([{"role": "assistant", "content": "x"}, user]),
            RefusalKind::Unsupported,
        ),
        (
            json!([{"role": "system", "content": "x"}]),
            RefusalKind::Malformed,
        ),
    ] {
        let body = json!({"model": "m", "messages": messages});
        let refusal = asked(Api::OpenAiChat, &body).expect_err(&body.to_string());
        assert_eq!(refusal.kind(), kind, "{body}: {}", refusal.message());
        assert!(refusal.param().unwrap().starts_with("messages"), "{body}");
    }
    for (field, value) in [
        ("stop", json!([" "])),
        ("response_format", json!({"type": "json_object"})),
    ] {
        let mut body = json!({"model": "m", "messages": [user]});
        body[field] = value;
        let refusal = asked(Api::OpenAiChat, &body).expect_err(field);
        assert_eq!(refusal.kind(), RefusalKind::Unsupported);
        assert_eq!(refusal.param(), Some(field));
    }
}

#[test]
fn fields_of_defects_are_named() {
    let block = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
    for (body, field, kind) in [
        (json!({"messages": 7}), "messages", RefusalKind::Malformed),
        (json!({"model": "m"}), "messages", RefusalKind::Malformed),
        (
            json!({"messages": [], "max_tokens": -1}),
            "max_tokens",
            RefusalKind::Malformed,
        ),
        (
            json!({"messages": [], "container": "c"}),
            "container",
            RefusalKind::Unsupported,
        ),
        (
            json!({"messages": [], "inference_geo": "us"}),
            "inference_geo",
            RefusalKind::Unsupported,
        ),
        (
            json!({"messages": [{"role": "robot", "content": "x"}]}),
            "messages[0].role",
            RefusalKind::Malformed,
        ),
        (
            block(json!({"type": "image", "source": {"type": "file", "file_id": "f"}})),
            "messages[0].content[0].source.type",
            RefusalKind::Unsupported,
        ),
        (
            block(json!({"type": "container_upload"})),
            "messages[0].content[0].type",
            RefusalKind::Unsupported,
        ),
        (
            block(json!({"type": "text"})),
            "messages[0].content[0].text",
            RefusalKind::Malformed,
        ),
        (
            block(json!({"type": "tool_use", "id": "a", "name": "b", "input": []})),
            "messages[0].content[0].input",
            RefusalKind::Malformed,
        ),
        (
            block(
                json!({"type": "document", "citations": {"enabled": true}, "source": {"type": "text", "data": "x"}}),
            ),
            "messages[0].content[0].citations",
            RefusalKind::Unsupported,
        ),
        (
            json!({"messages": [], "tools": [{"type": "bash_20250124", "name": "bash"}]}),
            "tools[0].type",
            RefusalKind::Unsupported,
        ),
        (
            json!({"messages": [], "thinking": {"type": "enabled"}}),
            "thinking.budget_tokens",
            RefusalKind::Malformed,
        ),
    ] {
        let refusal = Request::read(Api::AnthropicMessages, body.to_string().as_bytes())
            .expect_err(&body.to_string());
        assert_eq!(refusal.param(), Some(field), "{body}");
        assert_eq!(refusal.kind(), kind, "{body}");
    }
    let twice = br#"{"messages":[],"stream":true,"stream":false}"#;
    let refusal = Request::read(Api::AnthropicMessages, twice).unwrap_err();
    assert_eq!(refusal.param(), Some("stream"));
}

#[test]
fn what_it_has_no_words_for_is_known_before() {
    let words = Anthropic::new().expresses();
    for without in [
        Feature::Logprobs,
        Feature::Choices,
        Feature::JsonObject,
        Feature::HighTemperature,
    ] {
        assert!(!words.has(without), "{without}");
    }
    let with: Features = [
        Feature::Prefill,
        Feature::AllowedTools,
        Feature::ToolImage,
        Feature::LateSystem,
    ]
    .into_iter()
    .collect();
    assert!(with.missing_from(words).is_empty());
}
