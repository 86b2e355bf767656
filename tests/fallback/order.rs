//! Where Fallback stands, and when what is inside of it is called.

use std::{sync::Arc, time::Duration};

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tokio_test::{assert_pending, assert_ready, task};
use tower::{Layer, Service, ServiceBuilder, ServiceExt};
use tower_genai::{
    Body,
    budget::BudgetLayer,
    classify::ClassifyLayer,
    dispatch::DispatchLayer,
    fallback::{Backoff, Fallback, FallbackLayer, Tried},
    observe::FailureClass,
    query::{Classified, QueryBody},
    select::{SelectLayer, Selector},
};
use tower_test::mock;

use crate::{
    fleet::{End, Script, role},
    support::{Rig, Seen, ask, call, question},
};

fn layer() -> FallbackLayer {
    FallbackLayer::new().backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

/// Outside of Select every attempt is planned anew, so the same one is asked again; nothing worse.
#[tokio::test]
async fn outside_of_select_each_attempt_is_planned_anew() {
    for stream in [false, true] {
        let well = Script::answer("zero ", stream);
        for (scripts, asked, status) in [
            (vec![well.clone()], 1, 200),
            (vec![Script::error(503, "x"), well.clone()], 2, 200),
            (
                vec![Script::hangs_up(), Script::hangs_up(), well.clone()],
                3,
                200,
            ),
            (
                vec![Script::events(&[&role()]).end(End::Broken), well.clone()],
                2,
                200,
            ),
            (vec![Script::error(503, "x")], 3, 503),
            (vec![Script::error(400, "x"), well.clone()], 1, 400),
            // Nobody knows of others: what is gone is gone.
            (
                vec![Script::error(404, "model_not_found"), well.clone()],
                1,
                404,
            ),
            (vec![Script::error(401, "x"), well.clone()], 1, 502),
            (
                vec![Script::error(400, "context_length_exceeded"), well.clone()],
                1,
                400,
            ),
        ] {
            let rig = Rig::new(2);
            rig.fleet
                .plays_all(0, scripts)
                .plays(1, [Script::answer("one ", stream)]);
            let seen = Seen::default();
            let select = SelectLayer::new(Selector::new(rig.catalog.clone()));
            let service = ServiceBuilder::new()
                .map_response(|response: Response<_>| response.map(Body::new))
                .layer(BudgetLayer::new(rig.budget.clone()))
                .layer(ClassifyLayer::new())
                .layer(layer())
                .layer(select.observer(seen.observer()))
                .layer(DispatchLayer::new())
                .service(rig.fleet.clone());
            let got = ask(service, &question("auto", stream)).await.unwrap();
            assert_eq!(got.status, status, "{}", got.text);
            assert_eq!(rig.fleet.order(), vec![0; asked], "{status}");
            assert_eq!(seen.texts().len(), asked, "a decision each");
            rig.at_rest().await;
        }
    }
}

/// Without Select the request is tried again as it is, where it was addressed.
#[tokio::test]
async fn without_select_the_same_request_is_tried_again() {
    let well = || Script::whole("zero ", 3);
    for (scripts, asked, status) in [
        (vec![well()], 1, 200),
        (vec![Script::error(503, "x"), well()], 2, 200),
        (
            vec![Script::error(429, "x"), Script::hangs_up(), well()],
            3,
            200,
        ),
        (vec![Script::error(500, "x")], 3, 500),
        (vec![Script::error(400, "x"), well()], 1, 400),
        (vec![Script::error(401, "x"), well()], 1, 401),
        (vec![Script::error(404, "x"), well()], 1, 404),
        (
            vec![Script::error(429, "insufficient_quota"), well()],
            2,
            200,
        ),
        // Nobody reads the answer, so what is none is one.
        (
            vec![Script::raw(200, "text/html", "<html>"), well()],
            1,
            200,
        ),
    ] {
        let rig = Rig::new(1);
        rig.fleet.plays_all(0, scripts);
        let service = ServiceBuilder::new()
            .map_response(|response: Response<_>| response.map(Body::new))
            .layer(ClassifyLayer::new())
            .layer(layer())
            .layer(DispatchLayer::new())
            .service(rig.fleet.clone());
        let body = question("m0", false);
        let got = ask(service.clone(), &body).await.unwrap();
        assert_eq!(got.status, status, "{}", got.text);
        assert_eq!(rig.fleet.order(), vec![0; asked], "{status}");
        assert!(
            rig.fleet
                .asked()
                .iter()
                .all(|one| *one.body == *body.to_string().as_bytes())
        );
        assert_eq!(
            got.tried().len(),
            if status == 200 { asked - 1 } else { asked }
        );
        let tries = got
            .extensions
            .get::<Tried>()
            .map(Tried::tries)
            .unwrap_or_default();
        assert!(
            tries
                .iter()
                .all(|one| one.candidate.is_none() && one.outcome.is_none())
        );

        // What costs nobody knows how much is refused once where a budget is open.
        rig.fleet.forget();
        let service = ServiceBuilder::new()
            .map_response(|response: Response<_>| response.map(Body::new))
            .layer(BudgetLayer::new(rig.budget.clone()))
            .service(service);
        let got = ask(service, &body).await.unwrap();
        assert_eq!((got.status, rig.fleet.order()), (400, vec![]));
        assert_eq!(got.tried(), [FailureClass::Caller]);
    }
}

type Asked = mock::Handle<Request<QueryBody>, Response<Body>>;
type Mock = mock::Mock<Request<QueryBody>, Response<Body>>;

fn mocked() -> (
    impl Service<
        Request<Full<bytes::Bytes>>,
        Response = Response<Body>,
        Error = tower::BoxError,
        Future: Send,
    > + Clone,
    Asked,
) {
    let (mock, handle): (Mock, Asked) = mock::pair();
    let service = ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        .layer(ClassifyLayer::new())
        .layer(layer())
        .service(mock);
    (service, handle)
}

fn respond(status: u16) -> Response<Body> {
    let response = Response::builder().status(status);
    response.body(Body::from(status.to_string())).unwrap()
}

/// The mock panics when it is called unready.
#[tokio::test]
async fn what_is_inside_is_called_only_when_it_is_ready() {
    let (service, mut handle) = mocked();
    handle.allow(0);
    // Ready at any time, as often as one likes, without taking readiness from anybody.
    let mut service = service;
    for _ in 0..3 {
        let ready = std::future::poll_fn(|cx| service.poll_ready(cx));
        ready.await.unwrap();
    }
    let mut first = task::spawn(service.call(call(&question("m0", false))));
    let mut second = task::spawn(service.clone().oneshot(call(&question("m1", false))));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    let mut asked = task::spawn(async { handle.next_request().await });
    assert_pending!(asked.poll(), "nobody was called");
    drop(asked);

    // Whoever gets readiness is called; an attempt after a failure waits for readiness of its own.
    handle.allow(1);
    assert!(first.is_woken() || second.is_woken());
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    let (request, send) = handle.next_request().await.unwrap();
    let model = request.body().query().model().to_owned();
    send.send_response(respond(503));
    for _ in 0..3 {
        assert_pending!(first.poll());
        assert_pending!(second.poll());
    }
    handle.allow(1);
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    let (request, send) = handle.next_request().await.unwrap();
    let other = request.body().query().model().to_owned();
    send.send_response(respond(200));
    let (one, two) = (first.poll(), second.poll());
    assert!(one.is_ready() != two.is_ready(), "{model} {other}");

    // A caller that leaves while it waits for readiness leaves it to others.
    drop((first, second));
    handle.allow(1);
    let mut third = task::spawn(service.call(call(&question("m3", false))));
    assert_pending!(third.poll());
    let (request, send) = handle.next_request().await.unwrap();
    assert_eq!(request.body().query().model(), "m3");
    send.send_response(respond(200));
    let response = assert_ready!(third.poll()).unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "200"
    );
}

#[tokio::test]
async fn what_fails_to_become_ready_is_an_attempt_that_failed() {
    let (service, mut handle) = mocked();
    handle.allow(1);
    let mut asking = task::spawn(service.oneshot(call(&question("m0", false))));
    assert_pending!(asking.poll());
    let (_, send) = handle.next_request().await.unwrap();
    send.send_response(respond(500));
    assert_pending!(asking.poll());
    handle.send_error("not now");
    drop(handle);
    // A status says more than a broken service.
    let response = assert_ready!(asking.poll()).unwrap();
    assert_eq!(response.status(), 500);
    let tried = response.extensions().get::<Tried>().unwrap();
    assert_eq!(tried.tries().len(), 3);
    assert!(
        tried
            .tries()
            .iter()
            .all(|one| one.failure.class == FailureClass::Provider)
    );
    drop(response);

    let (service, mut handle) = mocked();
    handle.send_error("not now");
    drop(handle);
    let failed = service.oneshot(call(&question("m0", false))).await;
    assert!(failed.is_err(), "an error of the client stays one");
}

/// Each attempt has a clone of its own.
#[tokio::test]
async fn every_attempt_calls_a_clone_that_was_ready() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    #[derive(Debug)]
    struct Once {
        ready: bool,
        used: bool,
        calls: Arc<AtomicUsize>,
    }
    impl Clone for Once {
        fn clone(&self) -> Self {
            let calls = Arc::clone(&self.calls);
            Self {
                ready: false,
                used: false,
                calls,
            }
        }
    }
    impl Service<Request<QueryBody>> for Once {
        type Response = Response<Body>;
        type Error = std::io::Error;
        type Future = std::future::Ready<std::io::Result<Response<Body>>>;

        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            assert!(!self.used, "used up");
            self.ready = true;
            std::task::Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<QueryBody>) -> Self::Future {
            assert!(self.ready && !self.used, "called unready or twice");
            self.used = true;
            let nth = self.calls.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(respond(if nth % 3 == 2 { 200 } else { 503 })))
        }
    }
    let calls = Arc::<AtomicUsize>::default();
    let once = Once {
        ready: false,
        used: false,
        calls: Arc::clone(&calls),
    };
    let fallback: Fallback<Once> = layer().layer(once);
    let service = ClassifyLayer::new().layer(fallback);
    for nth in 1..=5 {
        let response = service
            .clone()
            .oneshot(call(&question("m0", false)))
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(calls.load(Ordering::SeqCst), 3 * nth);
    }
}
