//! What callers put into a request's head and body moves no call, opens no door and reaches no provider.

use std::{io::ErrorKind, net::TcpListener};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TWO_TENANTS, Up, ask, owned};

const CANARY: &str = "canary-7f3a";

/// Every header in which some client or cloud carries a credential, and those that say where a call goes.
const CARRIERS: [&str; 28] = [
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "proxy-authorization",
    "cookie",
    "x-auth-token",
    "x-amz-security-token",
    "x-amz-date",
    "x-amz-content-sha256",
    "ocp-apim-subscription-key",
    "x-ms-client-request-id",
    "anthropic-beta",
    "anthropic-version",
    "openai-organization",
    "openai-project",
    "x-functions-key",
    "x-csrf-token",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-portkey-custom-host",
    "x-genai-tenant",
    "traceparent",
    "origin",
];

/// What providers get to see, whoever calls.
const PASSED: [&str; 7] = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "authorization",
    "content-type",
    "content-length",
];

/// Looks at everything that the providers have received.
fn nothing_leaked(up: &Up) {
    for provider in [&up.zai, &up.openai] {
        for call in provider.calls() {
            for (name, value) in &call.headers {
                assert!(PASSED.contains(&name.as_str()), "{name}");
                assert!(
                    !value.as_bytes().windows(6).any(|w| w == b"canary"),
                    "{name}"
                );
            }
            let own = format!("Bearer {}", owned(provider.name()));
            let authorization: Vec<_> = call.headers.get_all("authorization").iter().collect();
            assert_eq!(authorization, [own.as_str()]);
            assert_eq!(
                call.authority.as_deref(),
                Some(provider.addr().to_string().as_str())
            );
            assert_eq!(call.path, "/v1/chat/completions");
            assert_eq!(call.query, None);
            assert_eq!(call.method, Method::POST);
            assert_eq!(call.headers["accept-encoding"], "identity");
        }
    }
}

/// A listener that nobody may come to.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/v1", self.0.local_addr().unwrap())
    }

    fn is_empty(&self) {
        let came = self.0.accept();
        assert!(came.is_err_and(|why| why.kind() == ErrorKind::WouldBlock));
    }
}

#[tokio::test]
async fn no_credential_of_a_caller_reaches_a_provider() {
    let up = Up::start(TWO_TENANTS).await;
    for carrier in CARRIERS {
        for key in ["authorization", "x-api-key", "api-key"]
            .into_iter()
            .filter(|key| *key != carrier)
        {
            let value = if key == "authorization" {
                "Bearer sk-a"
            } else {
                "sk-a"
            };
            let headers = [
                (key, value),
                (carrier, CANARY),
                ("user-agent", "OpenAI/Python 3"),
            ];
            let answer = up.chat_with(&headers, &ask("auto")).await;
            assert_eq!(answer.status, StatusCode::OK, "{carrier}: {}", answer.text);
            assert!(!answer.text.contains("sk-a"));
        }
    }
    let all: Vec<(&str, &str)> = CARRIERS
        .into_iter()
        .filter(|name| !["x-api-key", "api-key"].contains(name))
        .map(|name| (name, CANARY))
        .chain([("authorization", "Bearer sk-a")])
        .collect();
    for model in ["auto", "glm-5", "gpt-5.4"] {
        assert_eq!(up.chat_with(&all, &ask(model)).await.status, StatusCode::OK);
    }
    nothing_leaked(&up);
    assert!(!up.openai.calls().is_empty() && !up.zai.calls().is_empty());
}

#[tokio::test]
async fn the_tenants_own_key_is_no_provider_s() {
    // Where no key is set up for a provider, nothing is sent: neither the caller's key nor a word in its place.
    let up = Up::start(TWO_TENANTS).await;
    let stack = up
        .config
        .stack(crate::client::ProviderClient::new(None))
        .credential(
            |_: &tower_genai::catalog::Provider, _: Option<&tower_genai::context::Tenant>| {
                tower_genai::dispatch::Key::Missing("no key".into())
            },
        );
    let request = http::Request::post("/v1/chat/completions")
        .header("authorization", "Bearer sk-a")
        .body(http_body_util::Full::from(ask("auto").to_string()))
        .unwrap();
    let response = tower::ServiceExt::oneshot(stack.boxed(), request)
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(up.sent(), 0);
}

#[tokio::test]
async fn a_destination_comes_from_the_catalog_alone() {
    let up = Up::start(TWO_TENANTS).await;
    let trap = Trap::set();
    let url = trap.url();
    let bearer = ("authorization", "Bearer sk-a");
    let fields = [
        "api_base",
        "base_url",
        "apiBase",
        "endpoint",
        "url",
        "host",
        "provider",
        "custom_host",
        "proxy",
        "api_key",
        "extra_headers",
        "user",
        "safety_identifier",
        "service_tier",
    ];
    for field in fields {
        for value in [json!(url), json!({"url": url, "authorization": CANARY})] {
            let mut body = ask("auto");
            body[field] = value;
            let answer = up.chat_with(&[bearer], &body).await;
            let status = answer.status.as_u16();
            assert!(
                status == 200 || status == 400,
                "{field}: {status} {}",
                answer.text
            );
        }
    }
    let mut body = ask("auto");
    body["metadata"] = json!({"api_base": url});
    body["messages"][0]["content"] = json!(url);
    for name in CARRIERS.into_iter().filter(|name| !name.contains("key")) {
        assert_eq!(
            up.chat_with(&[bearer, (name, &url)], &body).await.status,
            StatusCode::OK,
            "{name}"
        );
    }
    for query in [
        format!("?api_base={url}"),
        format!("?key={CANARY}"),
        "?api-version=1#x".to_owned(),
    ] {
        let path = format!("/v1/chat/completions{query}");
        let answer = up
            .send(Method::POST, &path, &[bearer], body.to_string())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
    }
    trap.is_empty();
    nothing_leaked(&up);
}

fn raw(start: &str, host: &str, lines: &[&str], body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let mut head = format!("{start} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer sk-a\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn what_concerns_one_connection_stays_there() {
    let up = Up::start(TWO_TENANTS).await;
    let trap = Trap::set();
    let evil = trap.url().replace("http://", "").replace("/v1", "");
    let chat = "POST /v1/chat/completions";
    let fine: Vec<(String, &str, Vec<&str>)> = vec![
        (chat.into(), &evil, vec!["connection: close"]),
        (
            chat.into(),
            "x",
            vec![
                "connection: close, authorization, x-api-key",
                "x-api-key: canary",
            ],
        ),
        (
            chat.into(),
            "x",
            vec![
                "connection: close",
                "te: trailers, canary",
                "keep-alive: canary",
            ],
        ),
        (
            chat.into(),
            "x",
            vec![
                "connection: close",
                "proxy-connection: canary",
                "trailer: canary",
            ],
        ),
        (
            chat.into(),
            "x",
            vec!["connection: close", "expect: 100-continue"],
        ),
        (chat.into(), "x", vec!["connection: close", "host: canary"]),
        (
            format!("POST http://{evil}/v1/chat/completions"),
            "x",
            vec!["connection: close"],
        ),
        (
            format!("POST https://{evil}/v1/chat/completions"),
            &evil,
            vec!["connection: close"],
        ),
    ];
    for (start, host, lines) in fine {
        let answer = up.raw(&raw(&start, host, &lines, &ask("auto"))).await;
        let line = answer.lines().next().unwrap_or_default();
        let taken = answer.contains("HTTP/1.1 200") || line.starts_with("HTTP/1.1 400");
        assert!(taken, "{start} {lines:?}: {answer}");
    }
    let before = up.sent();
    let body = ask("auto").to_string();
    let bad: Vec<String> = vec![
        // Two lengths, a length beside chunks, folded and broken lines.
        format!(
            "{chat} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\nconnection: close\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{body}"
        ),
        format!(
            "{chat} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer\r\n sk-a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!(
            "{chat} HTTP/1.1\r\nhost: x\r\nauthorization : Bearer sk-a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!(
            "{chat} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\nconnection: close\r\ntransfer-encoding: canary\r\n\r\n{body}"
        ),
        format!(
            "{chat}\0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        ),
    ];
    for request in bad {
        let answer = up.raw(request.as_bytes()).await;
        assert!(!answer.contains("HTTP/1.1 2"), "{request}: {answer}");
    }
    assert_eq!(up.sent(), before);
    assert!(before >= 6);
    trap.is_empty();
    nothing_leaked(&up);
}

#[tokio::test]
async fn no_name_of_a_model_leads_anywhere() {
    let up = Up::start(TWO_TENANTS).await;
    let long = "m".repeat(10_000);
    let names = [
        "../glm-5",
        "..%2fglm-5",
        "%2e%2e/glm-5",
        "%252e%252e%252f",
        "glm-5?x=1",
        "glm-5#x",
        "glm-5\\..",
        "//evil",
        "glm-5\0",
        "glm-5\r\nx: y",
        "http://evil/v1",
        "zai/../openai/gpt-5.4",
        "zai//glm-5",
        "*",
        "zai/*",
        " glm-5",
        "GLM-5 ",
        "..",
        ".",
        "",
        "None",
        "null",
        "𝓰𝓵𝓶-5",
        &long,
    ];
    for name in names {
        let answer = up.chat("sk-a", &ask(name)).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 404),
            "{name:?}: {} {}",
            answer.status,
            answer.text
        );
        answer.error();
    }
    let bearer = [("authorization", "Bearer sk-a")];
    for name in [
        "..",
        ".",
        "..%2fglm-5",
        "%2e%2e%2fglm-5",
        "%252e",
        "glm-5%00",
        "glm-5%0d%0a",
        "%ff",
        "%",
        "glm-6",
        "a/b",
        "/glm-5",
    ] {
        let answer = up
            .send(Method::GET, &format!("/v1/models/{name}"), &bearer, "")
            .await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{name}: {}",
            answer.text
        );
        answer.error();
    }
    assert_eq!(up.sent(), 0);
}
