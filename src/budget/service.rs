use std::{
    sync::Arc,
    task::{Context, Poll},
};

use arc_swap::ArcSwap;
use http::{Request, Response};
use tower::Service;

use super::{Budget, BudgetLayer, ResponseBody, ResponseFuture};
use crate::context;

/// Opens a [`Budget`]'s scope for every request that passes.
///
/// See the [module docs](crate::budget) for an example.
#[derive(Clone, Debug)]
pub struct Budgeted<S> {
    inner: S,
    budget: Arc<ArcSwap<Budget>>,
}

impl<S> Budgeted<S> {
    /// Opens scopes of this budget for requests to `inner`.
    pub fn new(inner: S, budget: Budget) -> Self {
        Self::shared(inner, Arc::new(ArcSwap::from_pointee(budget)))
    }

    pub(super) fn shared(inner: S, budget: Arc<ArcSwap<Budget>>) -> Self {
        Self { inner, budget }
    }

    /// A layer that does this.
    pub fn layer(budget: Budget) -> BudgetLayer {
        BudgetLayer::new(budget)
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service inside.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Budgeted<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let outer = context::Context::capture(&mut parts.extensions);
        let scope = self.budget.load().opens(&parts, &outer);
        let context = outer.with_scope(scope);
        context.clone().put(&mut parts.extensions);
        let request = Request::from_parts(parts, body);
        // Services inside may read the ambient context when they are called, not only when they are polled.
        let inner = context.sync_scope(|| self.inner.call(request));
        ResponseFuture::new(context, inner)
    }
}
