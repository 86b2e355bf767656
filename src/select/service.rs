use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderName, HeaderValue, Request, Response};
use tower::Service;

use super::{Allowed, Call, ResponseBody, ResponseFuture, Selector};
use crate::{
    context,
    observe::{Decision, Event, Observer, semconv},
    query::{Classified, Wish},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Service that decides which candidates are to answer a call. See the [module docs](crate::select) for an example.
#[derive(Clone)]
pub struct Select<S> {
    inner: S,
    selector: Arc<Selector>,
    observer: Option<Arc<dyn Observer>>,
}

impl<S> Select<S> {
    pub(super) const fn new(
        inner: S,
        selector: Arc<Selector>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self {
            inner,
            selector,
            observer,
        }
    }

    fn tell(&self, decision: &Arc<Decision>) {
        tracing::debug!(
            { semconv::DECISION } = %decision.id,
            { semconv::REQUEST_MODEL } = &*decision.asked,
            { semconv::TASK } = decision.classification.task().as_str(),
            route = ?decision.routed().next().map(|first| &first.candidate),
            reason = %decision.reason,
            "decided"
        );
        if let Some(observer) = &self.observer {
            observer.observe(&Event::Decided(decision));
        }
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

impl<S, B, ResB> Service<Request<B>> for Select<S>
where
    S: Service<Request<B>, Response = Response<ResB>>,
    B: Classified,
{
    type Response = Response<ResponseBody<ResB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let context = context::Context::of(request.extensions());
        let query = Arc::clone(request.body().query());
        let none = Wish::default();
        let call = Call {
            query: &query,
            context: &context,
            wish: request.extensions().get().unwrap_or(&none),
            allowed: request.extensions().get::<Allowed>(),
        };
        match self.selector.plan(&call) {
            Err(unplanned) => {
                let mut response = unplanned.refusal().clone().response(query.api());
                if let Some(decision) = unplanned.decision() {
                    self.tell(decision);
                    if let Ok(id) = HeaderValue::try_from(decision.id.to_string()) {
                        response.headers_mut().insert(REQUEST_ID, id);
                    }
                    response.extensions_mut().insert(Arc::clone(decision));
                }
                ResponseFuture::refused(response)
            }
            Ok(plan) => {
                if let Some(decision) = plan.decision() {
                    self.tell(decision);
                }
                let extensions = request.extensions_mut();
                extensions.insert(context);
                extensions.insert(plan);
                ResponseFuture::called(self.inner.call(request))
            }
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("inner", &self.inner)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}
