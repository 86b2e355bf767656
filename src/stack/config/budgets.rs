use std::{sync::Arc, time::Duration};

use super::values::{share, shares};
use crate::{
    budget::{Budget, Ledger, Mode, OnFailure, RateLimit, Share, Window},
    catalog::Reader,
    money::Usd,
};

const KEYS: [&str; 14] = [
    "scope",
    "limit",
    "window",
    "time_zone",
    "route",
    "each",
    "mode",
    "default_max_output",
    "max_share",
    "hold_wait",
    "requests_per_minute",
    "tokens_per_minute",
    "on_failure",
    "alerts",
];

const WINDOWS: [Window; 5] = [
    Window::Minute,
    Window::Hour,
    Window::Day,
    Window::Month,
    Window::Total,
];

/// The one route that costs money, and what every path ends with that is taken for it: so no spelling of the path
/// gets around a budget.
const ROUTE: &str = "/v1/chat/completions";
const ROUTE_END: &str = "/chat/completions";

/// A budget with the route that it is for.
pub(super) type Routed = (Budget, Option<Arc<str>>);

/// What a scope says besides its limits.
#[derive(Clone, PartialEq)]
struct Terms<'a> {
    time_zone: Option<&'a str>,
    route: bool,
    each: bool,
    mode: Mode,
    default_max_output: Option<u32>,
    max_share: Option<Share>,
    hold_wait: Option<Duration>,
    rates: Vec<RateLimit>,
    on_failure: OnFailure,
    alerts: Option<Vec<Share>>,
}

struct Entry<'a> {
    scope: &'a str,
    terms: Terms<'a>,
    limits: Vec<(Usd, Window)>,
}

/// The budgets of a file, outermost first, all in one ledger. Entries of one scope are limits of one budget.
pub(super) fn read(top: &Reader<'_>, tenants: bool, ledger: &Arc<dyn Ledger>) -> Vec<Routed> {
    let mut scopes: Vec<Entry<'_>> = Vec::new();
    for entry in top.entries("budget") {
        entry.keys(&KEYS);
        let scope = scope(&entry);
        let terms = terms(&entry, tenants);
        // One that limits how fast alone needs no amount.
        let money = entry.has("limit") || entry.has("window") || terms.rates.is_empty();
        let limits = match money {
            true => limit(&entry).zip(window(&entry)).map(|limit| vec![limit]),
            false => Some(Vec::new()),
        };
        let (Some(scope), Some(limits)) = (scope, limits) else {
            continue;
        };
        match scopes.iter_mut().find(|known| known.scope == scope) {
            None => scopes.push(Entry {
                scope,
                terms,
                limits,
            }),
            Some(known)
                if limits.is_empty() || known.limits.iter().any(|had| had.1 == limits[0].1) =>
            {
                let what = "this scope has a limit for this window already; leave one out";
                entry.wrong("window", what);
            }
            Some(known) if known.terms != terms => {
                let what = "this scope stands above with other settings; entries of one scope differ in `limit` and `window` alone";
                entry.wrong("scope", what);
            }
            Some(known) => known.limits.extend(limits),
        }
    }
    let budgets = scopes.into_iter();
    budgets.map(|entry| entry.budget(ledger)).collect()
}

fn scope<'a>(entry: &Reader<'a>) -> Option<&'a str> {
    let scope = entry.needed("scope")?;
    let plain = !scope.is_empty() && scope.len() <= 128 && !scope.chars().any(char::is_control);
    if !plain {
        entry.wrong("scope", "must be a name of 1 to 128 bytes");
    }
    plain.then_some(scope)
}

fn limit(entry: &Reader<'_>) -> Option<Usd> {
    if !entry.has("limit") {
        entry.wrong(
            "limit",
            "is missing; write an amount in USD such as \"10.00\"",
        );
    }
    entry.usd("limit")
}

fn window(entry: &Reader<'_>) -> Option<Window> {
    let words = WINDOWS.map(|window| (window.as_str(), window));
    if !entry.has("window") {
        let what = "is missing; write one of minute, hour, day, month, total";
        entry.wrong("window", what);
    }
    entry.word("window", &words)
}

fn terms<'a>(entry: &Reader<'a>, tenants: bool) -> Terms<'a> {
    let time_zone = entry.text("time_zone").filter(|zone| {
        let known = zone.parse::<crate::budget::TimeZone>();
        if let Err(why) = &known {
            entry.wrong("time_zone", why.to_string());
        }
        known.is_ok()
    });
    let route = entry.text("route");
    if let Some(route) = route.filter(|route| *route != ROUTE) {
        let what = "is no route that costs money here; there is";
        entry.wrong_name("route", route, &format!("{what} {ROUTE:?}"), []);
    }
    let each = entry.word("each", &[("tenant", ())]).is_some();
    if each && !tenants {
        let what = "needs tenants: say who they are in `[tenants]` or `[[tenant]]`";
        entry.wrong("each", what);
    }
    let modes = [("enforce", Mode::Enforce), ("observe", Mode::Observe)];
    let default_max_output = entry.whole("default_max_output").and_then(|tokens| {
        let tokens = u32::try_from(tokens).ok().filter(|tokens| *tokens > 0);
        if tokens.is_none() {
            let what = "must be a number of tokens from 1 to 4294967295";
            entry.wrong("default_max_output", what);
        }
        tokens
    });
    Terms {
        time_zone,
        route: route.is_some(),
        each,
        mode: entry.word("mode", &modes).unwrap_or_default(),
        default_max_output,
        max_share: entry
            .has("max_share")
            .then(|| share(entry, "max_share"))
            .flatten(),
        hold_wait: entry.duration("hold_wait").filter(|wait| !wait.is_zero()),
        rates: [
            rate(entry, "requests_per_minute").map(RateLimit::requests),
            rate(entry, "tokens_per_minute").map(RateLimit::tokens),
        ]
        .into_iter()
        .flatten()
        .collect(),
        on_failure: entry
            .word(
                "on_failure",
                &[("refuse", OnFailure::Refuse), ("admit", OnFailure::Admit)],
            )
            .unwrap_or_default(),
        alerts: entry.has("alerts").then(|| shares(entry, "alerts")),
    }
}

/// How many in each minute.
fn rate(entry: &Reader<'_>, key: &str) -> Option<u64> {
    let found = entry.whole(key)?;
    if found == 0 {
        entry.wrong(key, "must be at least 1");
    }
    Some(found)
}

impl Entry<'_> {
    fn budget(self, ledger: &Arc<dyn Ledger>) -> Routed {
        let terms = self.terms;
        let mut budget = Budget::new(self.scope)
            .ledger(Arc::clone(ledger))
            .mode(terms.mode);
        for (amount, window) in self.limits {
            budget = budget.limit(amount, window);
        }
        if let Some(zone) = terms.time_zone {
            // It was looked up before; the file as a whole is refused where it was not found.
            budget = budget.clone().time_zone(zone).unwrap_or(budget);
        }
        if let Some(tokens) = terms.default_max_output {
            budget = budget.default_max_output(tokens);
        }
        if let Some(share) = terms.max_share {
            budget = budget.max_share(share);
        }
        if let Some(wait) = terms.hold_wait {
            budget = budget.hold_wait(wait);
        }
        for rate in terms.rates {
            budget = budget.rate(rate);
        }
        if let Some(alerts) = terms.alerts {
            budget = budget.alerts(alerts);
        }
        budget = budget.on_failure(terms.on_failure);
        if terms.each {
            budget = budget.each_tenant();
        }
        (budget, terms.route.then(|| ROUTE_END.into()))
    }
}
