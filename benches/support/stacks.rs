use std::convert::Infallible;

use ::bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::util::BoxCloneSyncService;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    cache::CacheLayer,
    catalog::Catalog,
    stack::Stack,
};

use super::Upstream;

type Whole = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, Infallible>;

/// Hard budgets that nest and share a ledger, the outermost first. They are not spent within a bench.
pub(crate) fn budgets(scopes: usize) -> Vec<Budget> {
    let limit = |budget: Budget| budget.limit("1000000".parse().unwrap(), Window::Day);
    let mut budgets: Vec<Budget> = Vec::new();
    for scope in 0..scopes {
        let budget = limit(Budget::new(format!("scope-{scope}")));
        budgets.push(match budgets.first() {
            Some(outer) => budget.within(outer),
            None => budget,
        });
    }
    budgets
}

/// The whole stack as an app has it: budgets around, heuristics, a cache, fallback.
pub(crate) fn stack(upstream: Upstream, catalog: Catalog, scopes: usize) -> Whole {
    let stack = Stack::client_with(upstream, catalog);
    let stack = budgets(scopes).into_iter().fold(stack, Stack::budget);
    stack
        .cache(CacheLayer::new().single_tenant(true))
        .boxed::<Full<Bytes>, _>()
}
