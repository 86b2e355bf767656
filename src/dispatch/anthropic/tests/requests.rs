use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    catalog::{Candidate, Effort, Model, Price, Provider, ReasoningForm, Snapshot},
    chat::Request,
    dispatch::{Dialect, Encoded, Outgoing, anthropic::Anthropic},
    query::{Api, Capability, Query, Refusal},
};

/// A model of the catalog as the tests need it.
fn model(
    change: impl FnOnce(crate::catalog::ModelBuilder) -> crate::catalog::ModelBuilder,
) -> Arc<Model> {
    let provider = Provider::builder("anthropic", "anthropic", "https://api.example");
    let model = Model::builder("claude", "anthropic")
        .id("claude-x")
        .price(Price::free())
        .max_output(64_000)
        .can([
            Capability::Tools,
            Capability::Reasoning,
            Capability::JsonSchema,
        ]);
    let snapshot = Snapshot::builder()
        .provider(provider)
        .model(change(model))
        .build()
        .unwrap();
    Arc::clone(snapshot.model("claude").unwrap())
}

fn encoded(candidate: &Candidate, api: Api, body: &[u8]) -> Result<Encoded, Refusal> {
    let request = Request::read(api, body)?;
    let query = Query::untouched(api, false);
    let bytes = Bytes::copy_from_slice(body);
    let outgoing = Outgoing::new(&query, &bytes, candidate).translated(&request);
    Anthropic::new().request(&outgoing)
}

fn bytes(encoded: Encoded) -> Vec<u8> {
    use http_body_util::BodyExt;
    let body = tokio_test::block_on(encoded.body.collect()).unwrap();
    body.to_bytes().to_vec()
}

pub(super) fn asked(api: Api, body: &Value) -> Result<(Value, Vec<String>), Refusal> {
    of(&Candidate::new(model(|model| model)), api, body)
}

fn of(candidate: &Candidate, api: Api, body: &Value) -> Result<(Value, Vec<String>), Refusal> {
    let encoded = encoded(candidate, api, body.to_string().as_bytes())?;
    let dropped = encoded
        .dropped
        .iter()
        .map(|what| what.to_string())
        .collect();
    Ok((serde_json::from_slice(&bytes(encoded)).unwrap(), dropped))
}

/// A request that has a bit of everything that both sides have words for.
fn full() -> Value {
    json!({
        "model": "claude-x", "max_tokens": 900, "stream": true,
        "system": [
            {"type": "text", "text": "Be brief."},
            {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        ],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
                {"type": "image", "source": {"type": "url", "url": "https://x.example/y.png"}},
                {"type": "document", "title": "T", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"},
                 "cache_control": {"type": "ephemeral"}},
                {"type": "document", "source": {"type": "url", "url": "https://x.example/y.pdf"}},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "aGlk"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"b": 1.0, "a": [true, null]}},
                {"type": "tool_use", "id": "toolu_2", "name": "stay", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [
                    {"type": "text", "text": "a cat"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0lG"}},
                ]},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no", "is_error": true,
                 "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "And?"},
            ]},
        ],
        "tools": [
            {"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {"b": {"type": "number"}}}},
            {"name": "stay", "input_schema": {"type": "object", "properties": {}}, "cache_control": {"type": "ephemeral"}},
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "medium", "format": {"type": "json_schema", "schema": {
            "type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": false}}},
        "stop_sequences": ["END", "\n\nUser:"],
        "metadata": {"user_id": "u-1"},
    })
}

/// What of an object differs, by its paths.
fn assert_same(left: &Value, right: &Value, path: &str) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let keys =
                |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(left), keys(right), "{path}");
            for (key, value) in left {
                assert_same(value, &right[key], &format!("{path}.{key}"));
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            assert_eq!(left.len(), right.len(), "{path}");
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                assert_same(left, right, &format!("{path}[{at}]"));
            }
        }
        _ => assert_eq!(left, right, "{path}"),
    }
}

#[test]
fn what_a_caller_of_this_format_says_is_written_the_same() {
    let full = full();
    let (body, dropped) = asked(Api::AnthropicMessages, &full).unwrap();
    assert_same(&body, &full, "");
    assert!(dropped.is_empty(), "{dropped:?}");
    let again = body.to_string();
    let read = |text: &str| {
        format!(
            "{:?}",
            Request::read(Api::AnthropicMessages, text.as_bytes()).unwrap()
        )
    };
    assert_eq!(read(&again), read(&full.to_string()));
}

#[test]
fn a_conversation_of_openai_s_is_put_into_order() {
    let (body, dropped) = asked(Api::OpenAiChat, &json!({
        "model": "auto", "seed": 7, "user": "u",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": "Weather in Paris and Rome?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Paris\"}"}},
                {"id": "call_b", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "call_b", "content": "hot"},
            {"role": "tool", "tool_call_id": "call_a", "content": ""},
            {"role": "user", "content": "  "},
            {"role": "user", "content": "Thanks?"},
            {"role": "system", "content": "Late."},
        ],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"properties": {"city": {"type": "string"}}}}}],
        "tool_choice": "required", "parallel_tool_calls": false,
        "stop": "END", "max_completion_tokens": 50,
    })).unwrap();
    let expected = json!({
        "model": "claude-x", "max_tokens": 50, "metadata": {"user_id": "u"}, "stop_sequences": ["END"],
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Weather in Paris and Rome?"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "call_a", "name": "weather", "input": {"city": "Paris"}},
                {"type": "tool_use", "id": "call_b", "name": "weather", "input": {"city": "Rome"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "call_a"},
                {"type": "tool_result", "tool_use_id": "call_b", "content": "hot"},
                {"type": "text", "text": "Thanks?"},
                {"type": "text", "text": "<system>\nLate.\n</system>"},
            ]},
        ],
        "tools": [{"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
    });
    assert_same(&body, &expected, "");
    assert!(dropped.contains(&"seed".to_owned()), "{dropped:?}");
    assert!(dropped.contains(&"a later system prompt stands as a user's text".to_owned()));
}

#[test]
fn a_limit_is_always_written_and_is_the_model_s_at_most() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]});
    assert_eq!(
        asked(Api::OpenAiChat, &body).unwrap().0["max_tokens"],
        64_000
    );
    let mut more = body.clone();
    more["max_tokens"] = 100_000.into();
    assert_eq!(
        asked(Api::OpenAiChat, &more).unwrap().0["max_tokens"],
        64_000
    );
}

#[test]
fn how_much_is_thought_has_the_model_s_own_form() {
    let body = |effort: &str, most: u32| {
        json!({"model": "m", "messages": [{"role": "user", "content": "x"}],
            "reasoning_effort": effort, "max_completion_tokens": most, "temperature": 0.5, "top_p": 0.9})
    };
    let adaptive = Candidate::new(model(|model| {
        model
            .effort(Effort::new("low"))
            .effort(Effort::new("high"))
            .effort(Effort::new("max"))
    }));
    for (asked, level) in [
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "low"),
        ("high", "high"),
        ("xhigh", "high"),
        ("max", "max"),
    ] {
        let (body, dropped) = of(&adaptive, Api::OpenAiChat, &body(asked, 9_000)).unwrap();
        assert_eq!(body["output_config"]["effort"], level, "{asked}");
        assert_eq!(body["thinking"]["type"], "adaptive");
        assert!(body.get("temperature").is_none() && body.get("top_p").is_none());
        assert_eq!(dropped.len(), 2, "{dropped:?}");
    }
    let (off, _) = of(&adaptive, Api::OpenAiChat, &body("none", 9_000)).unwrap();
    assert_eq!(off["thinking"], json!({"type": "disabled"}));
    assert_eq!(off["temperature"], 0.5);
    assert!(off.get("top_p").is_none(), "not both");
    let budget = Candidate::new(model(|model| model.reasoning(ReasoningForm::Budget)));
    let (body_, _) = of(&budget, Api::OpenAiChat, &body("high", 9_000)).unwrap();
    assert_eq!(
        body_["thinking"],
        json!({"type": "enabled", "budget_tokens": 4_096})
    );
    let (body_, _) = of(&budget, Api::OpenAiChat, &body("high", 2_000)).unwrap();
    assert_eq!(body_["thinking"]["budget_tokens"], 1_500);
    let (body_, dropped) = of(&budget, Api::OpenAiChat, &body("high", 1_000)).unwrap();
    assert!(body_.get("thinking").is_none());
    assert!(
        dropped.iter().any(|what| what.contains("no room")),
        "{dropped:?}"
    );
}

#[test]
fn thinking_does_not_go_with_a_tool_that_must_be_called() {
    let mut body = full();
    body["tool_choice"] = json!({"type": "any"});
    let (body, dropped) = asked(Api::AnthropicMessages, &body).unwrap();
    assert!(body.get("thinking").is_none());
    assert_eq!(body["output_config"]["effort"], "medium");
    assert_eq!(dropped.len(), 1);
}

#[test]
fn only_four_marks_are_set() {
    let mut body = full();
    body["messages"][2]["content"][2]["cache_control"] = json!({"type": "ephemeral"});
    let (body, dropped) = asked(Api::AnthropicMessages, &body).unwrap();
    assert_eq!(body.to_string().matches("cache_control").count(), 4);
    assert!(
        body["messages"][2]["content"][2]
            .get("cache_control")
            .is_none()
    );
    assert_eq!(dropped, ["cache_control beyond the fourth"]);
}

#[test]
fn a_count_of_tokens_asks_for_nothing_else() {
    let candidate = Candidate::new(model(|model| model));
    let mut body = full();
    body.as_object_mut().unwrap().remove("max_tokens");
    let encoded = encoded(
        &candidate,
        Api::AnthropicCountTokens,
        body.to_string().as_bytes(),
    )
    .unwrap();
    assert_eq!(encoded.path, "/v1/messages/count_tokens");
    let body: Value = serde_json::from_slice(&bytes(encoded)).unwrap();
    for absent in ["max_tokens", "stream", "stop_sequences", "metadata"] {
        assert!(body.get(absent).is_none(), "{absent}");
    }
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
}

#[test]
fn search_results_stand_as_text() {
    let body = json!({"messages": [{"role": "user", "content": [
        {"type": "search_result", "source": "https://x.example", "title": "X", "content": [{"type": "text", "text": "found"}]},
        {"type": "text", "text": "?"}]}]});
    let (body, _) = asked(Api::AnthropicMessages, &body).unwrap();
    assert_eq!(
        body["messages"][0]["content"][0]["text"],
        "X\nhttps://x.example\nfound"
    );
}
