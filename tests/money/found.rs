//! What the model has found, by hand.

use tower_genai::budget::{
    Ask, Budget, CutRule, End, Hold, HoldId, RateLimit, RefusedKind, Settlement, Window,
};

use crate::rig::{Rig, answer, file, label, memory, nanos, open, redis, reserve, usd};

/// A hold of nothing whose account is gone by the time that it ends has used more tokens than it took.
async fn tokens_above_what_was_taken(rig: &Rig) {
    let pace = Budget::new("pace")
        .limit(usd("1"), Window::Day)
        .rate(RateLimit::tokens(60))
        .ledger(rig.ledger.clone())
        .scope();
    let scopes = [pace];
    let ask = |tokens| Hold::open(&scopes, nanos(0), label(), CutRule::Bound).tokens(tokens);
    let mut hold = ask(1).await.unwrap();
    rig.later(1);
    hold.sent();
    hold.used(61);
    hold.settle(nanos(0));
    rig.ledger.flush().await.unwrap();
    let refused = ask(1).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Rate);
}

#[test]
fn tokens_above_what_was_taken_memory() {
    memory(tokens_above_what_was_taken);
}

#[test]
fn tokens_above_what_was_taken_file() {
    file(tokens_above_what_was_taken);
}

#[test]
fn tokens_above_what_was_taken_redis() {
    redis(tokens_above_what_was_taken);
}

/// An ask for a hold that is open changes nothing, also where it was forced.
async fn again_what_was_forced(rig: &Rig) {
    let scopes = [rig.budget("org", usd("1"), Window::Day).scope()];
    let id = HoldId::unique();
    let label = label();
    let ask = Ask::new(id, &scopes, usd("0.4"), &label);
    for again in [ask.forced(), ask, ask.forced(), ask] {
        answer(rig.ledger.reserve(&again)).await.unwrap();
        assert_eq!(rig.held("org", Window::Day).await, 400_000_000);
    }
    rig.ledger.settle(id, End::Metered(usd("0.1")).into());
    assert_eq!(rig.spent("org", Window::Day).await, 100_000_000);
}

#[test]
fn again_what_was_forced_memory() {
    memory(again_what_was_forced);
}

#[test]
fn again_what_was_forced_file() {
    file(again_what_was_forced);
}

#[test]
fn again_what_was_forced_redis() {
    redis(again_what_was_forced);
}

/// An account that an ask names twice gives its requests once.
async fn requests_of_an_account_met_twice(rig: &Rig) {
    let pace = Budget::new("pace")
        .rate(RateLimit::requests(60).burst(4))
        .ledger(rig.ledger.clone())
        .scope();
    let twice = [pace.clone(), pace];
    for _ in 0..4 {
        let label = label();
        let ask = Ask::new(HoldId::unique(), &twice, nanos(0), &label).requests(1);
        answer(rig.ledger.reserve(&ask)).await.unwrap();
    }
    let label = label();
    let ask = Ask::new(HoldId::unique(), &twice, nanos(0), &label).requests(1);
    let refused = answer(rig.ledger.reserve(&ask)).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Rate);
}

#[test]
fn requests_of_an_account_met_twice_memory() {
    memory(requests_of_an_account_met_twice);
}

#[test]
fn requests_of_an_account_met_twice_file() {
    file(requests_of_an_account_met_twice);
}

#[test]
fn requests_of_an_account_met_twice_redis() {
    redis(requests_of_an_account_met_twice);
}

/// A hold of nothing expires, and has cost something after all: it stays spent, whoever comes and goes beside it.
async fn late_cost_of_a_hold_of_nothing(rig: &Rig) {
    let scopes = [rig.budget("org", usd("1"), Window::Total).scope()];
    let free = HoldId::unique();
    reserve(&scopes, free, nanos(0)).await.unwrap();
    rig.later(1_800);
    let beside = open(&scopes, usd("0.5"), CutRule::Bound).await.unwrap();
    rig.later(1_800);
    let cost = Settlement::new(End::Metered(usd("0.2")));
    rig.ledger.settle(free, cost);
    assert_eq!(rig.spent("org", Window::Total).await, 200_000_000);
    beside.release();
    assert_eq!(rig.spent("org", Window::Total).await, 200_000_000);
}

#[test]
fn late_cost_of_a_hold_of_nothing_memory() {
    memory(late_cost_of_a_hold_of_nothing);
}

#[test]
fn late_cost_of_a_hold_of_nothing_file() {
    file(late_cost_of_a_hold_of_nothing);
}

#[test]
fn late_cost_of_a_hold_of_nothing_redis() {
    redis(late_cost_of_a_hold_of_nothing);
}
