//! Requests that are wrong, and how they are refused.

use http::{Method, Request, header};
use http_body_util::Full;
use serde_json::{Value, json};
use tower_genai::sim::Provider;

use crate::client::{ask, glm, http1, post, whole, with};

#[tokio::test]
async fn mistakes_are_answered_as_openai_does() {
    let server = Provider::new("p")
        .model(glm().context(50).max_output(500))
        .start()
        .await
        .unwrap();
    let long = "x".repeat(1_000);
    for (body, status, code, param) in [
        (
            json!({"model": "glm-5"}),
            400,
            json!("missing_required_parameter"),
            json!("messages"),
        ),
        (
            with(ask(), json!({"messages": "hi"})),
            400,
            json!("invalid_type"),
            json!("messages"),
        ),
        (
            with(ask(), json!({"messages": []})),
            400,
            json!("empty_array"),
            json!("messages"),
        ),
        (
            with(
                ask(),
                json!({"messages": [{"role": "king", "content": "x"}]}),
            ),
            400,
            json!("invalid_value"),
            json!("messages[0].role"),
        ),
        (
            with(
                ask(),
                json!({"messages": [{"role": "tool", "tool_call_id": "x", "content": "x"}]}),
            ),
            400,
            json!("invalid_value"),
            json!("messages[0].role"),
        ),
        (
            with(ask(), json!({"messages": [{"role": "user", "content": 5}]})),
            400,
            json!("invalid_type"),
            json!("messages[0].content"),
        ),
        (json!({"messages": []}), 400, Value::Null, Value::Null),
        (json!([]), 400, Value::Null, Value::Null),
        (
            with(ask(), json!({"model": 5})),
            400,
            json!("invalid_type"),
            json!("model"),
        ),
        (
            with(ask(), json!({"model": "gpt-9"})),
            404,
            json!("model_not_found"),
            Value::Null,
        ),
        (
            with(ask(), json!({"n": 1.5})),
            400,
            json!("invalid_type"),
            json!("n"),
        ),
        (
            with(ask(), json!({"n": 0})),
            400,
            json!("integer_out_of_range"),
            json!("n"),
        ),
        (
            with(ask(), json!({"temperature": 3})),
            400,
            json!("decimal_out_of_range"),
            json!("temperature"),
        ),
        (
            with(ask(), json!({"stream_options": {"include_usage": true}})),
            400,
            json!("invalid_value"),
            json!("stream_options"),
        ),
        (
            with(ask(), json!({"tools": []})),
            400,
            json!("empty_array"),
            json!("tools"),
        ),
        (
            with(ask(), json!({"tool_choice": "auto"})),
            400,
            json!("invalid_value"),
            json!("tool_choice"),
        ),
        (
            with(ask(), json!({"max_tokens": 501})),
            400,
            json!("invalid_value"),
            json!("max_tokens"),
        ),
        (
            with(
                ask(),
                json!({"messages": [{"role": "user", "content": long}]}),
            ),
            400,
            json!("context_length_exceeded"),
            json!("messages"),
        ),
        (
            with(ask(), json!({"metadata": {"sim": "explode"}})),
            400,
            Value::Null,
            json!("metadata.sim"),
        ),
    ] {
        let response = post(&server, &body).await;
        assert_eq!(response.status(), status, "{body}");
        let error = whole(response).await;
        assert_eq!(error["error"]["type"], "invalid_request_error", "{body}");
        assert_eq!(error["error"]["code"], code, "{body}");
        assert_eq!(error["error"]["param"], param, "{body}");
        assert!(error["error"]["message"].is_string());
    }
    assert_eq!(server.bill().total_nano_usd(), 0);
}

#[tokio::test]
async fn keys_paths_methods_and_sizes_are_checked() {
    let provider = Provider::new("p")
        .key("sk-right")
        .max_body(100)
        .model(glm());
    let server = provider.start().await.unwrap();
    let send = async |method: Method, path: &str, key: &str, body: String| {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", server.addr()))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Full::from(body))
            .unwrap();
        let response = http1().request(request).await.unwrap();
        (response.status().as_u16(), whole(response).await)
    };
    let (status, error) = send(
        Method::POST,
        "/v1/chat/completions",
        "sk-wrong",
        ask().to_string(),
    )
    .await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (401, &json!("invalid_api_key"))
    );
    let (status, error) = send(Method::POST, "/v1/responses", "sk-right", String::new()).await;
    assert_eq!(
        (status, &error["error"]["type"]),
        (404, &json!("invalid_request_error"))
    );
    let (status, _) = send(Method::DELETE, "/v1/models", "sk-right", String::new()).await;
    assert_eq!(status, 405);
    let (status, error) = send(
        Method::POST,
        "/v1/chat/completions",
        "sk-right",
        "{".to_owned(),
    )
    .await;
    assert_eq!((status, &error["error"]["param"]), (400, &Value::Null));
    let (status, _) = send(
        Method::POST,
        "/v1/chat/completions",
        "sk-right",
        " ".repeat(101),
    )
    .await;
    assert_eq!(status, 413);
    let (status, list) = send(Method::GET, "/v1/models", "sk-right", String::new()).await;
    assert_eq!((status, &list["data"][0]["id"]), (200, &json!("glm-5")));
    let (status, model) = send(Method::GET, "/v1/models/glm-5", "sk-right", String::new()).await;
    assert_eq!((status, &model["object"]), (200, &json!("model")));
    let (status, _) = send(Method::GET, "/v1/models/gpt-9", "sk-right", String::new()).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn tools_are_answered_each_and_by_their_ids() {
    let server = Provider::new("p").model(glm()).start().await.unwrap();
    let user = json!({"role": "user", "content": "x"});
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let calls = json!({"role": "assistant", "content": null, "tool_calls": [call("a"), call("b")]});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "y"});
    let image = json!({"type": "image_url", "image_url": {"url": "https://x/y.png"}});
    let shown = json!({"role": "tool", "tool_call_id": "a", "content": [image]});
    for (messages, status, said) in [
        (json!([user, calls, result("b"), result("a")]), 200, ""),
        (
            json!([user, calls, result("a"), result("b"), user]),
            200,
            "",
        ),
        (
            json!([user, calls, result("a")]),
            400,
            "did not have response messages: b",
        ),
        (
            json!([user, calls, user]),
            400,
            "did not have response messages: a, b",
        ),
        (json!([user, calls, result("c")]), 400, "'c' is not found"),
        (
            json!([user, result("a")]),
            400,
            "must follow a message with 'tool_calls'",
        ),
        (
            json!([user, calls, shown, result("b")]),
            400,
            "only allowed for messages with role 'user'",
        ),
    ] {
        let response = post(&server, &with(ask(), json!({"messages": messages}))).await;
        assert_eq!(response.status(), status, "{messages}");
        let answer = whole(response).await;
        let told = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(told.contains(said), "{messages}: {told}");
    }
}
