use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower::{Layer, Service};

use super::{
    Allowed, Call, ResponseBody, ResponseFuture, SelectLayer, Selector,
    notice::{self, Notice},
    warned::Warned,
};
use crate::{
    context::{self, Tenant},
    observe::{Decided, Decision, Deprecated, Event, Observer, semconv, tell, tell_decided},
    query::{Classified, Prompt, Wish},
};

/// Service that decides which candidates are to answer a call. See the [module docs](crate::select) for an example.
#[derive(Clone)]
pub struct Select<S> {
    inner: S,
    selector: Arc<Selector>,
    observer: Option<Arc<dyn Observer>>,
    warned: Arc<Warned>,
}

impl<S> Select<S> {
    pub(super) const fn with(
        inner: S,
        selector: Arc<Selector>,
        observer: Option<Arc<dyn Observer>>,
        warned: Arc<Warned>,
    ) -> Self {
        Self {
            inner,
            selector,
            observer,
            warned,
        }
    }

    /// Around a service.
    pub fn new(inner: S, selector: Selector) -> Self {
        SelectLayer::new(selector).layer(inner)
    }

    /// A layer with a selector.
    pub fn layer(selector: Selector) -> SelectLayer {
        SelectLayer::new(selector)
    }

    fn tell(&self, decision: &Arc<Decision>, prompt: Option<&Prompt>) {
        tracing::debug!(
            { semconv::DECISION } = %decision.id,
            { semconv::REQUEST_MODEL } = &*decision.asked,
            { semconv::TASK } = decision.classification.task().as_str(),
            route = ?decision.routed().next().map(|first| &first.candidate),
            reason = %decision.reason,
            "decided"
        );
        if let Some(observer) = &self.observer {
            tell_decided(&**observer, decision, prompt);
        }
    }

    /// Tells of a model whose end is announced or past: the observer and the counter at every call, the log once an hour.
    fn warn(
        &self,
        notice: Option<&Notice>,
        tenant: Option<&Tenant>,
        decision: Option<&Arc<Decision>>,
    ) {
        let Some(notice) = notice else {
            return;
        };
        let model = &notice.model;
        let lifecycle = model.lifecycle();
        tracing::debug!(
            target: semconv::METRICS,
            {
                { semconv::DEPRECATED_CALLS } = 1_u64,
                { semconv::REQUEST_MODEL } = model.name(),
                { semconv::PROVIDER_NAME } = model.provider().name(),
                { semconv::NAMED } = notice.named
            },
            "a model is asked for whose end is announced or past"
        );
        if self.warned.is_due(model.name(), self.selector.now()) {
            let successor = notice.successor.as_deref().map(|next| next.name());
            tracing::warn!(
                { semconv::REQUEST_MODEL } = model.name(),
                { semconv::PROVIDER_NAME } = model.provider().name(),
                { semconv::NAMED } = notice.named,
                { semconv::DEPRECATED } = lifecycle.deprecated().map(tracing::field::display),
                { semconv::SUNSET } = lifecycle.sunset().map(tracing::field::display),
                { semconv::SUCCESSOR } = successor,
                "a model is asked for whose end is announced or past; this is said once an hour"
            );
        }
        if let Some(observer) = &self.observer {
            let deprecated = Deprecated {
                model,
                successor: notice.successor.as_ref(),
                tenant,
                named: notice.named,
                decision,
            };
            tell(&**observer, &Event::Deprecated(deprecated));
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
        let context = context::Context::capture(request.extensions_mut());
        let query = Arc::clone(request.body().query());
        let extensions = request.extensions();
        let call = Call::new(&query, &context)
            .wish(extensions.get::<Wish>())
            .allowed(extensions.get::<Allowed>())
            .bytes(request.body().bytes().map(|bytes| &**bytes));
        let prompt = (!self.selector.labelled(&call)).then(|| query.prompt());
        match self.selector.plan(&call) {
            Err(unplanned) => {
                let mut response = unplanned.refusal().clone().response(query.api());
                if let Some(decision) = unplanned.decision() {
                    self.tell(decision, prompt);
                    decision.name(&mut response);
                }
                let notice = unplanned.notice();
                self.warn(notice, context.tenant(), unplanned.decision());
                if let Some(model) = notice.and_then(Notice::to_caller) {
                    notice::tell(model.lifecycle(), response.headers_mut());
                }
                ResponseFuture::refused(response)
            }
            Ok(plan) => {
                if let Some(decision) = plan.decision() {
                    self.tell(decision, prompt);
                    if let Some(decided) = request.extensions().get::<Decided>() {
                        decided.put(decision);
                    }
                }
                self.warn(plan.notice(), context.tenant(), plan.decision());
                let ending = plan.notice().and_then(Notice::to_caller).cloned();
                request.extensions_mut().insert(plan);
                ResponseFuture::called(self.inner.call(request), ending)
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
