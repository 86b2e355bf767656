use std::pin::Pin;

use bytes::Bytes;
use futures::channel::mpsc;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tower::{Layer, Service, ServiceExt};
use tower_genai::{
    BodyError,
    classify::{Classify, ClassifyLayer},
    context::{Context, Tenant},
    idempotency::{Idempotency, IdempotencyLayer, IdempotencyStatus},
    query::QueryBody,
};
use tower_test::mock::{self, Mock};

/// An inner service of somebody's own, that a test answers by hand.
pub(crate) type Inner = Mock<Request<QueryBody>, Response<Given>>;
pub(crate) type Handle = mock::Handle<Request<QueryBody>, Response<Given>>;
pub(crate) type Given = StreamBody<mpsc::UnboundedReceiver<Result<Frame<Bytes>, BodyError>>>;
pub(crate) type ByHand = Classify<Idempotency<Inner>>;

pub(crate) fn by_hand(layer: &IdempotencyLayer) -> (ByHand, Handle) {
    let (inner, handle) = mock::pair();
    (ClassifyLayer::new().layer(layer.layer(inner)), handle)
}

/// Gives a body bit by bit, and knows whether it is still wanted.
pub(crate) struct Giver(mpsc::UnboundedSender<Result<Frame<Bytes>, BodyError>>);

impl Giver {
    pub(crate) fn give(&self, text: &str) {
        let frame = Frame::data(Bytes::from(text.to_owned()));
        self.0.unbounded_send(Ok(frame)).unwrap();
    }

    pub(crate) fn break_off(self) {
        let broke = Err(BodyError::new("the line broke"));
        self.0.unbounded_send(broke).unwrap();
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.0.is_closed()
    }
}

pub(crate) fn given() -> (Giver, Response<Given>) {
    let (giver, body) = mpsc::unbounded();
    let response = Response::builder().header(CONTENT_TYPE, "text/event-stream");
    (Giver(giver), response.body(StreamBody::new(body)).unwrap())
}

pub(crate) fn question(tenant: Option<&str>, key: &str) -> Request<Full<Bytes>> {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}"#;
    let mut request = Request::post("/v1/chat/completions")
        .header("idempotency-key", key)
        .body(Full::from(body))
        .unwrap();
    if let Some(tenant) = tenant {
        let context = Context::new().with_tenant(Tenant::new(tenant).unwrap());
        request.extensions_mut().insert(context);
    }
    request
}

/// What a call is answered with, which is not made.
pub(crate) async fn told(service: &ByHand, key: &str) -> (IdempotencyStatus, StatusCode, String) {
    let response = service
        .clone()
        .oneshot(question(Some("a"), key))
        .await
        .unwrap();
    let status = *response
        .extensions()
        .get()
        .expect("it says what became of the key");
    let code = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, code, String::from_utf8(body.into()).unwrap())
}

pub(crate) async fn status(service: &ByHand, key: &str) -> IdempotencyStatus {
    told(service, key).await.0
}

/// The future of a call that is made, polled once.
pub(crate) fn begin(
    service: &ByHand,
    key: &str,
) -> Pin<Box<dyn Future<Output = Result<Response<Body>, tower::BoxError>> + Send>> {
    let mut call = Box::pin(service.clone().oneshot(question(Some("a"), key)));
    let noop = &mut std::task::Context::from_waker(std::task::Waker::noop());
    assert!(call.as_mut().poll(noop).is_pending());
    call
}

pub(crate) type Body = <ByHand as BodyOf>::Body;

/// Names the type of a service's bodies.
pub(crate) trait BodyOf {
    type Body: HttpBody<Data = Bytes>;
}

impl<S, B> BodyOf for S
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
    B: HttpBody<Data = Bytes>,
{
    type Body = B;
}

/// Lets everything that can go on go on.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
