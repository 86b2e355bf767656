//! Holds that nobody ends in time, and accounts that there is no room for.

use std::{sync::Arc, time::Duration};

use tower_genai::{
    budget::{
        Budget, End, HoldId, Ledger, MemoryLedger, Refund, RefusedKind, Scope, ScopeKey,
        Settlement, Window,
    },
    context::Clock,
    money::Usd,
};

use super::support::{assert_at_rest, at, held, reserve, spent, usd};

const LEASE: Duration = Duration::from_secs(600);

fn rig() -> (Clock, Arc<MemoryLedger>, [Scope; 1]) {
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()).lease(LEASE));
    let budget = Budget::new("org").limit(usd("10"), Window::Day);
    let scopes = [budget.ledger(ledger.clone()).scope()];
    (clock, ledger, scopes)
}

fn expired(clock: &Clock, ledger: &MemoryLedger, scopes: &[Scope]) -> HoldId {
    let id = HoldId::unique();
    reserve(ledger, id, scopes, usd("4")).unwrap();
    let view = &ledger.snapshot().holds[0];
    assert_eq!(view.expires_at, view.since + LEASE);
    clock.advance(LEASE - Duration::from_nanos(1));
    assert_eq!((held(&scopes[0]), spent(&scopes[0])), (usd("4"), Usd::ZERO));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(
        (held(&scopes[0]), spent(&scopes[0])),
        (Usd::ZERO, usd("4")),
        "spent, not freed"
    );
    let snapshot = ledger.snapshot();
    assert_at_rest(&snapshot);
    let listed = &snapshot.doubtful[0];
    assert_eq!(
        (listed.id, listed.charged, listed.expired),
        (id, usd("4"), true)
    );
    id
}

#[test]
fn a_late_end_corrects_what_was_charged_and_does_so_once() {
    let ends = [
        (End::Released, "0", 0),
        (End::Metered(usd("1")), "1", 0),
        (End::Metered(usd("5")), "5", 0),
        (End::Cut(usd("2")), "2", 1),
        (End::AtBound, "4", 1),
    ];
    for (end, expected, doubtful) in ends {
        let (clock, ledger, scopes) = rig();
        let id = expired(&clock, &ledger, &scopes);
        for _ in 0..2 {
            ledger.settle(id, end.into());
            assert_eq!(spent(&scopes[0]), usd(expected), "{end:?}");
        }
        ledger.settle(id, Settlement::new(End::Metered(usd("9"))));
        assert_eq!(
            spent(&scopes[0]),
            usd(expected),
            "{end:?}, and then another"
        );
        let snapshot = ledger.snapshot();
        assert_at_rest(&snapshot);
        assert_eq!(snapshot.doubtful.len(), doubtful, "{end:?}");
        assert!(snapshot.doubtful.iter().all(|doubt| !doubt.expired));
        assert_eq!(
            snapshot.bound_exceeded,
            u64::from(end == End::Metered(usd("5")))
        );
    }
}

#[test]
fn what_was_refunded_meanwhile_is_not_given_twice() {
    let (clock, ledger, scopes) = rig();
    let id = expired(&clock, &ledger, &scopes);
    assert_eq!(
        ledger.refund(&Refund::of_hold("r", id, usd("3"))),
        Ok(usd("3"))
    );
    assert_eq!(spent(&scopes[0]), usd("1"));
    ledger.settle(id, End::Metered(usd("2")).into());
    assert_eq!(spent(&scopes[0]), usd("2"), "the truth");
}

#[test]
fn a_late_end_in_a_window_that_is_gone_changes_no_other() {
    let (clock, ledger, scopes) = rig();
    let id = expired(&clock, &ledger, &scopes);
    clock.advance(Duration::from_secs(86_400));
    ledger.settle(id, End::Released.into());
    assert_eq!(spent(&scopes[0]), Usd::ZERO);
    reserve(&*ledger, HoldId::unique(), &scopes, usd("10")).unwrap();
}

#[test]
fn leases_of_ended_holds_take_no_room_and_expire_nothing() {
    let (clock, ledger, scopes) = rig();
    for _ in 0..10_000 {
        let id = HoldId::unique();
        reserve(&*ledger, id, &scopes, usd("0.001")).unwrap();
        ledger.settle(id, End::Metered(usd("0.0001")).into());
    }
    clock.advance(LEASE * 2);
    let snapshot = ledger.snapshot();
    assert_eq!((snapshot.doubtful_count, snapshot.holds.len()), (0, 0));
    assert_eq!(spent(&scopes[0]), usd("1"));
}

#[test]
fn when_it_is_full_nothing_live_is_forgotten_and_hard_limits_refuse() {
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()).most_accounts(100));
    let users = Budget::new("user")
        .limit(usd("1"), Window::Hour)
        .ledger(ledger.clone());
    let user = |n: usize| [users.scope_of(ScopeKey::new(&n.to_string()).unwrap())];
    let spend = |n: usize| {
        let id = HoldId::unique();
        reserve(&*ledger, id, &user(n), usd("1")).map(|()| {
            ledger.settle(id, End::Metered(usd("1")).into());
        })
    };
    for n in 0..100 {
        spend(n).unwrap();
    }
    for n in 100..1_000 {
        assert_eq!(spend(n).unwrap_err().kind(), RefusedKind::Full);
    }
    for n in 0..100 {
        assert_eq!(
            spend(n).unwrap_err().kind(),
            RefusedKind::Spent,
            "not forgotten"
        );
    }
    // Who only observes goes uncounted, and that is said.
    let watching = Budget::new("watching")
        .limit(usd("1"), Window::Hour)
        .observe();
    let watching = [watching.ledger(ledger.clone()).scope()];
    reserve(&*ledger, HoldId::unique(), &watching, usd("1")).unwrap();
    assert_eq!(ledger.snapshot().uncounted, 1);
    // What is over makes room.
    clock.advance(Duration::from_secs(3_600));
    spend(1_000).unwrap();
}
