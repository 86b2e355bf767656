//! Answers that were given before, over real sockets.

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use tower_genai::money::Usd;

use crate::support::{TWO_TENANTS, Up, ask};

const CACHED: &str = r#"
    explain_headers = true
    cache = { kind = "memory", ttl = "1h", bytes = "16MiB" }
"#;

/// What is answered whole; an answer that hits its limit of length is not kept.
fn whole(model: &str) -> serde_json::Value {
    let mut body = ask(model);
    body.as_object_mut().unwrap().remove("max_tokens");
    body
}

#[tokio::test]
async fn many_at_once_and_again_are_one_call_to_the_provider() {
    let up = Up::start(&format!("{CACHED}{TWO_TENANTS}")).await;
    let body = whole("house");
    let at_once = join_all((0..64).map(|_| up.chat("sk-a", &body))).await;
    let first = &at_once[0].text;
    for answer in &at_once {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.text, *first);
    }
    for _ in 0..50 {
        let answer = up.chat("sk-a", &body).await;
        assert_eq!(answer.text, *first);
        let status = answer.headers["cache-status"].to_str().unwrap();
        assert!(status.starts_with("tower-genai; hit; ttl="), "{status}");
        assert_eq!(answer.headers["x-genai-cost"], Usd::ZERO.to_string());
        assert_eq!(answer.headers["x-genai-attempts"], "0");
    }
    assert_eq!(up.sent(), 1);

    let other = up.chat("sk-b", &body).await;
    assert_eq!(other.status, StatusCode::OK);
    let status = other.headers["cache-status"].to_str().unwrap();
    assert!(!status.contains("hit"), "{status}");
    assert_eq!(up.sent(), 2, "another tenant's call is its own");
}

#[tokio::test]
async fn a_gateway_without_tenants_has_one_caller() {
    let up = Up::start(CACHED).await;
    let body = whole("glm-5");
    let answers = [up.chat("any", &body).await, up.chat("other", &body).await];
    assert_eq!(answers[0].text, answers[1].text);
    assert_eq!(up.sent(), 1);
    // A stream of what was not streamed.
    let mut streamed = body;
    streamed["stream"] = json!(true);
    let answer = up.chat("any", &streamed).await;
    assert!(answer.text.ends_with("data: [DONE]\n\n"), "{}", answer.text);
    assert_eq!(up.sent(), 1);
}

#[tokio::test]
async fn without_a_cache_nothing_is_kept_and_nothing_said_of_one() {
    for lines in ["", "cache = { kind = \"off\" }"] {
        let up = Up::start(lines).await;
        for _ in 0..2 {
            let answer = up.chat("any", &ask("glm-5")).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(!answer.headers.contains_key("cache-status"));
        }
        assert_eq!(up.sent(), 2);
    }
}
