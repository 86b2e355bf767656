use std::{
    sync::Arc,
    task::{self, Poll},
};

use http::{Method, Request, request::Parts};
use tower::Service;

use crate::{
    budget::Budget,
    context::Context,
    query::{Api, api},
};

/// Opens the budgets of a [`Stack`](super::Stack), the outermost first.
///
/// What a stack of [`BudgetLayer`](crate::budget::BudgetLayer)s would do around a client, where nothing needs the
/// ambient context; however many budgets there are, it is one type.
#[derive(Clone, Debug)]
pub struct Open<S> {
    inner: S,
    budgets: Arc<[(Budget, Option<Route>)]>,
}

impl<S> Open<S> {
    pub(super) fn new(inner: S, budgets: Vec<(Budget, Option<Route>)>) -> Self {
        Self {
            inner,
            budgets: budgets.into(),
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

/// An HTTP route that a budget is for.
#[derive(Clone, Debug)]
pub(super) struct Route {
    path: Arc<str>,
    api: Api,
}

impl Route {
    pub(super) fn new(path: Arc<str>) -> Self {
        let methods = [Method::POST, Method::GET];
        let apis = methods.map(|method| api::by_path(&method, &path));
        let api = apis.into_iter().find(|api| !matches!(api, Api::Unknown(_)));
        let api = api.unwrap_or_default();
        Self { path, api }
    }

    /// A route of an API that is known stands for all paths by which it is reached: no other spelling goes around its
    /// budget.
    fn matches(&self, head: &Parts) -> bool {
        if !matches!(self.api, Api::Unknown(_)) {
            return self.api == api::of(head);
        }
        let path = head.uri.path().trim_end_matches('/');
        path.ends_with(self.path.trim_end_matches('/'))
    }
}

impl<S, B> Service<Request<B>> for Open<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let mut context = Context::capture(&mut head.extensions);
        for (budget, route) in &*self.budgets {
            if route.as_ref().is_none_or(|route| route.matches(&head)) {
                let scope = budget.opens(&head, &context);
                context = context.with_scope(scope);
            }
        }
        if !self.budgets.is_empty() {
            context.put(&mut head.extensions);
        }
        self.inner.call(Request::from_parts(head, body))
    }
}
