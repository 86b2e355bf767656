//! Every layer passes readiness on, and the service that was ready is the one that is called.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, limit::ConcurrencyLimitLayer};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer, RequireScopeLayer},
    catalog::{Catalog, Provider, Source},
    charge::{ChargeLayer, Tariff, Toll},
    classify::ClassifyLayer,
    dispatch::{DispatchLayer, PerProvider},
    fallback::FallbackLayer,
    grpc::{GrpcLayer, OverGrpc},
    query::Refusal,
    select::{SelectLayer, Selector},
    stack::{Infallible, Stack, Tenants},
};

/// A service that panics when it is called unready, and becomes ready when it is told to.
#[derive(Debug)]
struct Oracle {
    shared: Arc<Shared>,
    id: usize,
    ready: bool,
}

#[derive(Debug, Default)]
struct Shared {
    open: AtomicBool,
    broken: AtomicBool,
    made: AtomicUsize,
    asked: AtomicUsize,
    /// Ids of those that were ready and of those that were called.
    readied: Mutex<Vec<usize>>,
    called: Mutex<Vec<usize>>,
}

impl Oracle {
    fn closed() -> (Self, Arc<Shared>) {
        let shared = Arc::<Shared>::default();
        let oracle = Self {
            shared: Arc::clone(&shared),
            id: 0,
            ready: false,
        };
        (oracle, shared)
    }
}

impl Clone for Oracle {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            id: 1 + self.shared.made.fetch_add(1, Ordering::SeqCst),
            ready: false,
        }
    }
}

impl<B> Service<Request<B>> for Oracle {
    type Response = Response<Body>;
    type Error = std::io::Error;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.shared.asked.fetch_add(1, Ordering::SeqCst);
        if self.shared.broken.load(Ordering::SeqCst) {
            return Poll::Ready(Err(std::io::Error::other("broken for good")));
        }
        if !self.shared.open.load(Ordering::SeqCst) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.ready {
            self.ready = true;
            self.shared.readied.lock().unwrap().push(self.id);
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        assert!(self.ready, "called without being ready");
        self.ready = false;
        self.shared.called.lock().unwrap().push(self.id);
        let answer = r#"{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
        let response = Response::builder().header("content-type", "application/json");
        std::future::ready(Ok(response.body(Body::from(answer.to_owned())).unwrap()))
    }
}

fn catalog() -> Catalog {
    let text = r#"
        [[provider]]
        name = "a"
        dialect = "openai"
        base_url = "http://a.test/v1"
        [[provider]]
        name = "b"
        dialect = "openai"
        base_url = "http://b.test/v1"
        [[model]]
        name = "m"
        provider = "a"
        price = { input = "1", output = "2" }
        context = 100_000
        max_output = 1_000
        [[model]]
        name = "n"
        provider = "b"
        price = { input = "1", output = "2" }
        context = 100_000
        max_output = 1_000
    "#;
    Catalog::parse(&[Source::text("ready.toml", text)]).unwrap()
}

fn request(model: &str) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"Hi"}}]}}"#);
    Request::post("http://x.test/v1/chat/completions")
        .body(Full::from(body))
        .unwrap()
}

/// Readiness comes from the oracle; what was ready is called; twice in a row.
async fn honours<S, B>(service: S, shared: &Shared)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
{
    honours_of(service, shared, || request("m")).await;
}

/// The same of requests of a form of their own.
async fn honours_of<S, Q, B>(mut service: S, shared: &Shared, request: impl Fn() -> Request<Q>)
where
    S: Service<Request<Q>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
{
    let cx = &mut Context::from_waker(Waker::noop());
    for _ in 0..3 {
        let before = shared.asked.load(Ordering::SeqCst);
        assert!(service.poll_ready(cx).is_pending());
        assert_eq!(shared.asked.load(Ordering::SeqCst), before + 1);
    }
    shared.open.store(true, Ordering::SeqCst);
    for round in 1..=2 {
        poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
        // Ready once, it may be asked again.
        poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
        let other = service.clone();
        let response = service.call(request()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        drop(other);
        let called = shared.called.lock().unwrap().clone();
        assert_eq!(called.len(), round);
        assert_eq!(called, *shared.readied.lock().unwrap());
    }
}

/// An error of readiness comes out as it is.
fn passes_errors<S, B>(mut service: S, shared: &Shared)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
    S::Error: std::fmt::Display,
{
    shared.broken.store(true, Ordering::SeqCst);
    match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(error)) => assert!(error.to_string().contains("broken for good")),
        other => panic!("{}", other.is_ready()),
    }
}

#[tokio::test]
async fn budgeted() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        (BudgetLayer::new(Budget::new("b")).layer(oracle), shared)
    };
    let (service, shared) = make();
    honours(service, &shared).await;
    let (service, shared) = make();
    passes_errors(service, &shared);
}

#[tokio::test]
async fn scopes_required() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        let required = RequireScopeLayer::new().layer(oracle);
        (BudgetLayer::new(Budget::new("b")).layer(required), shared)
    };
    let (service, shared) = make();
    honours(service, &shared).await;
    let (service, shared) = make();
    passes_errors(service, &shared);
}

/// Also where the body is read before the call is made.
#[tokio::test]
async fn charged() {
    struct Reads(usize);
    impl Tariff for Reads {
        fn toll(&self, _: &Parts, _: &[u8]) -> Result<Option<Toll>, Refusal> {
            Ok(Some(Toll::new("0.01".parse().unwrap(), "m", "p")))
        }
        fn reads(&self, _: &Parts) -> usize {
            self.0
        }
    }
    for reads in [0, 1_000] {
        let make = || {
            let (oracle, shared) = Oracle::closed();
            (ChargeLayer::new(Reads(reads)).layer(oracle), shared)
        };
        let (service, shared) = make();
        honours(service, &shared).await;
        let (service, shared) = make();
        passes_errors(service, &shared);
    }
}

/// Calls by gRPC, and what is none and passes.
#[tokio::test]
async fn grpc() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        (GrpcLayer::new().layer(oracle), shared)
    };
    let (service, shared) = make();
    honours(service, &shared).await;
    let (service, shared) = make();
    passes_errors(service, &shared);
    let (service, shared) = make();
    let call = || {
        let path = "/google.ai.generativelanguage.v1beta.GenerativeService/GenerateContent";
        // A message with a model and nothing else.
        let message = b"\0\0\0\0\x0a\x0a\x08models/m";
        Request::post(format!("http://x.test{path}"))
            .header("content-type", "application/grpc")
            .body(Full::from(&message[..]))
            .unwrap()
    };
    honours_of(service, &shared, call).await;
}

#[tokio::test]
async fn over_grpc() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        (OverGrpc::new(oracle), shared)
    };
    let (service, shared) = make();
    let call = || {
        let body = Body::from(r#"{"contents":[]}"#.to_owned());
        Request::post("http://x.test/v1beta/models/m:generateContent")
            .body(body)
            .unwrap()
    };
    honours_of(service, &shared, call).await;
    let (service, shared) = make();
    let service = service.map_request(|request: Request<Full<Bytes>>| request.map(Body::new));
    passes_errors(service, &shared);
}

#[tokio::test]
async fn classify() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        (ClassifyLayer::new().layer(oracle), shared)
    };
    let (service, shared) = make();
    honours(service, &shared).await;
    let (service, shared) = make();
    passes_errors(service, &shared);
}

#[tokio::test]
async fn select() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        let select = SelectLayer::new(Selector::new(catalog())).layer(oracle);
        (ClassifyLayer::new().layer(select), shared)
    };
    let (service, shared) = make();
    honours(service, &shared).await;
    let (service, shared) = make();
    passes_errors(service, &shared);
}

#[tokio::test]
async fn dispatch() {
    let make = || {
        let (oracle, shared) = Oracle::closed();
        let service = ServiceBuilder::new()
            .layer(ClassifyLayer::new())
            .layer(SelectLayer::new(Selector::new(catalog())))
            .layer(DispatchLayer::new())
            .service(oracle);
        (service, shared)
    };
    let (service, shared) = make();
    honours(service, &shared).await;
    let (service, shared) = make();
    passes_errors(service, &shared);
}

/// It is always ready without asking anybody; a call waits for the inner service, and what was ready is called.
async fn is_always_ready<S, B>(mut service: S, shared: &Shared)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
{
    let cx = &mut Context::from_waker(Waker::noop());
    for round in 1..=2 {
        shared.open.store(false, Ordering::SeqCst);
        let before = shared.asked.load(Ordering::SeqCst);
        assert!(matches!(service.poll_ready(cx), Poll::Ready(Ok(()))));
        assert_eq!(shared.asked.load(Ordering::SeqCst), before);
        let mut call = pin!(service.call(request("m")));
        assert!(call.as_mut().poll(cx).is_pending());
        assert_eq!(shared.called.lock().unwrap().len(), round - 1);
        shared.open.store(true, Ordering::SeqCst);
        assert_eq!(call.await.unwrap().status(), StatusCode::OK);
        let (readied, called) = (
            shared.readied.lock().unwrap().clone(),
            shared.called.lock().unwrap().clone(),
        );
        assert_eq!(called.len(), round);
        assert_eq!(readied.last(), called.last(), "what was ready is called");
    }
}

#[tokio::test]
async fn fallback_is_always_ready() {
    for attempts in [1, 3] {
        let (oracle, shared) = Oracle::closed();
        let service = ServiceBuilder::new()
            .layer(ClassifyLayer::new())
            .layer(FallbackLayer::new().attempts(attempts))
            .service(oracle);
        is_always_ready(service, &shared).await;
    }
}

#[tokio::test]
async fn dispatch_without_select_passes_on() {
    let (oracle, shared) = Oracle::closed();
    let dispatch = DispatchLayer::new().layer(oracle);
    honours(ClassifyLayer::new().layer(dispatch), &shared).await;
}

#[tokio::test]
async fn gate_and_infallible() {
    let (oracle, shared) = Oracle::closed();
    let stack = Stack::server(oracle, catalog(), Tenants::single());
    is_always_ready(stack.service(), &shared).await;
    let (oracle, shared) = Oracle::closed();
    honours(Infallible::new(oracle), &shared).await;
}

#[tokio::test]
async fn stacks() {
    let (oracle, shared) = Oracle::closed();
    let stack = Stack::client_with(oracle, catalog()).budget(Budget::new("b"));
    is_always_ready(stack.service(), &shared).await;
    let (oracle, shared) = Oracle::closed();
    is_always_ready(Stack::client_with(oracle, catalog()).boxed(), &shared).await;
    let (oracle, shared) = Oracle::closed();
    let stack = Stack::server(oracle, catalog(), Tenants::single());
    is_always_ready(stack.boxed(), &shared).await;
}

/// A router wants no error, so a client that is broken is a 502, and it is not called.
#[tokio::test]
async fn infallible_does_not_call_what_failed_to_be_ready() {
    let (oracle, shared) = Oracle::closed();
    shared.broken.store(true, Ordering::SeqCst);
    let mut service = Infallible::new(oracle);
    for _ in 0..2 {
        poll_fn(|cx| Service::<Request<Full<Bytes>>>::poll_ready(&mut service, cx))
            .await
            .unwrap();
        let response = service.call(request("m")).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    }
    assert!(shared.called.lock().unwrap().is_empty());
    // What recovers is used again.
    shared.broken.store(false, Ordering::SeqCst);
    honours(service, &shared).await;
}

#[tokio::test]
async fn a_busy_provider_holds_up_no_other() {
    let (busy, busy_shared) = Oracle::closed();
    let (idle, idle_shared) = Oracle::closed();
    idle_shared.open.store(true, Ordering::SeqCst);
    let client =
        PerProvider::new(
            move |provider: Option<&Provider>| match provider.map(Provider::name) {
                Some("a") => busy.clone(),
                _ => idle.clone(),
            },
        );
    let mut stack = Stack::client_with(client, catalog()).boxed();
    let cx = &mut Context::from_waker(Waker::noop());
    poll_fn(|cx| stack.poll_ready(cx)).await.unwrap();
    let mut waiting = pin!(stack.call(request("m")));
    assert!(waiting.as_mut().poll(cx).is_pending());
    for _ in 0..3 {
        let other = stack.clone().oneshot(request("n")).await.unwrap();
        assert_eq!(other.status(), StatusCode::OK);
        assert!(waiting.as_mut().poll(cx).is_pending());
    }
    assert!(busy_shared.called.lock().unwrap().is_empty());
    busy_shared.open.store(true, Ordering::SeqCst);
    assert_eq!(waiting.await.unwrap().status(), StatusCode::OK);
    assert_eq!(busy_shared.called.lock().unwrap().len(), 1);
}

/// A refusal does not keep the place that was made ready for the call.
#[tokio::test]
async fn a_refused_call_gives_its_place_back() {
    let (oracle, shared) = Oracle::closed();
    shared.open.store(true, Ordering::SeqCst);
    let one_at_a_time = ConcurrencyLimitLayer::new(1).layer(oracle);
    let hard = Budget::new("b").limit(
        "0.000001".parse().unwrap(),
        tower_genai::budget::Window::Total,
    );
    let mut first = Stack::client_with(one_at_a_time, catalog())
        .budget(hard)
        .boxed();
    let mut second = first.clone();
    poll_fn(|cx| first.poll_ready(cx)).await.unwrap();
    let response = first.call(request("m")).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(second.poll_ready(cx).is_ready());
    drop(response.into_body().collect().await.unwrap());
}

/// Who waits for a busy provider, and leaves, has sent nothing: what was held is given back.
#[tokio::test]
async fn waiting_for_a_busy_provider_costs_nothing() {
    for broken in [false, true] {
        let (busy, shared) = Oracle::closed();
        let client = PerProvider::new(move |_: Option<&Provider>| busy.clone());
        let budget =
            Budget::new("b").limit("1".parse().unwrap(), tower_genai::budget::Window::Total);
        let stack = Stack::client_with(client, catalog())
            .budget(budget.clone())
            .boxed();
        let held = || budget.scope().allowance().unwrap().held();
        let mut waiting = Box::pin(stack.oneshot(request("m")));
        let cx = &mut Context::from_waker(Waker::noop());
        for _ in 0..5 {
            assert!(waiting.as_mut().poll(cx).is_pending());
        }
        assert!(held().nanos() > 0, "it waits with its money held");
        if broken {
            shared.broken.store(true, Ordering::SeqCst);
            assert!(waiting.await.is_err());
        } else {
            drop(waiting);
        }
        let left = budget.scope().allowance().unwrap();
        assert_eq!((left.held().nanos(), left.spent().nanos()), (0, 0));
        assert!(shared.called.lock().unwrap().is_empty());
    }
}
