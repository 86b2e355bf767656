use http::Method;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Provider};

use super::{VERSION, answer, ask, claude, refusal, start, tool};
use crate::client::{PNG, send, whole, with};

#[tokio::test]
async fn fields_are_checked_as_anthropic_does() {
    let server = start(claude().context(60).max_output(5_000)).await;
    for (change, said) in [
        (json!({"max_tokens": null}), "max_tokens: Field required"),
        (
            json!({"max_tokens": 0}),
            "max_tokens: Input should be greater",
        ),
        (
            json!({"max_tokens": "5"}),
            "max_tokens: Input should be a valid integer",
        ),
        (json!({"max_tokens": 5_001}), "5001 > 5000"),
        (json!({"n": 2}), "n: Extra inputs are not permitted"),
        (json!({"stop": "x"}), "stop: Extra inputs are not permitted"),
        (
            json!({"temperature": 1.5}),
            "temperature: Input should be less",
        ),
        (
            json!({"temperature": 0.5, "top_p": 0.5}),
            "cannot both be specified",
        ),
        (json!({"stop_sequences": [" \n"]}), "non-whitespace"),
        (
            json!({"stop_sequences": "x"}),
            "stop_sequences: Input should be a valid array",
        ),
        (
            json!({"metadata": {"user": "x"}}),
            "metadata.user: Extra inputs",
        ),
        (
            json!({"service_tier": "flex"}),
            "service_tier: Input should be",
        ),
        (json!({"messages": []}), "at least one message is required"),
        (json!({"messages": null}), "messages: Field required"),
        (
            json!({"system": [{"type": "text", "text": ""}]}),
            "text content blocks must be non-empty",
        ),
        (
            json!({"output_config": {"effort": "huge"}}),
            "output_config.effort",
        ),
        (
            json!({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}),
            "tools.0.custom.name",
        ),
        (
            json!({"tools": [{"name": "a"}]}),
            "tools.0.custom.input_schema: Field required",
        ),
        (
            json!({"tools": [{"name": "a", "input_schema": {}}]}),
            "input_schema.type: Field required",
        ),
        (
            json!({"tools": [tool(), tool()]}),
            "Tool names must be unique",
        ),
        (
            json!({"tools": [{"type": "function", "function": {}}]}),
            "'function'",
        ),
        (
            json!({"tool_choice": {"type": "auto"}}),
            "while providing tools",
        ),
        (
            json!({"tools": [tool()], "tool_choice": {"type": "tool", "name": "x"}}),
            "'x' not found",
        ),
        (
            json!({"tools": [tool()], "tool_choice": "any"}),
            "tool_choice: Input should be an object",
        ),
        (
            json!({"messages": [{"role": "user", "content": "x".repeat(400)}]}),
            "prompt is too long",
        ),
    ] {
        let told = refusal(&server, &with(ask(), change.clone())).await;
        assert!(told.contains(said), "{change}: {told}");
    }
    let control = json!({"type": "ephemeral"});
    let block = json!({"type": "text", "text": "x", "cache_control": control});
    let blocks = vec![block; 5];
    let told = refusal(&server, &with(ask(), json!({"system": blocks}))).await;
    assert!(told.contains("A maximum of 4 blocks"), "{told}");
    assert_eq!(server.bill().lines().len(), 0);
}

#[tokio::test]
async fn messages_are_checked_as_anthropic_does() {
    let server = start(claude()).await;
    let user = json!({"role": "user", "content": "x"});
    let block = |block: Value| json!([{"role": "user", "content": [block]}]);
    for (messages, said) in [
        (
            json!([{"role": "system", "content": "x"}, user]),
            "Unexpected role \"system\"",
        ),
        (
            json!([{"role": "tool", "content": "x"}]),
            "Unexpected role \"tool\"",
        ),
        (
            json!([{"role": "assistant", "content": "x"}]),
            "first message must use the \"user\" role",
        ),
        (
            json!([{"role": "user", "content": ""}]),
            "non-empty content",
        ),
        (
            json!([{"role": "user", "content": []}]),
            "non-empty content",
        ),
        (
            json!([{"role": "user", "content": "x", "name": "y"}]),
            "messages.0.name: Extra inputs",
        ),
        (
            json!([user, {"role": "assistant", "content": "x "}]),
            "trailing whitespace",
        ),
        (
            block(json!({"type": "text", "text": ""})),
            "must be non-empty",
        ),
        (
            block(json!({"type": "text", "text": " "})),
            "non-whitespace",
        ),
        (block(json!({"type": "image_url"})), "'image_url'"),
        (block(json!({"type": "thinking"})), "'thinking'"),
        (
            block(
                json!({"type": "image", "source": {"type": "base64", "media_type": "image/bmp", "data": PNG}}),
            ),
            "media_type",
        ),
        (
            block(
                json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "?"}}),
            ),
            "Invalid base64",
        ),
        (
            block(json!({"type": "image", "source": {"type": "url", "url": "ftp://x"}})),
            "HTTPS",
        ),
    ] {
        let told = refusal(&server, &with(ask(), json!({"messages": messages}))).await;
        assert!(told.contains(said), "{messages}: {told}");
    }
}

#[tokio::test]
async fn each_tool_is_answered_once_and_right_away() {
    let server = start(claude()).await;
    let user = json!({"role": "user", "content": "x"});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "get_weather", "input": {}});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "y"});
    let text = json!({"type": "text", "text": "z"});
    let turns = |calls: Value, answer: Value| {
        let assistant = json!({"role": "assistant", "content": calls});
        let answer = json!({"role": "user", "content": answer});
        with(ask(), json!({"messages": [user, assistant, answer]}))
    };
    let both = json!([call("a"), call("b")]);
    answer(
        &server,
        &turns(both.clone(), json!([result("b"), result("a"), text])),
    )
    .await;
    answer(
        &server,
        &turns(json!([text, call("a")]), json!([result("a")])),
    )
    .await;
    for (calls, answer, said) in [
        (
            both.clone(),
            json!([result("a")]),
            "without `tool_result` blocks immediately after: b",
        ),
        (
            both,
            json!([text, result("a"), result("b")]),
            "must come before other content",
        ),
        (
            json!([call("a")]),
            json!([result("a"), result("a")]),
            "a single result",
        ),
        (
            json!([call("a")]),
            json!([result("a"), result("c")]),
            "unexpected `tool_use_id`",
        ),
        (
            json!([call("a"), call("a")]),
            json!([result("a")]),
            "ids must be unique",
        ),
        (
            json!([call("a.1")]),
            json!([result("a.1")]),
            "'^[a-zA-Z0-9_-]+$'",
        ),
        (
            json!([text]),
            json!([result("a")]),
            "unexpected `tool_use_id`",
        ),
    ] {
        let told = refusal(&server, &turns(calls, answer)).await;
        assert!(told.contains(said), "{told}");
    }
    let open = json!({"role": "assistant", "content": [call("a")]});
    let told = refusal(&server, &with(ask(), json!({"messages": [user, open]}))).await;
    assert!(told.contains("immediately after: a"), "{told}");
    let split = json!([
        user,
        {"role": "assistant", "content": [call("a"), call("b")]},
        {"role": "user", "content": [result("a")]},
        {"role": "user", "content": [result("b")]},
    ]);
    let told = refusal(&server, &with(ask(), json!({"messages": split}))).await;
    assert!(told.contains("immediately after: b"), "{told}");
}

#[tokio::test]
async fn schemas_of_answers_are_those_that_anthropic_takes() {
    let server = start(claude()).await;
    let body = |schema: Value| {
        let format = json!({"type": "json_schema", "schema": schema});
        with(ask(), json!({"output_config": {"format": format}}))
    };
    let good = json!({
        "type": "object",
        "properties": {"n": {"type": "integer"}, "at": {"type": "string", "format": "date"}},
        "required": ["n"],
        "additionalProperties": false,
    });
    let said = answer(&server, &body(good.clone())).await;
    assert_eq!(said["content"][0]["text"], "{\"n\":0}");
    for (property, why) in [
        (
            json!({"type": "integer", "minimum": 1}),
            "property 'minimum' is not supported",
        ),
        (json!({"type": "string", "maxLength": 1}), "'maxLength'"),
        (
            json!({"type": "array", "items": {}, "uniqueItems": true}),
            "'uniqueItems'",
        ),
        (
            json!({"type": "array", "items": {}, "minItems": 2}),
            "'minItems'",
        ),
        (json!({"oneOf": [{"type": "null"}]}), "'oneOf'"),
        (
            json!({"type": "object", "properties": {}}),
            "'additionalProperties'",
        ),
        (
            json!({"anyOf": [{"type": "integer", "multipleOf": 2}]}),
            "'multipleOf'",
        ),
        (json!({"type": "string", "format": "phone"}), "'phone'"),
    ] {
        let mut schema = good.clone();
        schema["properties"]["n"] = property;
        let told = refusal(&server, &body(schema)).await;
        assert!(told.contains(why), "{told}");
        assert!(
            told.contains("output_config.format.schema.properties.n"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn newer_models_refuse_sampling_and_prefill() {
    let server = start(claude().sampling(false).prefill(false)).await;
    answer(&server, &ask()).await;
    let told = refusal(&server, &with(ask(), json!({"top_p": 0.9}))).await;
    assert!(told.contains("`top_p` is not supported"), "{told}");
    let open = json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]);
    let body = with(ask(), json!({"messages": open}));
    let told = refusal(&server, &body).await;
    assert!(told.contains("prefill"), "{told}");
    answer(&start(claude()).await, &body).await;
}

#[tokio::test]
async fn keys_versions_and_paths_are_checked() {
    let provider = Provider::new("p").dialect(Dialect::Anthropic).key("right");
    let server = provider.model(claude()).start().await.unwrap();
    let post = async |path: &str, headers: &[(&str, &str)]| {
        let response = send(&server, Method::POST, path, headers, &ask()).await;
        let status = response.status().as_u16();
        (status, whole(response).await["error"]["type"].clone())
    };
    let path = "/v1/messages";
    assert_eq!(post(path, &[VERSION, ("x-api-key", "right")]).await.0, 200);
    assert_eq!(
        post("/v1/messages?beta=true", &[VERSION, ("x-api-key", "right")])
            .await
            .0,
        200
    );
    assert_eq!(
        post(path, &[VERSION, ("authorization", "Bearer right")])
            .await
            .0,
        200
    );
    let newer = ("anthropic-version", "2026-10-21");
    assert_eq!(post(path, &[newer, ("x-api-key", "right")]).await.0, 200);
    for (headers, status, kind) in [
        (vec![VERSION], 401, "authentication_error"),
        (
            vec![VERSION, ("x-api-key", "wrong")],
            401,
            "authentication_error",
        ),
        (vec![("x-api-key", "right")], 400, "invalid_request_error"),
        (
            vec![("x-api-key", "right"), ("anthropic-version", "1")],
            400,
            "invalid_request_error",
        ),
    ] {
        assert_eq!(
            post(path, &headers).await,
            (status, json!(kind)),
            "{headers:?}"
        );
    }
    let right = [VERSION, ("x-api-key", "right")];
    assert_eq!(
        post("/v1/complete", &right).await,
        (404, json!("not_found_error"))
    );
    assert_eq!(post("/v1/models", &right).await.0, 405);
    let unknown = with(ask(), json!({"model": "claude-9"}));
    let response = send(&server, Method::POST, path, &right, &unknown).await;
    assert_eq!(response.status(), 404);
    assert_eq!(whole(response).await["error"]["message"], "model: claude-9");
}
