//! Clients that are busy or fail: who keeps their place, and what counts as sent.

use std::{
    convert::Infallible,
    fmt,
    future::ready,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::poll;
use http::{Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Instant, timeout};
use tower::{ServiceBuilder, ServiceExt, limit::ConcurrencyLimit, service_fn};
use tower_genai::{
    Body,
    budget::BudgetLayer,
    classify::ClassifyLayer,
    dispatch::{DispatchLayer, Sent},
    select::{SelectLayer, Selector},
};

use crate::support::{ANSWER, CALL, PATH, PRICED, budget, call, catalog, held, spent, text, whole};

/// A body that does not come.
struct Never;

impl HttpBody for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_refused_in_time_and_gives_its_place_back() {
    const MOST: Duration = Duration::from_secs(5);
    let fake = whole(200, ANSWER);
    let service = ServiceBuilder::new()
        .layer(ClassifyLayer::new().read_timeout(MOST))
        .layer(SelectLayer::new(Selector::new(catalog("", PRICED))))
        .layer(DispatchLayer::new())
        .service(ConcurrencyLimit::new(fake.clone(), 1));
    let begun = Instant::now();
    let slow = Request::post(PATH).body(Never).unwrap();
    let mut slow = pin!(service.clone().oneshot(slow));
    assert!(poll!(&mut slow).is_pending());
    let mut other = pin!(service.oneshot(call(CALL)));
    assert!(poll!(&mut other).is_pending(), "there is one place");
    let refused = timeout(2 * MOST, slow).await.unwrap().unwrap();
    assert_eq!(refused.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(begun.elapsed().as_secs(), MOST.as_secs());
    assert_eq!(fake.called(), 0);
    // Its response is still there: the place is not the response's.
    assert_eq!(other.await.unwrap().status(), StatusCode::OK);
    assert!(text(refused.map(Body::new)).await.contains("5s"));
}

/// A client's own error, which wraps the connector's.
#[derive(Debug)]
struct Wrapped(std::io::Error);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request failed")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// What is spent when a client fails with an error of its own.
async fn failed(kind: std::io::ErrorKind, dispatch: DispatchLayer) -> u64 {
    let budget = budget("10");
    let service = ServiceBuilder::new()
        .layer(BudgetLayer::new(budget.clone()))
        .layer(ClassifyLayer::new())
        .layer(SelectLayer::new(Selector::new(catalog("", PRICED))))
        .layer(dispatch)
        .service(service_fn(move |_: Request<Body>| {
            ready(Err::<Response<Body>, _>(Wrapped(kind.into())))
        }));
    let error = service.oneshot(call(CALL)).await.err().unwrap();
    assert_eq!(error.0.kind(), kind);
    assert_eq!(held(&budget), 0);
    spent(&budget)
}

#[tokio::test]
async fn a_client_s_own_error_is_read_by_what_was_given_to_read_it() {
    use std::io::ErrorKind::{ConnectionRefused, ConnectionReset};
    let reading = || {
        DispatchLayer::new().sent_by(|error: &Wrapped| match error.0.kind() {
            ConnectionRefused => Sent::Never,
            _ => Sent::Perhaps,
        })
    };
    assert_eq!(failed(ConnectionRefused, reading()).await, 0);
    let reset = failed(ConnectionReset, reading()).await;
    // The most that the call can cost: a thousand tokens out, at least.
    assert!(reset > 2_000_000, "{reset}");
    // Nobody else knows what the error means.
    let unread = failed(ConnectionRefused, DispatchLayer::new()).await;
    assert_eq!(unread, reset);
    let others = DispatchLayer::new().sent_by(|_: &std::io::Error| Sent::Never);
    assert_eq!(failed(ConnectionRefused, others).await, reset);
}
