//! Streams that are left: only what may be there counts as unseen.

use std::{
    convert::Infallible,
    future::ready,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, channel::mpsc};
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::time::{advance, timeout};
use tower::{ServiceExt, service_fn};
use tower_genai::{Body, budget::Budget, fallback::FallbackLayer, stack::Stack};

use crate::support::{STOPS, STREAM, budget, call, catalog, content, held, spent};

const MODEL: &str = r#"
    price = { input = "1.00", output = "2.00" }
    can = ["stream"]"#;

const LONG: Duration = Duration::from_secs(30);

/// A stream of a provider that stops when it is left, and what it sends.
struct Stream {
    body: Body,
    sender: mpsc::UnboundedSender<Result<Frame<Bytes>, Infallible>>,
    budget: Budget,
}

impl Stream {
    async fn open() -> Self {
        let budget = budget("10");
        let (sender, receiver) = mpsc::unbounded();
        let receiver = Arc::new(Mutex::new(Some(receiver)));
        let provider = service_fn(move |_: Request<Body>| {
            let receiver = receiver.lock().unwrap().take().unwrap();
            let response = Response::builder().header("content-type", "text/event-stream");
            ready(Ok::<_, Infallible>(
                response.body(StreamBody::new(receiver)).unwrap(),
            ))
        });
        let stack = Stack::client_with(provider, catalog(STOPS, MODEL))
            .budget(budget.clone())
            .fallback(FallbackLayer::new().attempts(1));
        let body = STREAM.replacen('{', r#"{"max_tokens":100000,"#, 1);
        let response = stack.boxed::<Full<Bytes>, _>().oneshot(call(&body)).await;
        let response = response.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let body = Body::new(response.into_body());
        Self {
            body,
            sender,
            budget,
        }
    }

    fn send(&self) {
        let frame = Frame::data(Bytes::from(content("hello")));
        self.sender.unbounded_send(Ok(frame)).unwrap();
    }

    async fn read(&mut self) {
        self.body.frame().await.unwrap().unwrap();
    }

    /// Looks for more, of which there is none.
    fn look(&mut self) {
        assert!(self.body.frame().now_or_never().is_none());
    }

    /// What it costs to leave now.
    fn leave(self) -> u64 {
        let most = held(&self.budget);
        drop(self.body);
        let cost = spent(&self.budget);
        assert!(0 < cost && cost <= most, "{cost} {most}");
        cost
    }
}

/// What it costs to leave at once after everything was read.
async fn at_once() -> u64 {
    let mut stream = Stream::open().await;
    stream.send();
    stream.read().await;
    stream.look();
    stream.leave()
}

#[tokio::test(start_paused = true)]
async fn a_provider_s_silence_costs_its_caller_nothing() {
    let least = at_once().await;

    let mut waiting = Stream::open().await;
    waiting.send();
    waiting.read().await;
    assert!(timeout(LONG, waiting.body.frame()).await.is_err());
    assert_eq!(waiting.leave(), least, "who waited");

    let mut idle = Stream::open().await;
    idle.send();
    idle.read().await;
    idle.look();
    advance(LONG).await;
    assert_eq!(idle.leave(), least, "who had looked");
}

#[tokio::test(start_paused = true)]
async fn what_has_come_since_the_caller_last_looked_is_charged() {
    let least = at_once().await;
    let mut stream = Stream::open().await;
    stream.send();
    stream.read().await;
    stream.look();
    advance(LONG).await;
    stream.send();
    advance(LONG).await;
    let cost = stream.leave();
    assert!(cost > least, "{cost} {least}");
}

#[tokio::test(start_paused = true)]
async fn what_may_lie_behind_the_last_that_was_read_is_charged() {
    let least = at_once().await;
    let mut stream = Stream::open().await;
    stream.send();
    stream.read().await;
    advance(LONG).await;
    let cost = stream.leave();
    assert!(cost > least, "{cost} {least}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_has_looked_at_is_charged_for_the_time_since_it_was_sent() {
    let least = Stream::open().await.leave();
    let stream = Stream::open().await;
    advance(LONG).await;
    let cost = stream.leave();
    assert!(cost > least, "{cost} {least}");
}
