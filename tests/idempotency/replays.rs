//! What is given again, to whom, and at no cost.

use http::StatusCode;
use tower_genai::{
    budget::{Budget, Window},
    cache::CacheLayer,
    idempotency::IdempotencyLayer,
    money::Usd,
};

use crate::support::{Up, everyone, openai};

#[tokio::test]
async fn callers_of_every_vendor_get_the_very_same_answer_again() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for (n, call) in everyone().iter().enumerate() {
        let key = format!("key-{n}");
        let first = up.ask(&key, call).await;
        assert_eq!(
            first.status,
            StatusCode::OK,
            "{}: {}",
            call.name,
            first.text
        );
        assert!(!first.is_replay(), "{}", call.name);
        let spent = up.spent();
        for _ in 0..2 {
            let again = up.ask(&key, call).await;
            assert!(again.is_replay(), "{}", call.name);
            assert_eq!(again.status, first.status, "{}", call.name);
            assert_eq!(again.text, first.text, "{}", call.name);
            assert_eq!(
                again.lasting_headers(),
                first.lasting_headers(),
                "{}",
                call.name
            );
            assert_eq!(
                again.headers["x-genai-cost"],
                Usd::ZERO.to_string(),
                "{}",
                call.name
            );
            assert_eq!(again.headers["x-genai-attempts"], "0", "{}", call.name);
        }
        assert_eq!(up.calls(), n + 1, "{}", call.name);
        assert!(spent > 0 && up.spent() == spent, "{}", call.name);
        up.adds_up();
    }
    for call in up.provider.calls() {
        assert!(!call.headers.contains_key("idempotency-key"));
    }
}

#[tokio::test]
async fn without_a_key_every_call_is_made() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for _ in 0..2 {
        let answer = up.ask("", &openai(false)).await;
        assert!(answer.status.is_success() && !answer.is_replay());
    }
    assert_eq!(up.calls(), 2);
    up.adds_up();
}

#[tokio::test]
async fn tenants_never_share_a_key() {
    let up = Up::start(IdempotencyLayer::new()).await;
    let call = openai(false);
    let a = up.ask_of("a", "k", &call).await;
    let b = up.ask_of("b", "k", &call).await;
    assert!(!b.is_replay() && up.calls() == 2);
    assert_ne!(a.headers["x-request-id"], b.headers["x-request-id"]);
    let again = up.ask_of("b", "k", &call).await;
    assert!(again.is_replay());
    assert_eq!(again.headers["x-request-id"], b.headers["x-request-id"]);
    // Nor is one told that the other has used the key for something else.
    let other = openai(true);
    assert_eq!(up.ask_of("a", "of-a", &call).await.status, StatusCode::OK);
    assert_eq!(up.ask_of("b", "of-a", &other).await.status, StatusCode::OK);
    up.adds_up();
}

#[tokio::test]
async fn observers_are_told_and_the_decision_is_found_by_the_answer_s_name() {
    let up = Up::start(IdempotencyLayer::new()).await;
    let call = openai(false);
    up.ask("k", &call).await;
    assert!(up.replayed.lock().unwrap().is_empty());
    let again = up.ask("k", &call).await;
    let told = std::mem::take(&mut *up.replayed.lock().unwrap());
    assert_eq!(told, [("a".to_owned(), Usd::ZERO.to_string())]);
    let id = again.headers["x-request-id"].to_str().unwrap();
    let decision = up.get(&format!("/v1/decisions/{id}")).await;
    assert_eq!(decision["id"], id);
    // It says what the one call has cost.
    let cost: Usd = decision["cost_usd"].as_str().unwrap().parse().unwrap();
    assert_eq!(cost.nanos(), up.billed());
}

#[tokio::test]
async fn what_was_answered_is_given_again_when_the_budget_is_spent() {
    let up = Up::start_with(
        IdempotencyLayer::new(),
        |provider| provider,
        |stack| {
            let tight = Budget::new("tight").limit("0.0006".parse().unwrap(), Window::Total);
            stack.budget(tight.default_max_output(12))
        },
    )
    .await;
    let call = openai(false);
    assert_eq!(up.ask("k", &call).await.status, StatusCode::OK);
    let spent = loop {
        let other = up.ask("", &call).await;
        if other.status == StatusCode::TOO_MANY_REQUESTS {
            break up.spent();
        }
        assert!(up.calls() < 100);
    };
    let again = up.ask("k", &call).await;
    assert!(again.status.is_success() && again.is_replay());
    assert_eq!(up.spent(), spent);
}

#[tokio::test]
async fn a_hit_of_the_cache_is_an_answer_like_any_other() {
    let cached = |stack: tower_genai::stack::Stack<_, _>| stack.cache(CacheLayer::new());
    let up = Up::start_with(IdempotencyLayer::new(), |provider| provider, cached).await;
    for call in [openai(false), openai(true)] {
        let made = up.ask("", &call).await;
        let (key, calls) = (call.name.replace(' ', "-"), up.calls());
        let hit = up.ask(&key, &call).await;
        let status = hit.headers["cache-status"].to_str().unwrap().to_owned();
        assert!(status.contains("hit") && !hit.is_replay(), "{status}");
        let again = up.ask(&key, &call).await;
        assert!(again.is_replay() && !again.headers.contains_key("cache-status"));
        assert_eq!((&again.text, &hit.text), (&hit.text, &made.text));
        assert_eq!(up.calls(), calls);
    }
    up.adds_up();
}
