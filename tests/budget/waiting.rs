//! Calls that wait for money that others hold.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, advance};
use tower_genai::{
    budget::{Budget, CutRule, Hold, MemoryLedger, RefusedKind, Scope, Window},
    money::Usd,
};

use super::support::{assert_at_rest, label, still, usd};

const WAIT: Duration = Duration::from_secs(5);

fn one(name: &str, ledger: &Arc<MemoryLedger>) -> Scope {
    let budget = Budget::new(name).limit(usd("1"), Window::Total);
    budget.hold_wait(WAIT).ledger(ledger.clone()).scope()
}

async fn ask(scopes: &[Scope], bound: &str) -> Result<Hold, RefusedKind> {
    let opening = Hold::open(scopes, usd(bound), label(), CutRule::Bound);
    opening.await.map_err(|refused| refused.kind())
}

/// Lets everything that can go on do so.
async fn turn() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn money_that_comes_back_goes_to_who_waits() {
    let ledger = Arc::new(still());
    let scopes = [one("org", &ledger)];
    let first = ask(&scopes, "0.8").await.unwrap();
    let began = Instant::now();
    let waiting = tokio::spawn({
        let scopes = scopes.clone();
        async move { ask(&scopes, "0.5").await }
    });
    turn().await;
    assert!(!waiting.is_finished());
    first.settle(usd("0.1"));
    let hold = waiting.await.unwrap().unwrap();
    assert_eq!(Instant::now(), began, "it was woken, and did not sleep");
    hold.release();
    assert_at_rest(&ledger.snapshot());
}

#[tokio::test(start_paused = true)]
async fn who_came_first_is_served_first() {
    let ledger = Arc::new(still());
    let scopes = [one("org", &ledger)];
    let all = ask(&scopes, "1").await.unwrap();
    let (served, mut order) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..6 {
        let (scopes, served) = (scopes.clone(), served.clone());
        tokio::spawn(async move {
            // The later ones ask for less, and would fit sooner.
            let bound = if number == 0 { "0.9" } else { "0.2" };
            let hold = ask(&scopes, bound).await.unwrap();
            served.send(number).unwrap();
            hold.release();
        });
        turn().await;
    }
    // As does whoever asks without having waited.
    all.release();
    let newcomer = ask(&scopes, "0.1").await.unwrap();
    drop(served);
    let mut seen = Vec::new();
    while let Some(number) = order.recv().await {
        seen.push(number);
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
    drop(newcomer);
    assert_at_rest(&ledger.snapshot());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_budget_says_and_for_what_never_fits_not_at_all() {
    let ledger = Arc::new(still());
    let scopes = [one("org", &ledger)];
    let all = ask(&scopes, "1").await.unwrap();
    let began = Instant::now();
    let (a, b) = tokio::join!(ask(&scopes, "0.5"), ask(&scopes, "0.6"));
    assert_eq!(a.unwrap_err(), RefusedKind::Held);
    assert_eq!(
        b.unwrap_err(),
        RefusedKind::Held,
        "though its turn never came"
    );
    assert_eq!(began.elapsed(), WAIT);
    let now = Instant::now();
    assert_eq!(ask(&scopes, "2").await.unwrap_err(), RefusedKind::Spent);
    assert_eq!(Instant::now(), now);
    drop(all);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_gives_its_place_up() {
    let ledger = Arc::new(still());
    let scopes = [one("org", &ledger)];
    let all = ask(&scopes, "1").await.unwrap();
    let leaves = tokio::spawn({
        let scopes = scopes.clone();
        async move { ask(&scopes, "1").await }
    });
    turn().await;
    let stays = tokio::spawn({
        let scopes = scopes.clone();
        async move { ask(&scopes, "1").await }
    });
    turn().await;
    leaves.abort();
    turn().await;
    all.release();
    stays.await.unwrap().unwrap().release();
    assert_at_rest(&ledger.snapshot());
    // The line is gone with them: a call is answered without a runtime again.
    let opened = super::support::open(&scopes, usd("1"), CutRule::Bound).unwrap();
    opened.release();
}

#[tokio::test(start_paused = true)]
async fn one_budget_s_line_keeps_nobody_from_another_s_money() {
    let ledger = Arc::new(still());
    let (a, b) = (one("a", &ledger), one("b", &ledger));
    let all_of_a = ask(std::slice::from_ref(&a), "1").await.unwrap();
    let waits_for_a = tokio::spawn({
        let scopes = [b.clone(), a.clone()];
        async move { ask(&scopes, "0.5").await }
    });
    turn().await;
    // Who waits holds nothing meanwhile.
    let now = Instant::now();
    let all_of_b = ask(std::slice::from_ref(&b), "1").await.unwrap();
    assert_eq!(Instant::now(), now);
    // Now it waits for the other one.
    all_of_a.release();
    turn().await;
    assert!(!waits_for_a.is_finished());
    all_of_b.settle(usd("0.2"));
    waits_for_a.await.unwrap().unwrap().release();
    assert_at_rest(&ledger.snapshot());
}

#[tokio::test(start_paused = true)]
async fn what_other_processes_free_is_found_by_looking() {
    let ledger = Arc::new(still());
    let scopes = [one("org", &ledger)];
    // As another process's: a budget of its own, with a room of its own.
    let theirs = [one("org", &ledger)];
    let all = ask(&theirs, "1").await.unwrap();
    let began = Instant::now();
    let waiting = tokio::spawn(async move { ask(&scopes, "1").await });
    turn().await;
    advance(Duration::from_millis(1_050)).await;
    all.settle(Usd::ZERO);
    waiting.await.unwrap().unwrap().release();
    assert!(
        began.elapsed() <= Duration::from_millis(1_200),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_that_wait_are_all_served_and_never_more_than_fit() {
    let ledger = super::support::Checked::shared();
    let budget = Budget::new("org")
        .limit(usd("10"), Window::Total)
        .hold_wait(Duration::from_secs(60))
        .ledger(ledger.clone());
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let scopes = [budget.scope()];
        calls.spawn(async move {
            let mut hold = ask(&scopes, "1").await.unwrap();
            hold.sent();
            tokio::task::yield_now().await;
            hold.settle(usd("0.009"));
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
    assert_eq!(super::support::spent(&budget.scope()), usd("9"));
    assert_at_rest(&super::support::snapshot(&*ledger));
}
