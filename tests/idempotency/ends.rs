//! Which calls free their key, and which are never made again.

use std::time::Duration;

use http::StatusCode;
use tower_genai::{
    fallback::{Backoff, FallbackLayer},
    idempotency::IdempotencyLayer,
    sim::{Fault, Gate, Times},
};

use crate::support::{Answer, Call, Up, everyone, openai};

/// It is made again, and well.
async fn is_free(up: &Up, key: &str, call: &Call) {
    let calls = up.calls();
    let answer = up.ask(key, call).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "{}: {}",
        call.name,
        answer.text
    );
    assert!(
        !answer.is_replay() && up.calls() == calls + 1,
        "{}",
        call.name
    );
    assert!(up.ask(key, call).await.is_replay(), "{}", call.name);
}

/// It is not made again, and its caller is told why.
async fn has_failed(up: &Up, key: &str, call: &Call) {
    let (calls, spent) = (up.calls(), up.spent());
    for _ in 0..2 {
        let Answer {
            status, headers, ..
        } = &up.ask(key, call).await;
        assert_eq!(*status, StatusCode::BAD_GATEWAY, "{}", call.name);
        assert_eq!(headers["x-should-retry"], "false", "{}", call.name);
    }
    let answer = up.ask(key, call).await;
    assert!(call.reads(&answer), "{}: {}", call.name, answer.text);
    assert!(answer.text.contains("another key"), "{}", answer.text);
    assert_eq!((up.calls(), up.spent()), (calls, spent), "{}", call.name);
    assert!(up.spent() > 0);
    // Another key makes another call.
    let other = format!("{key}-other");
    assert_eq!(
        up.ask(&other, call).await.status,
        StatusCode::OK,
        "{}",
        call.name
    );
}

#[tokio::test]
async fn an_error_of_the_provider_s_costs_nothing_and_frees_the_key() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for (n, call) in everyone().iter().enumerate() {
        for status in [400, 429, 500, 503] {
            let key = format!("key-{n}-{status}");
            up.provider.fail(Fault::status(status), Times::Once);
            let answer = up.ask(&key, call).await;
            assert!(!answer.status.is_success(), "{}", answer.text);
            is_free(&up, &key, call).await;
            up.adds_up();
        }
    }
}

#[tokio::test]
async fn what_is_refused_here_frees_the_key() {
    let up = Up::start(IdempotencyLayer::new()).await;
    let mut unknown = openai(false).model("nobody");
    assert_eq!(up.ask("k", &unknown).await.status, StatusCode::NOT_FOUND);
    // Even for another request.
    is_free(&up, "k", &openai(false)).await;
    unknown.body = "{".to_owned();
    assert_eq!(up.ask("l", &unknown).await.status, StatusCode::BAD_REQUEST);
    is_free(&up, "l", &openai(true)).await;
    up.adds_up();
}

#[tokio::test]
async fn a_call_that_never_left_frees_the_key() {
    let up = Up::start(IdempotencyLayer::new()).await;
    let call = openai(true);
    up.provider.stop().await;
    let answer = up.ask("k", &call).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{}", answer.text);
    // Through the other provider it would be another request.
    let again = up.ask("k", &call.clone().model("spare")).await;
    assert_eq!(again.status, StatusCode::OK, "the key was free");
    up.adds_up();
}

#[tokio::test]
async fn an_answer_that_was_cut_is_never_made_again() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for (n, call) in everyone().iter().enumerate() {
        let key = format!("key-{n}");
        up.provider.fail(Fault::CutAfter(4), Times::Once);
        match up.try_ask("a", &key, call).await {
            Some(answer) => assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{}", call.name),
            None => assert!(!call.name.ends_with("whole"), "{}", call.name),
        }
        has_failed(&up, &key, call).await;
    }
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_never_made_again() {
    let in_time = |stack: tower_genai::stack::Stack<_, _>| {
        let fallback = FallbackLayer::new().attempts(1);
        // Of whole answers nothing but this is waited for.
        stack.fallback(fallback.total_timeout(Duration::from_millis(500)))
    };
    let up = Up::start_with(IdempotencyLayer::new(), |provider| provider, in_time).await;
    for (n, call) in everyone().iter().enumerate() {
        let key = format!("key-{n}");
        up.provider.fail(Fault::Hold(Gate::new()), Times::Once);
        let late = up.ask(&key, call).await;
        assert_eq!(late.status, StatusCode::GATEWAY_TIMEOUT, "{}", call.name);
        has_failed(&up, &key, call).await;
    }
}

/// Two candidates, each asked once.
async fn both() -> Up {
    Up::start_with(
        IdempotencyLayer::new(),
        |provider| provider,
        |stack| {
            let at_once = Backoff::new(Duration::ZERO, Duration::ZERO);
            let fallback = FallbackLayer::new().attempts(2).backoff(at_once);
            stack.fallback(fallback.first_content_timeout(Duration::from_millis(300)))
        },
    )
    .await
}

#[tokio::test]
async fn what_an_earlier_attempt_has_cost_counts_though_the_last_was_free() {
    let up = both().await;
    let call = openai(true).model("both");
    // The first is given up when its time is over, and the second refuses.
    up.provider.fail(Fault::Hold(Gate::new()), Times::Once);
    up.second.fail(Fault::status(503), Times::Once);
    let answer = up.ask("k", &call).await;
    assert!(answer.status.is_server_error(), "{}", answer.text);
    assert_eq!(up.calls(), 2);
    assert!(up.spent() > 0);
    has_failed(&up, "k", &call).await;
}

#[tokio::test]
async fn what_fell_back_is_one_call_and_is_given_again_whole() {
    let up = both().await;
    for (n, stream) in [false, true].into_iter().enumerate() {
        let (key, call) = (format!("key-{n}"), openai(stream).model("both"));
        up.provider.fail(Fault::status(500), Times::Once);
        let first = up.ask(&key, &call).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        assert_eq!(first.headers["x-genai-attempts"], "2");
        let again = up.ask(&key, &call).await;
        assert!(again.is_replay() && again.text == first.text);
        assert_eq!(up.calls(), 2 * (n + 1));
        up.adds_up();
    }
}

#[tokio::test]
async fn all_attempts_that_were_free_leave_the_key_free() {
    let up = both().await;
    let call = openai(false).model("both");
    for one in [&up.provider, &up.second] {
        one.fail(Fault::status(503), Times::Next(1));
    }
    let answer = up.ask("k", &call).await;
    assert!(answer.status.is_server_error());
    assert_eq!(up.calls(), 2);
    is_free(&up, "k", &call).await;
    up.adds_up();
}

#[tokio::test]
async fn a_stream_that_fails_before_it_says_anything_frees_the_key() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for (n, call) in everyone()
        .iter()
        .enumerate()
        .filter(|(_, call)| call.name.ends_with("stream"))
    {
        let key = format!("key-{n}");
        up.provider.fail(Fault::ErrorEventAfter(1), Times::Once);
        // With a single attempt there is nothing to hold back for.
        let answer = up.try_ask("a", &key, call).await;
        assert!(answer.is_none(), "{}", call.name);
        let spent = up.spent();
        is_free(&up, &key, call).await;
        assert!(up.spent() > spent, "the second was paid for");
    }
}
