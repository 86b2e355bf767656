use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, Service};

use super::{DispatchLayer, ResponseBody, ResponseFuture, config::Config, draft::Draft};
use crate::{
    Body, context,
    query::{Classified, Refusal, RefusalKind},
    select::Plan,
};

/// Service that calls the planned candidate. See the [module docs](crate::dispatch) for an example.
#[derive(Clone)]
pub struct Dispatch<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> Dispatch<S> {
    pub(super) const fn with(inner: S, config: Arc<Config>) -> Self {
        Self { inner, config }
    }

    /// Around a client, with the built-in dialects and keys from the environment.
    pub fn new(client: S) -> Self {
        DispatchLayer::new().layer(client)
    }

    /// A layer with the built-in dialects and keys from the environment.
    pub fn layer() -> DispatchLayer {
        DispatchLayer::new()
    }

    /// The client.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The client.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The client.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, ResB> Service<Request<B>> for Dispatch<S>
where
    S: Service<Request<Body>, Response = Response<ResB>> + Clone,
    S::Error: 'static,
    B: Classified,
    ResB: HttpBody<Data = Bytes> + Send + 'static,
    ResB::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S, ResB>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone may not be ready; the one that was polled is.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (mut head, body) = request.into_parts();
        let context = context::Context::capture(&mut head.extensions);
        let query = Arc::clone(body.query());
        let here = body.here();
        let api = query.api();
        let plan = head
            .extensions
            .remove::<Plan>()
            .unwrap_or_else(Plan::pass_through);
        let Some(bytes) = body.bytes().filter(|_| !plan.passes_through()).cloned() else {
            if context.is_hard() && !query.only_reads() {
                let message = "the cost of this call is not known, and a budget is open";
                let refusal = Refusal::new(RefusalKind::Unsupported, message).with_param("model");
                return ResponseFuture::refused(api, refusal);
            }
            let request = Request::from_parts(head, body.into_body());
            return ResponseFuture::passing(inner.call(request));
        };
        let config = Arc::clone(&self.config);
        let draft = Draft::new(config, api, head, query, bytes, plan, context).since(here);
        ResponseFuture::prepare(draft, inner)
    }
}

impl<S: fmt::Debug> fmt::Debug for Dispatch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatch")
            .field("inner", &self.inner)
            .field("config", &self.config)
            .finish()
    }
}
