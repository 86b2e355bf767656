//! What providers put into an answer's head, and where they send a call on to.

use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json;
use tower_genai::sim::{Fault, Times};

use crate::support::{Up, ask, catalog};

fn header(name: &'static str, value: &str) -> Fault {
    Fault::Header(
        HeaderName::from_static(name),
        HeaderValue::try_from(value).unwrap(),
    )
}

fn forged() -> Fault {
    let huge = "9".repeat(4_000);
    Fault::All(vec![
        header("set-cookie", "session=forged"),
        header("x-genai-model", "forged"),
        header("x-genai-cost", "forged"),
        header("x-genai-decision", "forged"),
        header("x-request-id", "forged"),
        header("content-security-policy", "forged"),
        header("access-control-allow-origin", "forged"),
        header("location", "http://forged"),
        header("www-authenticate", "forged"),
        header("server", "forged"),
        header("x-ratelimit-forged", &huge),
        header("retry-after", &huge),
        header("connection", "x-genai-model"),
    ])
}

#[tokio::test]
async fn headers_of_providers_come_by_a_table() {
    for explain in [true, false] {
        let up = Up::start(&format!("explain_headers = {explain}")).await;
        up.zai.fail(forged(), Times::Always);
        for stream in [false, true] {
            let mut body = ask("glm-5");
            body["stream"] = json!(stream);
            let answer = up.chat("any", &body).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            for (name, value) in &answer.headers {
                assert!(value.len() <= 1_024, "{name}");
                assert!(
                    !value.as_bytes().windows(6).any(|w| w == b"forged"),
                    "{name}: {value:?}"
                );
            }
            for absent in [
                "set-cookie",
                "location",
                "server",
                "retry-after",
                "x-ratelimit-forged",
            ] {
                assert!(!answer.headers.contains_key(absent), "{absent}");
            }
            assert_eq!(answer.headers.contains_key("x-genai-model"), explain);
            assert!(
                answer.headers["x-request-id"]
                    .to_str()
                    .unwrap()
                    .starts_with("gen_")
            );
            assert!(
                answer
                    .headers
                    .contains_key("x-ratelimit-remaining-requests")
            );
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let up = Up::start("").await;
    let elsewhere = up.openai.base_url();
    for to in [
        format!("{elsewhere}/chat/completions"),
        "//evil".into(),
        "/v1/models".into(),
    ] {
        up.zai.fail(Fault::Redirect(to), Times::Next(3));
        let answer = up.chat("any", &ask("glm-5")).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        answer.error();
        assert!(!answer.headers.contains_key("location"));
    }
    assert!(up.openai.calls().is_empty());
}

#[tokio::test]
async fn a_provider_s_refusal_of_our_key_is_ours_to_mend() {
    let up = Up::start("").await;
    up.zai.fail(
        Fault::Status {
            status: 401,
            code: None,
            message: Some(format!("bad key {}", crate::support::owned("zai"))),
            retry_after: None,
        },
        Times::Once,
    );
    let answer = up.chat("any", &ask("glm-5")).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(!answer.text.contains("sk-owner"), "{}", answer.text);
}

#[tokio::test]
async fn https_without_tls_is_a_502_that_costs_nothing() {
    use tower_genai::stack::config::Config;
    let budget = "[[budget]]\nscope = \"org\"\nlimit = \"1\"\nwindow = \"day\"\n";
    let text = format!(
        "{budget}{}",
        catalog("https://127.0.0.1:1/v1", "http://127.0.0.1:1/v1")
    );
    let config = Config::parse("gateway.toml", &text).unwrap();
    let stack = config
        .stack(crate::client::ProviderClient::new(None))
        .boxed();
    for (model, said) in [("glm-5", "TLS"), ("gpt-5.4", "could not be reached")] {
        let request = http::Request::post("/v1/chat/completions")
            .body(http_body_util::Full::from(ask(model).to_string()))
            .unwrap();
        let response = tower::ServiceExt::oneshot(stack.clone(), request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        let body = http_body_util::BodyExt::collect(response.into_body())
            .await
            .unwrap();
        let body = String::from_utf8(body.to_bytes().into()).unwrap();
        assert!(body.contains(said), "{body}");
        let left = config
            .budgets()
            .next()
            .unwrap()
            .scope()
            .allowance()
            .unwrap();
        assert_eq!((left.spent().nanos(), left.held().nanos()), (0, 0));
    }
}

#[tokio::test]
async fn an_answer_says_its_length() {
    let up = Up::start("").await;
    let answer = up.chat("any", &ask("glm-5")).await;
    assert_eq!(
        answer.headers["content-length"],
        answer.text.len().to_string()
    );
    let list = up.send(Method::GET, "/v1/models", &[], "").await;
    assert_eq!(list.headers["content-length"], list.text.len().to_string());
}
