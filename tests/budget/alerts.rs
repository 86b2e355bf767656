//! Shares of a limit that are told of.

use std::sync::{Arc, Mutex};

use tower_genai::{
    budget::{Alert, Budget, CutRule, MemoryLedger, Scope, Share, Window},
    context::Clock,
};

use super::support::{at, open, usd};

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn rig(change: impl FnOnce(Budget) -> Budget) -> (Clock, Told, [Scope; 1]) {
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let told = Told::default();
    let noted = told.clone();
    let budget = Budget::new("org")
        .limit(usd("10"), Window::Day)
        .on_alert(move |alert: &Alert| noted.0.lock().unwrap().push(alert.to_string()))
        .ledger(ledger);
    (clock, told, [change(budget).scope()])
}

fn spend(scopes: &[Scope], amount: &str) {
    let hold = open(scopes, usd(amount), CutRule::Bound).unwrap();
    hold.settle(usd(amount));
}

#[test]
fn each_share_is_told_of_once_in_a_window() {
    let (clock, told, scopes) = rig(|budget| budget);
    spend(&scopes, "4.99");
    assert!(told.take().is_empty());
    // What is only held does not count.
    open(&scopes, usd("5"), CutRule::Bound).unwrap().release();
    assert!(told.take().is_empty());
    spend(&scopes, "0.01");
    assert_eq!(
        told.take(),
        ["budget `org` has spent 5.00 of 10.00 USD (window: day), 50 % or more"]
    );
    spend(&scopes, "0.50");
    assert!(told.take().is_empty());
    spend(&scopes, "4.50");
    assert_eq!(
        told.take(),
        ["budget `org` has spent 10.00 of 10.00 USD (window: day), 100 % or more"],
        "of several shares at once the highest"
    );
    clock.set(at("2026-03-29T00:00:00Z"));
    spend(&scopes, "8");
    assert_eq!(told.take().len(), 1, "the next window is another one");
}

#[test]
fn a_window_with_too_little_left_is_spent() {
    let (_, told, scopes) = rig(|budget| budget.alerts([Share::WHOLE]));
    spend(&scopes, "9.50");
    assert!(told.take().is_empty());
    for _ in 0..3 {
        assert!(open(&scopes, usd("1"), CutRule::Bound).is_err());
    }
    assert_eq!(
        told.take(),
        ["budget `org` refuses calls: it has spent 9.50 of 10.00 USD (window: day)"],
        "once"
    );
}

#[test]
fn a_call_that_never_fits_alerts_nobody() {
    let (_, told, scopes) = rig(|budget| budget);
    assert!(open(&scopes, usd("11"), CutRule::Bound).is_err());
    assert!(told.take().is_empty());
}

#[test]
fn a_watcher_that_panics_harms_no_call() {
    let (_, _, scopes) = rig(|budget| budget.on_alert(|_: &Alert| panic!("on purpose")));
    spend(&scopes, "9");
    spend(&scopes, "1");
    assert_eq!(super::support::spent(&scopes[0]), usd("10"));
}

#[test]
fn an_observing_budget_alerts_too() {
    let (_, told, scopes) = rig(Budget::observe);
    spend(&scopes, "25");
    assert_eq!(told.take().len(), 1);
}
