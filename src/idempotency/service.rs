use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, Service};

use super::{
    IdempotencyLayer, IdempotencyStatus, ResponseBody, ResponseFuture,
    config::Config,
    fingerprint::Asked,
    key::{IDEMPOTENCY_KEY, Key},
    recording::Recording,
    store::Claim,
};
use crate::{
    context,
    observe::{Spending, semconv},
    query::{Classified, Query, Refusal},
};

/// Service that makes a call with an `Idempotency-Key` once. See the [module docs](crate::idempotency) for an example.
#[derive(Clone)]
pub struct Idempotency<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> Idempotency<S> {
    pub(super) const fn with(inner: S, config: Arc<Config>) -> Self {
        Self { inner, config }
    }

    /// Around a service, with what [`IdempotencyLayer::new`] sets.
    pub fn new(inner: S) -> Self {
        IdempotencyLayer::new().layer(inner)
    }

    /// A layer.
    pub fn layer() -> IdempotencyLayer {
        IdempotencyLayer::new()
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R> Service<Request<B>> for Idempotency<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, R>;

    /// Always ready: the inner service is asked only for calls that are made.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let config = &self.config;
        if config.off || !request.headers().contains_key(IDEMPOTENCY_KEY) {
            return ResponseFuture::around(self.inner.clone(), request, None);
        }
        let context = context::Context::capture(request.extensions_mut());
        let query = Arc::clone(request.body().query());
        let known = context.tenant().is_some() || config.single_tenant;
        let Some(body) = request.body().bytes().filter(|_| known) else {
            let status = IdempotencyStatus::PassedOver;
            trace(status, &query);
            return ResponseFuture::around(self.inner.clone(), request, Some(status));
        };
        let key = match Key::of(context.tenant(), request.headers()) {
            Ok(key) => key,
            Err(refusal) => {
                let status = IdempotencyStatus::Unreadable;
                return ResponseFuture::answered(refused(status, refusal, &query));
            }
        };
        let asked = Asked {
            api: query.api(),
            path: request.uri().path(),
            headers: request.headers(),
            wish: request.extensions().get(),
            context: &context,
            body,
        };
        match config.store.claim(key, asked.fingerprint(), config.ttl) {
            Claim::First(ticket) => {
                trace(IdempotencyStatus::First, &query);
                // It is this layer's: what a provider makes of a key is not what it means here.
                request.headers_mut().remove(IDEMPOTENCY_KEY);
                let spending = Spending::default();
                request.extensions_mut().insert(spending.clone());
                let recording = Recording::new(ticket, spending, Arc::clone(config));
                ResponseFuture::first(self.inner.clone(), request, context, recording)
            }
            Claim::Done(record, age) => {
                trace(IdempotencyStatus::Replayed { age }, &query);
                let observer = config.observer.as_ref();
                ResponseFuture::answered(record.replay(age, context.tenant(), observer))
            }
            Claim::Refused(why) => {
                ResponseFuture::answered(refused(why.status(), why.refusal(), &query))
            }
        }
    }
}

/// A refusal of this layer's own.
fn refused<R>(
    status: IdempotencyStatus,
    refusal: Refusal,
    query: &Query,
) -> Response<ResponseBody<R>> {
    trace(status, query);
    let mut response = ResponseBody::refused(refusal.response(query.api()));
    response.extensions_mut().insert(status);
    response
}

/// Tells of it in the trace.
fn trace(status: IdempotencyStatus, query: &Query) {
    tracing::debug!(
        { semconv::REQUEST_MODEL } = query.model(),
        status = status.as_str(),
        "idempotency"
    );
}

impl<S: fmt::Debug> fmt::Debug for Idempotency<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency")
            .field("inner", &self.inner)
            .field("config", &self.config)
            .finish()
    }
}
