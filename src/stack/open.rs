use std::{
    sync::Arc,
    task::{self, Poll},
};

use http::Request;
use tower::Service;

use crate::{budget::Budget, context::Context};

/// Opens the budgets of a [`Stack`](super::Stack), the outermost first.
///
/// What a stack of [`BudgetLayer`](crate::budget::BudgetLayer)s would do around a client, where nothing needs the
/// ambient context; however many budgets there are, it is one type.
#[derive(Clone, Debug)]
pub struct Open<S> {
    inner: S,
    budgets: Arc<[(Budget, Option<Arc<str>>)]>,
}

impl<S> Open<S> {
    pub(super) fn new(inner: S, budgets: Vec<(Budget, Option<Arc<str>>)>) -> Self {
        Self {
            inner,
            budgets: budgets.into(),
        }
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
        if self.budgets.is_empty() {
            return self.inner.call(request);
        }
        let (mut head, body) = request.into_parts();
        let mut context = Context::of(&head.extensions);
        for (budget, route) in &*self.budgets {
            let path = head.uri.path().trim_end_matches('/');
            if route
                .as_ref()
                .is_none_or(|route| path.ends_with(route.trim_end_matches('/')))
            {
                let scope = budget.opens(&head, &context);
                context = context.with_scope(scope);
            }
        }
        head.extensions.insert(context);
        self.inner.call(Request::from_parts(head, body))
    }
}
