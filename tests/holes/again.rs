//! How often a call asks.

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
    stack::Stack,
};

use crate::support::{CALL, PRICED, call, catalog};

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
