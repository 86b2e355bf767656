//! Holds that nobody ends in time, and accounts that there is no room for.

use std::{sync::Arc, time::Duration};

use tower_genai::{
    budget::{
        Budget, End, HoldId, Ledger, RedisLedger, Refund, RefusedKind, Scope, ScopeKey, Settlement,
        Window,
    },
    context::Clock,
    money::Usd,
};

use super::{
    server::Server,
    support::{assert_at_rest, at, held, ledger_at, reserve, snapshot, spent, usd},
};

const LEASE: Duration = Duration::from_secs(600);

async fn rig() -> Option<(Server, Clock, Arc<RedisLedger>, [Scope; 1])> {
    let server = Server::start().await?;
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(
        ledger_at(&server.url())
            .server_clock(clock.clone())
            .lease(LEASE),
    );
    let budget = Budget::new("org").limit(usd("10"), Window::Day);
    let scopes = [budget.ledger(ledger.clone()).scope()];
    Some((server, clock, ledger, scopes))
}

async fn expired(clock: &Clock, ledger: &RedisLedger, scopes: &[Scope]) -> HoldId {
    let id = HoldId::unique();
    reserve(ledger, id, scopes, usd("4")).await.unwrap();
    let view = &snapshot(ledger).await.holds[0];
    assert_eq!(view.expires_at, view.since + LEASE);
    clock.advance(LEASE - Duration::from_micros(1));
    assert_eq!(
        (held(&scopes[0]).await, spent(&scopes[0]).await),
        (usd("4"), Usd::ZERO)
    );
    clock.advance(Duration::from_micros(1));
    let seen = snapshot(ledger).await;
    assert_eq!(
        (held(&scopes[0]).await, spent(&scopes[0]).await),
        (Usd::ZERO, usd("4")),
        "spent, not freed"
    );
    assert_at_rest(&seen);
    let listed = &seen.doubtful[0];
    assert_eq!(
        (listed.id, listed.charged, listed.expired),
        (id, usd("4"), true)
    );
    id
}

#[tokio::test]
async fn a_late_end_corrects_what_was_charged_and_does_so_once() {
    let ends = [
        (End::Released, "0", 0),
        (End::Metered(usd("1")), "1", 0),
        (End::Metered(usd("5")), "5", 0),
        (End::Cut(usd("2")), "2", 1),
        (End::AtBound, "4", 1),
    ];
    for (end, expected, doubtful) in ends {
        let Some((_server, clock, ledger, scopes)) = rig().await else {
            return;
        };
        let id = expired(&clock, &ledger, &scopes).await;
        for _ in 0..2 {
            ledger.settle(id, end.into());
            assert_eq!(spent(&scopes[0]).await, usd(expected), "{end:?}");
        }
        ledger.settle(id, Settlement::new(End::Metered(usd("9"))));
        assert_eq!(
            spent(&scopes[0]).await,
            usd(expected),
            "{end:?}, and then another"
        );
        let snapshot = snapshot(&*ledger).await;
        assert_at_rest(&snapshot);
        assert_eq!(snapshot.doubtful.len(), doubtful, "{end:?}");
        assert!(snapshot.doubtful.iter().all(|doubt| !doubt.expired));
        assert_eq!(
            snapshot.bound_exceeded,
            u64::from(end == End::Metered(usd("5")))
        );
    }
}

#[tokio::test]
async fn what_was_refunded_meanwhile_is_not_given_twice() {
    let Some((_server, clock, ledger, scopes)) = rig().await else {
        return;
    };
    let id = expired(&clock, &ledger, &scopes).await;
    assert_eq!(
        ledger.refund(&Refund::of_hold("r", id, usd("3"))).await,
        Ok(usd("3"))
    );
    assert_eq!(spent(&scopes[0]).await, usd("1"));
    ledger.settle(id, End::Metered(usd("2")).into());
    assert_eq!(spent(&scopes[0]).await, usd("2"), "the truth");
}

#[tokio::test]
async fn a_late_end_in_a_window_that_is_gone_changes_no_other() {
    let Some((_server, clock, ledger, scopes)) = rig().await else {
        return;
    };
    let id = expired(&clock, &ledger, &scopes).await;
    clock.advance(Duration::from_secs(86_400));
    ledger.settle(id, End::Released.into());
    assert_eq!(spent(&scopes[0]).await, Usd::ZERO);
    reserve(&*ledger, HoldId::unique(), &scopes, usd("10"))
        .await
        .unwrap();
}

#[tokio::test]
async fn leases_of_ended_holds_take_no_room_and_expire_nothing() {
    let Some((_server, clock, ledger, scopes)) = rig().await else {
        return;
    };
    for _ in 0..300 {
        let id = HoldId::unique();
        reserve(&*ledger, id, &scopes, usd("0.001")).await.unwrap();
        ledger.settle(id, End::Metered(usd("0.001")).into());
    }
    ledger.flush().await.unwrap();
    clock.advance(LEASE * 2);
    let snapshot = snapshot(&*ledger).await;
    assert_eq!((snapshot.doubtful_count, snapshot.holds.len()), (0, 0));
    assert_eq!(spent(&scopes[0]).await, usd("0.3"));
}

#[tokio::test]
async fn when_it_is_full_nothing_live_is_forgotten_and_hard_limits_refuse() {
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let Some(server) = Server::start().await else {
        return;
    };
    let ledger = Arc::new(
        ledger_at(&server.url())
            .server_clock(clock.clone())
            .most_accounts(100),
    );
    let users = Budget::new("user")
        .limit(usd("1"), Window::Hour)
        .ledger(ledger.clone());
    let user = |n: usize| [users.scope_of(ScopeKey::new(&n.to_string()).unwrap())];
    let spend = async |n: usize| {
        let id = HoldId::unique();
        reserve(&*ledger, id, &user(n), usd("1")).await?;
        ledger.settle(id, End::Metered(usd("1")).into());
        ledger.flush().await.unwrap();
        Ok::<_, tower_genai::budget::Refused>(())
    };
    for n in 0..100 {
        spend(n).await.unwrap();
    }
    for n in 100..200 {
        assert_eq!(spend(n).await.unwrap_err().kind(), RefusedKind::Full);
    }
    for n in 0..100 {
        assert_eq!(
            spend(n).await.unwrap_err().kind(),
            RefusedKind::Spent,
            "not forgotten"
        );
    }
    // Who only observes goes uncounted, and that is said.
    let watching = Budget::new("watching")
        .limit(usd("1"), Window::Hour)
        .observe();
    let watching = [watching.ledger(ledger.clone()).scope()];
    reserve(&*ledger, HoldId::unique(), &watching, usd("1"))
        .await
        .unwrap();
    assert_eq!(snapshot(&*ledger).await.uncounted, 1);
    // What is over makes room.
    clock.advance(Duration::from_secs(3_600));
    spend(1_000).await.unwrap();
}
