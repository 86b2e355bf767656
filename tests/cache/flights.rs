use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;
use tokio_test::task::spawn;
use tower::{Layer, Service, ServiceExt};
use tower_genai::{
    Body, BodyError,
    cache::{CacheLayer, CacheStatus, Entry, Key, Lookup, Store},
    classify::ClassifyLayer,
    query::{QueryBody, Refusal},
};

use crate::support::{
    Canned, STREAM, WHOLE, ask, by_hand, event, given, question, read, request, saying, settle,
    streaming, whole,
};

#[tokio::test]
async fn calls_at_the_same_time_ask_once() {
    for question in [question(), streaming()] {
        let (service, mut inner) = by_hand(&CacheLayer::new());
        let callers: Vec<_> = (0..64)
            .map(|_| tokio::spawn(service.clone().oneshot(request(&question))))
            .collect();
        let (_, answer) = inner.next_request().await.unwrap();
        settle().await;
        let stream = question["stream"] == true;
        let (giver, response) = given(if stream {
            "text/event-stream"
        } else {
            "application/json"
        });
        answer.send_response(response);
        let reading: Vec<_> = callers
            .into_iter()
            .map(|caller| tokio::spawn(async move { read(caller.await.unwrap().unwrap()).await }))
            .collect();
        settle().await;
        let text = if stream {
            STREAM.map(event).concat()
        } else {
            WHOLE.to_owned()
        };
        for part in text.as_bytes().chunks(97) {
            giver.give(std::str::from_utf8(part).unwrap());
            settle().await;
        }
        drop(giver);
        let mut collapsed = 0;
        for answer in reading {
            let answer = answer.await.unwrap();
            assert_eq!(answer.text, text);
            if answer.status == CacheStatus::Collapsed {
                collapsed += 1;
                assert_eq!(
                    answer.headers["cache-status"],
                    "tower-genai; fwd=miss; collapsed"
                );
                assert!(answer.headers.contains_key("x-request-id"));
            }
        }
        assert_eq!(collapsed, 63);
        for _ in 0..50 {
            let again = ask(&service, request(&question)).await;
            assert_eq!(again.text, text);
            assert!(matches!(again.status, CacheStatus::Hit { .. }));
        }
        drop(service);
        assert!(
            inner.next_request().await.is_none(),
            "nothing else was asked"
        );
    }
}

#[tokio::test]
async fn the_first_caller_may_leave_before_the_answer_begins() {
    let (service, mut inner) = by_hand(&CacheLayer::new());
    let mut first = spawn(service.clone().oneshot(request(&question())));
    let mut second = spawn(service.clone().oneshot(request(&question())));
    assert!(first.poll().is_pending());
    assert!(second.poll().is_pending());
    let (_, answer) = inner.next_request().await.unwrap();
    drop(first);
    assert!(second.is_woken(), "somebody has to go on");
    assert!(second.poll().is_pending());
    let (giver, response) = given("application/json");
    answer.send_response(response);
    giver.give(WHOLE);
    drop(giver);
    assert_eq!(read(second.await.unwrap()).await.text, WHOLE);
    assert!(matches!(
        ask(&service, request(&question())).await.status,
        CacheStatus::Hit { .. }
    ));
}

#[tokio::test]
async fn the_first_caller_may_leave_in_the_middle_and_the_last_one_ends_it() {
    let (service, mut inner) = by_hand(&CacheLayer::new());
    let first = tokio::spawn(service.clone().oneshot(request(&streaming())));
    let (_, answer) = inner.next_request().await.unwrap();
    let (giver, response) = given("text/event-stream");
    answer.send_response(response);
    let mut first = first.await.unwrap().unwrap().into_body();
    giver.give(&event(STREAM[0]));
    assert!(first.frame().await.is_some());
    // One that comes in the middle gets all of it.
    let second = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap();
    assert_eq!(second.extensions().get(), Some(&CacheStatus::Collapsed));
    let mut second = second.into_body();
    drop(first);
    giver.give(&event(STREAM[1]));
    for expected in &STREAM[..2] {
        let frame = second.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(frame, event(expected));
    }
    assert!(giver.is_wanted());
    drop(second);
    assert!(!giver.is_wanted(), "nobody is left");
    assert!(
        format!("{service:?}").contains("under_way: 0"),
        "{service:?}"
    );
    // It was not whole: the next one asks.
    let mut third = spawn(service.clone().oneshot(request(&streaming())));
    assert!(third.poll().is_pending());
    assert!(inner.next_request().await.is_some());
}

/// Three followers of a call that fails: how many calls come after it.
#[tokio::test]
async fn of_those_who_wait_for_a_call_that_fails_one_asks_again() {
    for status in [None, Some(429), Some(500)] {
        let (service, mut inner) = by_hand(&CacheLayer::new());
        let mut callers: Vec<_> = (0..4)
            .map(|_| spawn(service.clone().oneshot(request(&question()))))
            .collect();
        callers
            .iter_mut()
            .for_each(|caller| assert!(caller.poll().is_pending()));
        let (_, answer) = inner.next_request().await.unwrap();
        match status {
            None => answer.send_error("no route"),
            Some(status) => {
                let (giver, mut response) = given("application/json");
                giver.give("{\"error\":{}}");
                *response.status_mut() = status.try_into().unwrap();
                answer.send_response(response);
            }
        }
        // A follower makes the call go on; what comes of it is the first one's all the same.
        let mut rest = callers.split_off(1);
        for caller in rest.iter_mut().rev() {
            assert!(caller.poll().is_pending());
        }
        let first = callers.pop().unwrap().await;
        match status {
            None => assert!(first.is_err()),
            Some(status) => {
                let first = read(first.unwrap()).await;
                assert_eq!((first.code, first.status), (status, CacheStatus::Miss));
            }
        }
        let (_, answer) = inner.next_request().await.unwrap();
        for caller in &mut rest {
            assert!(!caller.is_woken() || caller.poll().is_pending());
        }
        let (giver, response) = given("application/json");
        giver.give(WHOLE);
        drop(giver);
        answer.send_response(response);
        for caller in rest {
            assert_eq!(read(caller.await.unwrap()).await.text, WHOLE);
        }
        drop(service);
        assert!(inner.next_request().await.is_none());
    }
}

#[tokio::test]
async fn when_that_fails_too_each_asks_for_itself() {
    let inner = Canned::new(|_| {
        let mut response = whole("{\"error\":{}}");
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        response
    });
    // Everyone waits at the door, so that all are in one flight.
    let gate = Gated::new(inner.clone());
    let service = ClassifyLayer::new().layer(CacheLayer::new().layer(gate.clone()));
    let callers: Vec<_> = (0..5)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move { ask(&service, request(&question())).await })
        })
        .collect();
    settle().await;
    gate.open.add_permits(100);
    for caller in callers {
        assert_eq!(caller.await.unwrap().code, 503);
    }
    assert_eq!(inner.calls(), 5, "none is lost, and none asked twice");
}

/// Lets calls wait until it is opened.
#[derive(Clone)]
struct Gated {
    inner: Canned,
    open: Arc<Semaphore>,
}

impl Gated {
    fn new(inner: Canned) -> Self {
        Self {
            inner,
            open: Arc::new(Semaphore::new(0)),
        }
    }
}

impl Service<Request<QueryBody>> for Gated {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = crate::support::Boxed<Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<QueryBody>) -> Self::Future {
        let (mut inner, open) = (self.inner.clone(), Arc::clone(&self.open));
        Box::pin(async move {
            open.acquire().await.unwrap().forget();
            inner.call(request).await
        })
    }
}

#[tokio::test]
async fn a_panic_of_the_inner_service_strands_nobody() {
    let panicked = Arc::new(AtomicUsize::new(0));
    let inner = Canned::new({
        let panicked = Arc::clone(&panicked);
        move |_| {
            if panicked.fetch_add(1, Ordering::SeqCst) == 0 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
            whole(WHOLE)
        }
    });
    let gate = Gated::new(inner.clone());
    let service = ClassifyLayer::new().layer(CacheLayer::new().layer(gate.clone()));
    let callers: Vec<_> = (0..6)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move { ask(&service, request(&question())).await })
        })
        .collect();
    settle().await;
    gate.open.add_permits(100);
    let (mut panics, mut good, mut refused) = (0, 0, 0);
    for caller in callers {
        match caller.await {
            Err(_) => panics += 1,
            Ok(answer) if answer.code == 200 => good += 1,
            Ok(answer) => {
                assert_eq!(answer.code, 502);
                assert!(answer.extensions.get::<Refusal>().is_some());
                refused += 1;
            }
        }
    }
    // The one whose task was at it panics; where that was not the first caller's, the first is told.
    assert_eq!(panics, 1);
    assert_eq!(good + refused, 5);
    assert!(refused <= 1);
    assert_eq!(inner.calls(), 2, "one asked again for all");
}

/// Panics whenever it is to keep something.
struct Full;

impl Store for Full {
    fn get(&self, _: &Key) -> Lookup {
        Lookup::Ready(None)
    }

    fn put(&self, _: Key, _: Arc<Entry>) {
        std::panic::resume_unwind(Box::new("on purpose"));
    }

    fn remove(&self, _: &Key, _: &Arc<Entry>) {}
}

#[tokio::test]
async fn neither_does_one_of_the_store() {
    let gate = Gated::new(Canned::good());
    let layer = CacheLayer::new().store(Full);
    let service = ClassifyLayer::new().layer(layer.layer(gate.clone()));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move {
                let response = service.oneshot(request(&streaming())).await.unwrap();
                response.into_body().collect().await.is_ok()
            })
        })
        .collect();
    settle().await;
    gate.open.add_permits(100);
    for caller in callers {
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), caller)
            .await
            .expect("nobody waits for ever");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_is_broken_for_all_who_have_some_of_it() {
    let (service, mut inner) = by_hand(&CacheLayer::new());
    let first = tokio::spawn(service.clone().oneshot(request(&streaming())));
    let (_, answer) = inner.next_request().await.unwrap();
    let (giver, response) = given("text/event-stream");
    answer.send_response(response);
    let first = first.await.unwrap().unwrap().into_body();
    giver.give(&event(STREAM[0]));
    let second = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap()
        .into_body();
    // This one wants it whole, and waits.
    let mut third = spawn(service.clone().oneshot(request(&question())));
    assert!(third.poll().is_pending());
    giver.give(&event(STREAM[1]));
    giver.break_off();
    for mut body in [first, second] {
        let mut text = String::new();
        let error = loop {
            match body.frame().await.expect("no clean end") {
                Ok(frame) => {
                    text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap())
                }
                Err(error) => break error,
            }
        };
        assert_eq!(
            text,
            STREAM[..2]
                .iter()
                .map(|data| event(data))
                .collect::<String>()
        );
        assert!(!error.to_string().is_empty());
        assert!(body.frame().await.is_none());
    }
    assert!(third.is_woken());
    assert!(third.poll().is_pending());
    let (request, answer) = inner.next_request().await.unwrap();
    assert!(
        !tower_genai::query::Classified::query(request.body()).stream(),
        "its own words"
    );
    let (giver, response) = given("application/json");
    giver.give(WHOLE);
    drop(giver);
    answer.send_response(response);
    assert_eq!(read(third.await.unwrap()).await.text, WHOLE);
}

#[tokio::test]
async fn an_answer_that_is_not_kept_is_shared_with_those_who_asked_at_the_same_time() {
    let cut = WHOLE.replace("\"stop\"", "\"length\"");
    let inner = Canned::new({
        let cut = cut.clone();
        move |_| whole(&cut)
    });
    let gate = Gated::new(inner.clone());
    let service = ClassifyLayer::new().layer(CacheLayer::new().layer(gate.clone()));
    let callers: Vec<_> = (0..5)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move { ask(&service, request(&question())).await })
        })
        .collect();
    settle().await;
    gate.open.add_permits(100);
    for caller in callers {
        assert_eq!(caller.await.unwrap().text, cut);
    }
    assert_eq!(inner.calls(), 1);
    assert_eq!(
        ask(&service, request(&question())).await.status,
        CacheStatus::Miss
    );
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn who_wants_a_new_answer_does_not_wait_for_another_s() {
    let (service, mut inner) = by_hand(&CacheLayer::new());
    let mut first = spawn(service.clone().oneshot(request(&question())));
    let mut anew = spawn(service.clone().oneshot(saying("no-cache", &question())));
    let mut unkept = spawn(service.clone().oneshot(saying("no-store", &question())));
    for caller in [&mut first, &mut anew, &mut unkept] {
        assert!(caller.poll().is_pending());
    }
    for _ in 0..3 {
        let (_, answer) = inner.next_request().await.unwrap();
        let (giver, response) = given("application/json");
        giver.give(WHOLE);
        answer.send_response(response);
    }
}

/// A stream of one line after the other, without end, that counts how many were taken.
#[derive(Clone, Default)]
struct Endless {
    calls: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
    lines: usize,
}

impl Service<Request<QueryBody>> for Endless {
    type Response = Response<Self>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Response<Self>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<QueryBody>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let response = Response::builder().header("content-type", "text/event-stream");
        std::future::ready(Ok(response.body(self.clone()).unwrap()))
    }
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if this.lines == 0 {
            return Poll::Ready(None);
        }
        this.lines -= 1;
        let line = this.taken.fetch_add(1, Ordering::SeqCst);
        let line = event(&format!(
            r#"{{"choices":[{{"delta":{{"content":"{line:0>900}"}}}}]}}"#
        ));
        Poll::Ready(Some(Ok(Frame::data(line.into()))))
    }
}

#[tokio::test]
async fn the_provider_is_read_as_fast_as_the_fastest_reads() {
    let inner = Endless {
        lines: 1_000,
        ..Endless::default()
    };
    let service = ClassifyLayer::new().layer(CacheLayer::new().layer(inner.clone()));
    let mut first = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap()
        .into_body();
    settle().await;
    assert_eq!(
        inner.taken.load(Ordering::SeqCst),
        0,
        "nobody has asked for more"
    );
    first.frame().await.unwrap().unwrap();
    let mut second = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap()
        .into_body();
    for taken in 1..5 {
        assert_eq!(inner.taken.load(Ordering::SeqCst), taken);
        first.frame().await.unwrap().unwrap();
    }
    for _ in 0..5 {
        second.frame().await.unwrap().unwrap();
    }
    assert_eq!(inner.taken.load(Ordering::SeqCst), 5);
    second.frame().await.unwrap().unwrap();
    assert_eq!(inner.taken.load(Ordering::SeqCst), 6);
    assert_eq!(inner.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_falls_too_far_behind_is_cut_off_and_nobody_else() {
    let inner = Endless {
        lines: 1_000,
        ..Endless::default()
    };
    let layer = CacheLayer::new().largest(20_000);
    let service = ClassifyLayer::new().layer(layer.layer(inner.clone()));
    let first = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap()
        .into_body();
    let mut second = first;
    second.frame().await.unwrap().unwrap();
    let mut slow = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap()
        .into_body();
    slow.frame().await.unwrap().unwrap();
    // One that wants it whole cannot be served from so large an answer, and asks itself.
    let (mut lines, mut whole) = (1, spawn(service.clone().oneshot(request(&question()))));
    let whole = match whole.poll() {
        Poll::Ready(response) => response.unwrap(),
        Poll::Pending => panic!("there is no need to wait"),
    };
    assert_eq!(whole.extensions().get(), Some(&CacheStatus::Miss));
    assert_eq!(inner.calls.load(Ordering::SeqCst), 2);
    let taken = inner.taken.load(Ordering::SeqCst);
    assert!(taken < 30, "no more was read than could be kept: {taken}");
    drop(whole);
    while let Some(frame) = second.frame().await {
        frame.unwrap();
        lines += 1;
    }
    assert_eq!(lines, 1_000, "the one that reads has all of it");
    let (mut text, mut lines) = (String::new(), 0);
    let error = loop {
        match slow.frame().await.expect("no clean end") {
            Ok(frame) => {
                text = String::from_utf8(frame.into_data().unwrap().into()).unwrap();
                lines += 1;
            }
            Err(error) => break error,
        }
    };
    assert_eq!(lines, 1, "what was kept for it was let go");
    assert!(
        text.contains("\"error\"") && text.contains("too slowly"),
        "{text}"
    );
    assert!(error.to_string().contains("too slowly"));
    // Nothing of it was kept.
    let again = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap();
    assert_eq!(again.extensions().get(), Some(&CacheStatus::Miss));
}

#[tokio::test]
async fn one_that_comes_when_it_has_grown_too_large_asks_itself() {
    let inner = Endless {
        lines: 100,
        ..Endless::default()
    };
    let layer = CacheLayer::new().largest(5_000);
    let service = ClassifyLayer::new().layer(layer.layer(inner.clone()));
    let mut first = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap()
        .into_body();
    for _ in 0..10 {
        first.frame().await.unwrap().unwrap();
    }
    let second = service
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap();
    assert_eq!(second.extensions().get(), Some(&CacheStatus::Miss));
    assert_eq!(inner.calls.load(Ordering::SeqCst), 2);
    let rest = first.collect().await.unwrap().to_bytes();
    assert_eq!(rest.windows(6).filter(|text| text == b"data: ").count(), 90);
}

/// An inner service that notes in whose context it is polled, and waits for a turn before it answers.
#[derive(Clone, Default)]
struct Noting {
    seen: Arc<std::sync::Mutex<Vec<Option<String>>>>,
}

impl Service<Request<QueryBody>> for Noting {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = crate::support::Boxed<Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<QueryBody>) -> Self::Future {
        let seen = Arc::clone(&self.seen);
        let mut polls = 0;
        Box::pin(std::future::poll_fn(move |cx| {
            let ambient = tower_genai::context::ambient();
            let tenant = ambient.and_then(|context| Some(context.labels().first()?.to_string()));
            seen.lock().unwrap().push(tenant);
            polls += 1;
            if polls == 3 {
                return Poll::Ready(Ok(whole(WHOLE)));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

#[tokio::test]
async fn whoever_makes_it_go_on_the_call_is_the_first_one_s() {
    let inner = Noting::default();
    let service = ClassifyLayer::new().layer(CacheLayer::new().layer(inner.clone()));
    let carried = || {
        let label = tower_genai::context::DataLabel::new("x").unwrap();
        tower_genai::context::Context::new().with_label(label)
    };
    let call = |service: &_| {
        let service = Clone::clone(service);
        async move { ask(&service, request(&question())).await }
    };
    let mut first = spawn(carried().carry(call(&service)));
    assert!(first.poll().is_pending());
    // The same label, by the request itself and not by what is around it.
    let mut second = request(&question());
    let context = second
        .extensions_mut()
        .remove::<tower_genai::context::Context>()
        .unwrap();
    let label = tower_genai::context::DataLabel::new("x").unwrap();
    second.extensions_mut().insert(context.with_label(label));
    let mut second = spawn(service.clone().oneshot(second));
    assert!(second.poll().is_pending());
    drop(first);
    read(second.await.unwrap()).await;
    assert_eq!(*inner.seen.lock().unwrap(), vec![Some("x".to_owned()); 3]);
}
