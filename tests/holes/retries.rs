//! A client that tries again by itself: the last try says nothing of those before.

use std::{
    future::{Ready, ready},
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::poll;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tower::{Service, ServiceExt};
use tower_genai::{Body, catalog::Provider, dispatch::PerProvider, stack::Stack};

use crate::support::{CALL, PRICED, budget, call, catalog, held, spent};

/// What becomes of one try.
#[derive(Clone, Copy)]
enum Try {
    Fails(ErrorKind),
    Answers(StatusCode),
    /// There is no room for it yet.
    Waits,
}

/// A client whose tries go like this, one after the other.
#[derive(Clone)]
struct Tries {
    tries: &'static [Try],
    made: Arc<AtomicUsize>,
}

impl Service<Request<Body>> for Tries {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = Ready<io::Result<Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.tries[self.made.load(Ordering::SeqCst)] {
            Try::Waits => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(match self.tries[self.made.fetch_add(1, Ordering::SeqCst)] {
            Try::Fails(kind) => Err(kind.into()),
            Try::Answers(status) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                Ok(response)
            }
            Try::Waits => unreachable!("called unready"),
        })
    }
}

/// Tries a second time where the first fails.
#[derive(Clone)]
struct Again<S>(S);

impl<S> Service<Request<Body>> for Again<S>
where
    S: Service<Request<Body>> + Clone + Send + 'static,
    S::Response: Send,
    S::Error: Send,
    S::Future: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut service = self.0.clone();
        Box::pin(async move {
            let (parts, _) = request.into_parts();
            let first = Request::from_parts(parts.clone(), Body::empty());
            match service.call(first).await {
                Ok(response) => Ok(response),
                Err(_) => {
                    service
                        .call(Request::from_parts(parts, Body::empty()))
                        .await
                }
            }
        })
    }
}

/// What a call spends, and what it holds before, where it is dropped when nothing goes on any more.
async fn cost(tries: &'static [Try]) -> (u64, u64) {
    let budget = budget("10");
    let made = Arc::default();
    let client = Tries { tries, made };
    let client = Again(PerProvider::new(move |_: Option<&Provider>| client.clone()));
    let stack = Stack::client_with(client, catalog("", PRICED)).budget(budget.clone());
    let mut call = Box::pin(stack.boxed::<Full<Bytes>, _>().oneshot(call(CALL)));
    let _ = poll!(&mut call);
    let before = held(&budget);
    drop(call);
    assert_eq!(held(&budget), 0);
    (spent(&budget), before)
}

#[tokio::test]
async fn a_try_that_was_sent_is_charged_while_the_next_waits() {
    let (spent, held) = cost(&[Try::Fails(ErrorKind::ConnectionReset), Try::Waits]).await;
    assert!(held > 2_000_000, "{held}");
    assert_eq!(spent, held);
    let (spent, held) = cost(&[Try::Waits]).await;
    assert!(held > 2_000_000, "{held}");
    assert_eq!(spent, 0, "nothing was sent");
}

#[tokio::test]
async fn a_try_that_was_sent_is_charged_where_the_next_never_was() {
    let tries = &[
        Try::Fails(ErrorKind::ConnectionReset),
        Try::Fails(ErrorKind::ConnectionRefused),
    ];
    let (spent, _) = cost(tries).await;
    assert!(spent > 2_000_000, "{spent}");
}

#[tokio::test]
async fn a_try_that_was_sent_is_charged_where_the_next_is_turned_away() {
    let tries = &[
        Try::Fails(ErrorKind::ConnectionReset),
        Try::Answers(StatusCode::SERVICE_UNAVAILABLE),
    ];
    let (spent, _) = cost(tries).await;
    assert!(spent > 2_000_000, "{spent}");
    let (spent, _) = cost(&[Try::Answers(StatusCode::SERVICE_UNAVAILABLE)]).await;
    assert_eq!(spent, 0, "the only try was turned away");
}
