//! Callers leave at every poll of their call and of their answer, and whoever is left goes on.
//!
//! Tasks are polled only when they have been woken, and what the inner service waits for comes only when nobody can go
//! on: a wake that gets lost stops everything, and is seen.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use serde_json::Value;
use tokio_test::task::{Spawn, spawn};
use tower::{Layer, Service, ServiceExt};
use tower_genai::{
    BodyError,
    cache::CacheLayer,
    classify::ClassifyLayer,
    query::{Classified, QueryBody},
};

use crate::support::{STREAM, WHOLE, event, question, request, streaming};

/// An inner service that waits before each step, until the clock ticks.
#[derive(Clone, Default)]
struct Ticking {
    waiting: Arc<Mutex<Vec<Waker>>>,
    calls: Arc<AtomicUsize>,
    /// Calls and bodies that are not dropped yet.
    alive: Arc<()>,
    /// How many calls fail first.
    failing: usize,
}

impl Ticking {
    /// Wakes all that wait; says whether somebody did.
    fn tick(&self) -> bool {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
        let any = !waiting.is_empty();
        waiting.into_iter().for_each(Waker::wake);
        any
    }
}

struct Ticked {
    ticking: Ticking,
    waited: bool,
    left: Vec<Result<Bytes, &'static str>>,
    stream: bool,
    _alive: Arc<()>,
}

impl Ticked {
    fn poll_tick(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.waited = !self.waited;
        if self.waited {
            self.ticking
                .waiting
                .lock()
                .unwrap()
                .push(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl Service<Request<QueryBody>> for Ticking {
    type Response = Response<Ticked>;
    type Error = &'static str;
    type Future = Calling;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<QueryBody>) -> Self::Future {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let stream = request.body().query().stream();
        let mut left: Vec<_> = match stream {
            true => STREAM.iter().map(|data| Ok(event(data).into())).collect(),
            false => {
                let (head, tail) = WHOLE.split_at(WHOLE.len() / 2);
                vec![Ok(head.into()), Ok(tail.into())]
            }
        };
        if call < self.failing {
            left.truncate(1);
            left.push(Err("broke"));
        }
        left.reverse();
        Calling(Some(Ticked {
            ticking: self.clone(),
            waited: false,
            left,
            stream,
            _alive: Arc::clone(&self.alive),
        }))
    }
}

struct Calling(Option<Ticked>);

impl Future for Calling {
    type Output = Result<Response<Ticked>, &'static str>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(ticked) = &mut self.0 else {
            return Poll::Pending;
        };
        if ticked.poll_tick(cx).is_pending() {
            return Poll::Pending;
        }
        let body = self.0.take().unwrap();
        let kind = if body.stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        Poll::Ready(Ok(Response::builder()
            .header("content-type", kind)
            .body(body)
            .unwrap()))
    }
}

impl HttpBody for Ticked {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if this.poll_tick(cx).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(
            this.left
                .pop()
                .map(|part| part.map(Frame::data).map_err(BodyError::new)),
        )
    }
}

type Caller = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// Asks and reads all of the answer.
fn caller<S, B>(service: &S, question: &Value) -> Spawn<Caller>
where
    S: Service<Request<http_body_util::Full<Bytes>>, Response = Response<B>>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    S::Error: std::fmt::Debug + Send,
    B: HttpBody<Data = Bytes, Error = BodyError> + Send + 'static,
{
    let (service, request) = (service.clone(), request(question));
    spawn(Box::pin(async move {
        use http_body_util::BodyExt;
        let response = service
            .oneshot(request)
            .await
            .map_err(|error| format!("{error:?}"))?;
        let bytes = response
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?;
        Ok(String::from_utf8(bytes.to_bytes().into()).unwrap())
    }))
}

/// Runs callers until all are done, each only when it was woken. Before round `leaves.1`, the caller `leaves.0` goes;
/// says how many rounds there were.
fn run(
    inner: &Ticking,
    callers: Vec<Spawn<Caller>>,
    leaves: Option<(usize, usize)>,
) -> (Vec<Option<Result<String, String>>>, usize) {
    let mut results: Vec<_> = callers.iter().map(|_| None).collect();
    let mut callers: Vec<_> = callers.into_iter().map(Some).collect();
    let (mut first, mut round) = (true, 0);
    loop {
        if let Some((who, when)) = leaves
            && when == round
        {
            callers[who] = None;
        }
        let mut went_on = false;
        for (at, slot) in callers.iter_mut().enumerate() {
            let Some(caller) = slot else { continue };
            if !first && !caller.is_woken() {
                continue;
            }
            went_on = true;
            if let Poll::Ready(result) = caller.poll() {
                results[at] = Some(result);
                *slot = None;
            }
        }
        first = false;
        round += 1;
        if callers.iter().all(Option::is_none) {
            return (results, round);
        }
        assert!(went_on || inner.tick(), "somebody waits for ever");
        assert!(round < 1_000, "it goes round and round");
    }
}

/// Whether an answer is what a caller wants, in its form.
fn is_whole(question: &Value, text: &str) -> bool {
    text.contains("Hi there") && text.contains("[DONE]") == (question["stream"] == true)
}

#[test]
fn any_caller_may_leave_at_any_time() {
    let forms = [question(), streaming()];
    for first in &forms {
        for second in &forms {
            for third in &forms {
                let asked = [first, second, third];
                let all = |service: &_| asked.map(|question| caller(service, question)).into();
                // Once without anyone leaving, to see how long it takes.
                let inner = Ticking::default();
                let service = ClassifyLayer::new().layer(CacheLayer::new().layer(inner.clone()));
                let (results, rounds) = run(&inner, all(&service), None);
                assert!(results.iter().all(Option::is_some));
                assert_eq!(inner.calls.load(Ordering::SeqCst), 1);
                for who in 0..3 {
                    for when in 0..=rounds {
                        let inner = Ticking::default();
                        let layer = CacheLayer::new();
                        let service = ClassifyLayer::new().layer(layer.layer(inner.clone()));
                        let (results, _) = run(&inner, all(&service), Some((who, when)));
                        for (at, result) in results.iter().enumerate() {
                            let whole = |result: &Result<String, String>| {
                                is_whole(asked[at], result.as_ref().unwrap())
                            };
                            assert!(
                                result.as_ref().map_or(at == who, whole),
                                "{who} {when} {results:?}"
                            );
                        }
                        // Leaving is no failure: nobody asks again.
                        assert_eq!(inner.calls.load(Ordering::SeqCst), 1, "{who} {when}");
                        drop(service);
                        let Ticking { alive, waiting, .. } = inner;
                        waiting.lock().unwrap().clear();
                        assert_eq!(Arc::strong_count(&alive), 1, "nothing of it is left");
                    }
                }
            }
        }
    }
}

#[test]
fn any_caller_may_leave_while_a_call_breaks_and_is_made_again() {
    let forms = [question(), streaming()];
    for first in &forms {
        for second in &forms {
            for (failing, who) in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)] {
                let asked = [first, second, first];
                for when in 0..30 {
                    let inner = Ticking {
                        failing,
                        ..Ticking::default()
                    };
                    let layer = CacheLayer::new();
                    let service = ClassifyLayer::new().layer(layer.layer(inner.clone()));
                    let all = asked.map(|question| caller(&service, question)).into();
                    let (results, _) = run(&inner, all, Some((who, when)));
                    for (at, result) in results.iter().enumerate() {
                        match result {
                            None => assert_eq!(at, who),
                            Some(Ok(text)) => assert!(is_whole(asked[at], text)),
                            Some(Err(_)) => {}
                        }
                    }
                    // One call for all, one again for those who were given nothing, then one each.
                    let most = if failing == 1 { 2 } else { 3 };
                    let calls = inner.calls.load(Ordering::SeqCst);
                    assert!(calls <= most, "{failing} {who} {when}: {calls}");
                }
            }
        }
    }
}

#[test]
fn when_all_leave_the_call_is_dropped() {
    for question in [question(), streaming()] {
        'rounds: for rounds in 0..12 {
            let inner = Ticking::default();
            let service = ClassifyLayer::new().layer(CacheLayer::new().layer(inner.clone()));
            let mut callers = [(); 3].map(|()| caller(&service, &question));
            for _ in 0..rounds {
                for caller in &mut callers {
                    if caller.poll().is_ready() {
                        assert!(rounds > 1, "there was nothing to leave");
                        break 'rounds;
                    }
                }
                inner.tick();
            }
            let before = Arc::strong_count(&inner.alive);
            drop(callers);
            inner.waiting.lock().unwrap().clear();
            let services = 2;
            let after = Arc::strong_count(&inner.alive);
            assert!(
                after <= services && after <= before,
                "{rounds}: {before} {after}"
            );
            assert!(format!("{service:?}").contains("under_way: 0"));
        }
    }
}

impl std::fmt::Debug for Ticking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticking")
    }
}
