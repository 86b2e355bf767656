use std::sync::Arc;

use tower_genai::{
    budget::{Budget, HoldLabel, Ledger, Scope, ScopeKey, Window},
    money::Usd,
};

/// An organisation, its teams, their keys and routes: `wanted` accounts in all, and the ways through them that calls take.
pub(crate) fn ways(ledger: &Arc<dyn Ledger>, wanted: usize) -> Vec<[Scope; 4]> {
    let budget = |name: &str, window| {
        let plenty = Usd::MAX;
        Budget::new(name)
            .limit(plenty, window)
            .ledger(Arc::clone(ledger))
    };
    let org = budget("org", Window::Month);
    let (team, key, route) = (
        budget("team", Window::Day),
        budget("key", Window::Day),
        budget("route", Window::Hour),
    );
    let each = (wanted / 3).max(1);
    let of = |budget: &Budget, n: usize| {
        let key = ScopeKey::new(&format!("number-{n}")).unwrap();
        budget.scope_of(key)
    };
    let ways = (0..each).map(|n| [org.scope(), of(&team, n), of(&key, n), of(&route, n)]);
    ways.collect()
}

pub(crate) fn label() -> HoldLabel {
    HoldLabel::new("model", "provider")
}

pub(crate) fn bound() -> Usd {
    "0.01".parse().unwrap()
}
