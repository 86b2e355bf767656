use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, Service};

use super::{FallbackLayer, ResponseBody, ResponseFuture, call::Call, rule::Rule};
use crate::{context, observe::Observer, query::Classified, select::Plan};

/// Service that goes on to the next candidate, or tries again, until an answer begins. See the
/// [module docs](crate::fallback) for an example.
#[derive(Clone)]
pub struct Fallback<S> {
    inner: S,
    rule: Arc<Rule>,
    observer: Option<Arc<dyn Observer>>,
}

impl<S> Fallback<S> {
    pub(super) const fn with(
        inner: S,
        rule: Arc<Rule>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self {
            inner,
            rule,
            observer,
        }
    }

    /// Around a service, as [`FallbackLayer::new`] does it.
    pub fn new(inner: S) -> Self {
        FallbackLayer::new().layer(inner)
    }

    /// A layer as [`FallbackLayer::new`] makes it.
    pub fn layer() -> FallbackLayer {
        FallbackLayer::new()
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

impl<S, B, ResB> Service<Request<B>> for Fallback<S>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    ResB: HttpBody<Data = Bytes> + Unpin + 'static,
{
    type Response = Response<ResponseBody<ResB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, ResB>;

    /// Always ready: whether a provider can be asked shows when it is its turn.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        // Later attempts are made while somebody else polls; what is ambient then is not this call's.
        context::Context::capture(&mut head.extensions);
        let plan = head.extensions.get::<Plan>();
        let once = |plan: &Plan| plan.passes_through() || plan.is_once();
        let goes_on = !self.rule.is_off() && !plan.is_some_and(once);
        let again = body.again().filter(|_| goes_on);
        let service = self.inner.clone();
        let Some(again) = again else {
            return ResponseFuture::passing(service, Request::from_parts(head, body));
        };
        let call = Call::new(
            self.inner.clone(),
            head.clone(),
            again,
            Arc::clone(&self.rule),
            plan.cloned(),
            self.observer.clone(),
        );
        ResponseFuture::first(call, service, head, body)
    }
}

impl<S: fmt::Debug> fmt::Debug for Fallback<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback")
            .field("inner", &self.inner)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
