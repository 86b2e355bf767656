use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::channel::mpsc;
use http::{HeaderMap, Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body, BodyError,
    budget::{Budget, BudgetLayer},
    cache::{Cache, CacheLayer, CacheStatus},
    catalog::Catalog,
    classify::{Classify, ClassifyLayer},
    context::{self, Tenant},
    dispatch::DispatchLayer,
    query::QueryBody,
    select::{SelectLayer, Selector},
    sim,
};
use tower_test::mock::{self, Mock};

/// The inner service of a test that answers by hand.
pub(crate) type ByHand = Mock<Request<QueryBody>, Response<Given>>;
pub(crate) type Handle = mock::Handle<Request<QueryBody>, Response<Given>>;
pub(crate) type Given = StreamBody<mpsc::UnboundedReceiver<Result<Frame<Bytes>, BodyError>>>;

/// Gives a body bit by bit, and knows whether it is still wanted.
pub(crate) struct Giver(pub(crate) mpsc::UnboundedSender<Result<Frame<Bytes>, BodyError>>);

impl Giver {
    pub(crate) fn give(&self, text: &str) {
        let frame = Frame::data(Bytes::from(text.to_owned()));
        self.0.unbounded_send(Ok(frame)).unwrap();
    }

    pub(crate) fn break_off(self) {
        self.0
            .unbounded_send(Err(BodyError::new("the line broke")))
            .unwrap();
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.0.is_closed()
    }
}

pub(crate) fn given(content_type: &str) -> (Giver, Response<Given>) {
    let (giver, body) = mpsc::unbounded();
    let response = Response::builder().header("content-type", content_type);
    (Giver(giver), response.body(StreamBody::new(body)).unwrap())
}

pub(crate) fn by_hand(layer: &CacheLayer) -> (Classify<Cache<ByHand>>, Handle) {
    let (inner, handle) = mock::pair();
    (ClassifyLayer::new().layer(layer.layer(inner)), handle)
}

/// An inner service that answers at once and counts.
#[derive(Clone)]
pub(crate) struct Canned {
    pub(crate) calls: Arc<AtomicUsize>,
    answer: Arc<Answering>,
}

type Answering = dyn Fn(&QueryBody) -> Response<Body> + Send + Sync;

impl Canned {
    pub(crate) fn new(
        answer: impl Fn(&QueryBody) -> Response<Body> + Send + Sync + 'static,
    ) -> Self {
        Self {
            calls: Arc::default(),
            answer: Arc::new(answer),
        }
    }

    /// Answers as it is asked, whole or streamed.
    pub(crate) fn good() -> Self {
        Self::new(|body| {
            use tower_genai::query::Classified;
            if body.query().stream() {
                streamed(&STREAM)
            } else {
                whole(WHOLE)
            }
        })
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn behind(&self, layer: &CacheLayer) -> Classify<Cache<Self>> {
        ClassifyLayer::new().layer(layer.layer(self.clone()))
    }
}

impl Service<Request<QueryBody>> for Canned {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<QueryBody>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok((self.answer)(request.body())))
    }
}

pub(crate) const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi there","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;

pub(crate) const STREAM: [&str; 4] = [
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"content":"Hi there"},"logprobs":null,"finish_reason":null}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}"#,
    "[DONE]",
];

pub(crate) fn whole(text: &str) -> Response<Body> {
    let response = Response::builder().header("content-type", "application/json");
    response.body(Body::from(text.to_owned())).unwrap()
}

pub(crate) fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

pub(crate) fn streamed(events: &[&str]) -> Response<Body> {
    let response = Response::builder().header("content-type", "text/event-stream");
    let events = events.iter().map(|data| Bytes::from(event(data)));
    response.body(Body::from_iter(events)).unwrap()
}

pub(crate) fn question() -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
}

/// The same question, to be answered by a stream.
pub(crate) fn streaming() -> Value {
    let mut question = question();
    question["stream"] = true.into();
    question
}

pub(crate) fn request(body: &Value) -> Request<Full<Bytes>> {
    of(Some("a"), body.to_string())
}

pub(crate) fn of(tenant: Option<&str>, body: String) -> Request<Full<Bytes>> {
    let mut request = Request::post("/v1/chat/completions")
        .body(Full::from(body))
        .unwrap();
    if let Some(tenant) = tenant {
        let context = context::Context::new().with_tenant(Tenant::new(tenant).unwrap());
        request.extensions_mut().insert(context);
    }
    request
}

pub(crate) fn saying(cache_control: &str, body: &Value) -> Request<Full<Bytes>> {
    let mut request = request(body);
    request
        .headers_mut()
        .insert("cache-control", cache_control.parse().unwrap());
    request
}

pub(crate) struct Answer {
    pub(crate) status: CacheStatus,
    pub(crate) code: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: http::Extensions,
    pub(crate) text: String,
}

pub(crate) async fn ask<S, B>(service: &S, request: Request<Full<Bytes>>) -> Answer
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    read(service.clone().oneshot(request).await.unwrap()).await
}

pub(crate) async fn read<B>(response: Response<B>) -> Answer
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    Answer {
        status: *parts
            .extensions
            .get()
            .expect("every answer says what the cache did"),
        code: parts.status.as_u16(),
        headers: parts.headers,
        extensions: parts.extensions,
        text: String::from_utf8(text.into()).unwrap(),
    }
}

pub(crate) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Lets everything that can go on go on.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

type Stack = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, ClientError>;
type ClientError = hyper_util::client::legacy::Error;

fn boxed<S, B>(service: S) -> Stack
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = ClientError>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    BoxCloneSyncService::new(service.map_response(|response: Response<B>| response.map(Body::new)))
}

/// A whole way over real sockets: classify, cache, select, dispatch, a simulated provider.
pub(crate) struct Way {
    pub(crate) provider: sim::Server,
    pub(crate) stack: Stack,
}

impl Way {
    pub(crate) async fn start(layer: CacheLayer) -> Self {
        Self::start_within(layer, None).await
    }

    /// Inside of a budget.
    pub(crate) async fn start_within(layer: CacheLayer, budget: Option<&Budget>) -> Self {
        let model = sim::Model::new("m")
            .price("1", "2")
            .reasoning(5)
            .cached_price("0.5");
        let provider = sim::Provider::new("p").model(model).start().await.unwrap();
        let catalog = format!(
            r#"
            [[provider]]
            name = "p"
            dialect = "openai"
            base_url = "{}"
            on_disconnect = "stops"
            [[model]]
            name = "m"
            provider = "p"
            price = {{ input = "1", output = "2", cache_read = "0.5" }}
            context = 200_000
            max_output = 32_000
            can = ["tools", "json_schema", "stream", "n", "logprobs"]
            "#,
            provider.base_url()
        );
        let catalog = Catalog::from_toml(&catalog).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let inner = ServiceBuilder::new()
            .layer(ClassifyLayer::new())
            .layer(layer.catalog(catalog.clone()))
            .layer(SelectLayer::new(Selector::new(catalog)))
            .layer(DispatchLayer::new())
            .service(client);
        let stack = match budget {
            None => boxed(inner),
            Some(budget) => boxed(BudgetLayer::new(budget.clone()).layer(inner)),
        };
        Self { provider, stack }
    }

    pub(crate) fn calls(&self) -> usize {
        self.provider.calls().len()
    }
}

pub(crate) fn sse(text: &str) -> Vec<Value> {
    let data = text
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "));
    let mut all: Vec<&str> = data.collect();
    assert_eq!(all.pop(), Some("[DONE]"), "{text}");
    all.into_iter()
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}
