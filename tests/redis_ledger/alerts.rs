//! Shares of a limit that are told of.

use std::sync::{Arc, Mutex};

use tower_genai::{
    budget::{Alert, Budget, CutRule, Scope, Share, Window},
    context::Clock,
};

use super::{
    server::Server,
    support::{at, ledger_at, open, usd},
};

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn rig(change: impl FnOnce(Budget) -> Budget) -> Option<(Server, Clock, Told, [Scope; 1])> {
    let server = Server::start().await?;
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(ledger_at(&server.url()).server_clock(clock.clone()));
    let told = Told::default();
    let noted = told.clone();
    let budget = Budget::new("org")
        .limit(usd("10"), Window::Day)
        .on_alert(move |alert: &Alert| noted.0.lock().unwrap().push(alert.to_string()))
        .ledger(ledger);
    Some((server, clock, told, [change(budget).scope()]))
}

async fn spend(scopes: &[Scope], amount: &str) {
    let hold = open(scopes, usd(amount), CutRule::Bound).await.unwrap();
    hold.settle(usd(amount));
    scopes[0].ledger().flush().await.unwrap();
}

#[tokio::test]
async fn each_share_is_told_of_once_in_a_window() {
    let Some((_server, clock, told, scopes)) = rig(|budget| budget).await else {
        return;
    };
    spend(&scopes, "4.99").await;
    assert!(told.take().is_empty());
    // What is only held does not count.
    open(&scopes, usd("5"), CutRule::Bound)
        .await
        .unwrap()
        .release();
    assert!(told.take().is_empty());
    spend(&scopes, "0.01").await;
    assert_eq!(
        told.take(),
        ["budget `org` has spent 5.00 of 10.00 USD (window: day), 50 % or more"]
    );
    spend(&scopes, "0.50").await;
    assert!(told.take().is_empty());
    spend(&scopes, "4.50").await;
    assert_eq!(
        told.take(),
        ["budget `org` has spent 10.00 of 10.00 USD (window: day), 100 % or more"],
        "of several shares at once the highest"
    );
    clock.set(at("2026-03-29T00:00:00Z"));
    spend(&scopes, "8").await;
    assert_eq!(told.take().len(), 1, "the next window is another one");
}

#[tokio::test]
async fn a_window_with_too_little_left_is_spent() {
    let Some((_server, _, told, scopes)) = rig(|budget| budget.alerts([Share::WHOLE])).await else {
        return;
    };
    spend(&scopes, "9.50").await;
    assert!(told.take().is_empty());
    for _ in 0..3 {
        assert!(open(&scopes, usd("1"), CutRule::Bound).await.is_err());
    }
    // It is told of beside the refusal, not before it.
    while told.0.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    scopes[0].ledger().snapshot().await.unwrap();
    assert_eq!(
        told.take(),
        ["budget `org` refuses calls: it has spent 9.50 of 10.00 USD (window: day)"],
        "once"
    );
}

#[tokio::test]
async fn a_call_that_never_fits_alerts_nobody() {
    let Some((_server, _, told, scopes)) = rig(|budget| budget).await else {
        return;
    };
    assert!(open(&scopes, usd("11"), CutRule::Bound).await.is_err());
    assert!(told.take().is_empty());
}

#[tokio::test]
async fn a_watcher_that_panics_harms_no_call() {
    let Some((_server, _, _, scopes)) =
        rig(|budget| budget.on_alert(|_: &Alert| panic!("on purpose"))).await
    else {
        return;
    };
    spend(&scopes, "9").await;
    spend(&scopes, "1").await;
    assert_eq!(super::support::spent(&scopes[0]).await, usd("10"));
}

#[tokio::test]
async fn an_observing_budget_alerts_too() {
    let Some((_server, _, told, scopes)) = rig(Budget::observe).await else {
        return;
    };
    spend(&scopes, "25").await;
    assert_eq!(told.take().len(), 1);
}
