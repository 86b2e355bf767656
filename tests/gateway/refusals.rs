//! What the gateway itself refuses, in OpenAI's form, without asking anybody.

use http::{Method, StatusCode};
use serde_json::json;

use crate::support::{TWO_TENANTS, Up, ask};

const BEARER: (&str, &str) = ("authorization", "Bearer sk-a");

#[tokio::test]
async fn unknown_paths_and_methods_are_404() {
    let up = Up::start(TWO_TENANTS).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/v1/chat/completions"),
        (Method::PUT, "/v1/chat/completions"),
        (Method::DELETE, "/v1/models/glm-5"),
        (Method::POST, "/v1/models"),
        (Method::POST, "/v1/embeddings"),
        (Method::POST, "/v1/completions"),
        (Method::POST, "/v1/chat/completions/x"),
        (Method::POST, "/v1/chat%2fcompletions"),
        (Method::POST, "/v1/chat/completions%00"),
        (Method::POST, "/healthz"),
        (Method::GET, "/healthz/"),
        (Method::OPTIONS, "/v1/chat/completions"),
    ] {
        let answer = up
            .send(method.clone(), path, &[BEARER], ask("auto").to_string())
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(answer.error().0, "unknown_url", "{method} {path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["x-should-retry"], "false");
    }
    assert_eq!(up.sent(), 0);
    let health = up.send(Method::GET, "/healthz", &[], "").await;
    assert_eq!(
        (health.status, health.text.as_str()),
        (StatusCode::OK, "ok")
    );
}

#[tokio::test]
async fn strangers_get_401_whatever_they_ask_for() {
    let up = Up::start(TWO_TENANTS).await;
    let strangers: [&[(&str, &str)]; 12] = [
        &[],
        &[("authorization", "Bearer sk-c")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", "sk-a")],
        &[("authorization", "Basic sk-a")],
        &[("authorization", "Bearer SK-A")],
        &[("authorization", "Bearer sk-a sk-a")],
        &[("x-api-key", "")],
        &[("cookie", "authorization=sk-a")],
        &[("x-genai-tenant", "team-a")],
        &[("x-forwarded-user", "team-a")],
    ];
    for headers in strangers {
        for (method, path) in [
            (Method::POST, "/v1/chat/completions"),
            (Method::POST, "/v1/chat/completions?key=sk-a&api_key=sk-a"),
            (Method::GET, "/v1/models"),
            (Method::GET, "/nowhere"),
        ] {
            let body =
                json!({"model": "auto", "messages": [], "user": "team-a", "api_key": "sk-a"});
            let answer = up.send(method, path, headers, body.to_string()).await;
            assert_eq!(
                answer.status,
                StatusCode::UNAUTHORIZED,
                "{headers:?} {path}"
            );
            assert_eq!(answer.error().0, "invalid_api_key");
            assert!(!answer.text.contains("sk-"), "{}", answer.text);
        }
    }
    assert_eq!(up.sent(), 0);
}

#[tokio::test]
async fn refusals_of_anthropic_s_clients_are_named_in_head_and_body() {
    let up = Up::start(TWO_TENANTS).await;
    let ask = |model: &str| json!({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    for (key, model, status) in [
        ("sk-c", "glm-5", StatusCode::UNAUTHORIZED),
        ("sk-a", "none", StatusCode::NOT_FOUND),
    ] {
        let headers = [("x-api-key", key), ("anthropic-version", "2023-06-01")];
        let body = ask(model).to_string();
        let answer = up.send(Method::POST, "/v1/messages", &headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(
            answer.json()["request_id"],
            answer.headers["request-id"].to_str().unwrap()
        );
        assert!(!answer.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn other_protocols_get_426_and_an_offer_of_http_2_an_answer() {
    let up = Up::start(TWO_TENANTS).await;
    for (path, upgrade) in [
        ("/v1/realtime", "websocket"),
        ("/v1/chat/completions", "websocket"),
        ("/v1/chat/completions", "h2c, websocket"),
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\nconnection: upgrade\r\nupgrade: {upgrade}\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        );
        let answer = up.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
    }
    let request = "GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\nconnection: close, upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
    let answer = up.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_however_it_comes() {
    let up = Up::start(&format!("max_body = \"1KiB\"\n{TWO_TENANTS}")).await;
    let mut body = ask("auto");
    body["messages"][0]["content"] = json!("x".repeat(700));
    assert_eq!(up.chat("sk-a", &body).await.status, StatusCode::OK);
    let before = up.sent();
    body["messages"][0]["content"] = json!("x".repeat(1_024));
    let answer = up.chat("sk-a", &body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    answer.error();

    let body = body.to_string();
    let chunked = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let answer = up.raw(chunked.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(up.sent(), before);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_400() {
    let up = Up::start(TWO_TENANTS).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = r#"{"model":"glm-5","model":"gpt-5.4","messages":[{"role":"user","content":"x"}]}"#;
    let other_case =
        r#"{"Model":"gpt-5.4","model":"glm-5","messages":[{"role":"user","content":"x"}]}"#;
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{\"model\":1}",
        &deep,
        twice,
        other_case,
    ] {
        let answer = up
            .send(
                Method::POST,
                "/v1/chat/completions",
                &[BEARER],
                body.to_owned(),
            )
            .await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{}",
            &body[..body.len().min(80)]
        );
        answer.error();
    }
    let gzip = [BEARER, ("content-encoding", "gzip")];
    let answer = up.chat_with(&gzip, &ask("auto")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert_eq!(up.sent(), 0);
}
