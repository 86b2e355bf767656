//! How often a call asks, and what it may cost in all.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Response, StatusCode};
use tower::{ServiceExt, service_fn};
use tower_genai::{
    Body,
    fallback::{Backoff, FallbackLayer},
    observe::{DecisionLog, FailureClass},
    query::Wish,
    stack::Stack,
};

use crate::{
    fake::{End, Fake, Script},
    support::{ANSWER, CALL, PRICED, budget, call, catalog, event, spent, stalling, whole},
};

fn eager() -> FallbackLayer {
    FallbackLayer::new().backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

/// How often a provider is asked that answers with this status, and says this of trying again.
async fn asked(status: u16, again: &'static str) -> usize {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let client = service_fn(move |_: Request<Body>| {
        count.fetch_add(1, Ordering::SeqCst);
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("x-should-retry", again);
        let body = Body::from(String::from(r#"{"error":{"message":"no"}}"#));
        async move { Ok::<_, Infallible>(response.body(body).unwrap()) }
    });
    let stack = Stack::client_with(client, catalog("", PRICED)).fallback(eager().attempts(3));
    let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::from_u16(status).unwrap());
    asked.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_provider_that_wants_no_second_try_gets_none() {
    for status in [429, 500, 503] {
        assert_eq!(asked(status, "true").await, 3, "{status}");
        assert_eq!(asked(status, "false").await, 1, "{status}");
    }
}

/// A pause without an end is how an app says that nobody is to be asked twice.
#[tokio::test]
async fn a_pause_without_an_end_is_no_panic() {
    let never = Backoff::new(Duration::MAX, Duration::MAX).jitter(0.0);
    let fake = whole(500, r#"{"error":{"message":"no"}}"#);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED))
        .fallback(FallbackLayer::new().backoff(never));
    let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(fake.called(), 1);
}

#[tokio::test]
async fn all_attempts_together_cost_no_more_than_a_call_may() {
    // Not of the type that was asked for: charged in full, and another attempt follows.
    let fake = whole(200, &ANSWER.replacen('{', "{\n", 1));
    let stream = CALL.replacen('{', r#"{"stream":true,"#, 1);
    let budget = budget("10");
    let most = "0.005".parse().unwrap();
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED))
        .fallback(eager().attempts(3))
        .budget(budget.clone());
    let mut request = call(&stream);
    request
        .extensions_mut()
        .insert(Wish::new().with_max_cost(most));
    let response = stack.boxed().oneshot(request).await.unwrap();
    assert!(response.status().is_server_error());
    assert!(spent(&budget) <= most.nanos(), "{}", spent(&budget));

    // What costs nothing leaves room for others.
    let fake = whole(503, r#"{"error":{"message":"no"}}"#);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED)).fallback(eager().attempts(3));
    let mut request = call(&stream);
    request
        .extensions_mut()
        .insert(Wish::new().with_max_cost(most));
    let response = stack.boxed().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(fake.called(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_too_late_is_recorded_as_such() {
    let begun = event(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#);
    let stream = CALL.replacen('{', r#"{"stream":true,"#, 1);
    let silent = Fake::new(Script {
        end: End::Never,
        ..Script::raw("application/json", &[])
    });
    for fake in [stalling(&[begun]), silent] {
        let body = stream.as_str();
        let log = DecisionLog::new(8);
        let late = eager()
            .attempts(2)
            .first_content_timeout(Duration::from_secs(1));
        let stack = Stack::client_with(fake, catalog("", PRICED))
            .fallback(late)
            .observer(log.clone());
        let response = stack.boxed().oneshot(call(body)).await.unwrap();
        assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
        let id = response.headers()["x-request-id"].to_str().unwrap();
        let record = log.get(id.parse().unwrap()).unwrap();
        let outcomes: Vec<_> = record.outcomes().collect();
        assert_eq!(outcomes.len(), 2);
        for outcome in outcomes {
            let class = outcome.failure().map(|failure| failure.class);
            assert_eq!(class, Some(FailureClass::Timeout));
        }
    }
}
