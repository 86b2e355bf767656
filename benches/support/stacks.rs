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

use super::{Asking, Measure, Upstream, catalog};

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

struct Case {
    name: &'static str,
    kilobytes: usize,
    stream: bool,
    models: usize,
    pool: usize,
    scopes: usize,
}

const PLAIN: Case = Case {
    name: "plain, 1 KB",
    kilobytes: 1,
    stream: false,
    models: 100,
    pool: 4,
    scopes: 1,
};

#[rustfmt::skip]
const CASES: [Case; 9] = [
    PLAIN,
    Case { name: "plain, 100 KB", kilobytes: 100, ..PLAIN },
    Case { name: "streamed, 1 KB", stream: true, ..PLAIN },
    Case { name: "streamed, 100 KB", kilobytes: 100, stream: true, ..PLAIN },
    Case { name: "a pool of 64", pool: 64, ..PLAIN },
    Case { name: "a catalog of 10", models: 10, ..PLAIN },
    Case { name: "a catalog of 1000", models: 1_000, ..PLAIN },
    Case { name: "no scope", scopes: 0, ..PLAIN },
    Case { name: "8 scopes", scopes: 8, ..PLAIN },
];

/// The whole stack, with one thing changed at a time, after the provider alone.
pub(crate) fn stacks(to: &mut impl Measure) {
    for (stream, name) in [(false, "none, plain"), (true, "none, streamed")] {
        to.measure(
            "stack",
            name,
            &Upstream::new(stream),
            Asking::new(1, stream),
        );
    }
    for case in CASES {
        let catalog = catalog(case.models, case.pool);
        let stack = stack(Upstream::new(case.stream), catalog, case.scopes);
        let asking = Asking::new(case.kilobytes, case.stream);
        to.measure("stack", case.name, &stack, asking);
    }
    let hit = stack(Upstream::new(false), catalog(100, 4), 1);
    to.measure("stack", "a hit, 1 KB", &hit, Asking::new(1, false).again());
}
