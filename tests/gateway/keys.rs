//! Calls with an `Idempotency-Key`, as the configuration has it.

use http::StatusCode;

use crate::support::{Answer, TWO_TENANTS, Up, ask};

const KEY: (&str, &str) = ("idempotency-key", "5b1e8a3e");

async fn with_key(up: &Up, key: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    up.chat_with(&[("authorization", &bearer), KEY], &ask("glm-5"))
        .await
}

#[tokio::test]
async fn a_gateway_makes_a_call_with_a_key_once_for_each_tenant() {
    let up = Up::start(TWO_TENANTS).await;
    let first = with_key(&up, "sk-a").await;
    let again = with_key(&up, "sk-a").await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.headers["x-request-id"], first.headers["x-request-id"]);
    assert_eq!(again.text, first.text);
    assert_eq!(up.sent(), 1);
    let other = with_key(&up, "sk-b").await;
    assert!(!other.headers.contains_key("idempotency-replayed"));
    assert_eq!(up.sent(), 2);
}

#[tokio::test]
async fn without_tenants_all_callers_share_their_keys() {
    let up = Up::start("").await;
    with_key(&up, "any").await;
    let again = with_key(&up, "other").await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(up.sent(), 1);
}

#[tokio::test]
async fn what_is_set_is_heeded() {
    for (lines, sent) in [
        ("idempotency.off = true", 2),
        // No room for a key, so there is none for a promise.
        ("idempotency.bytes = \"1KiB\"\nidempotency.off = false", 1),
        ("idempotency.bytes = \"1B\"", 0),
    ] {
        let up = Up::start(lines).await;
        let answers = [with_key(&up, "any").await, with_key(&up, "any").await];
        assert_eq!(up.sent(), sent, "{lines}");
        let statuses = answers.map(|answer| answer.status.as_u16());
        let expected = match sent {
            2 => [200, 200],
            1 => [200, 409],
            _ => [503, 503],
        };
        assert_eq!(statuses, expected, "{lines}");
    }
}
