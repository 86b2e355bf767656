use tower_genai::{
    budget::{
        AccountId, Budget, CutRule, End, Hold, HoldId, Refund, RefundError, RefusedKind, Scope,
        Window,
    },
    money::Usd,
};

use super::{
    server::Server,
    support::{assert_at_rest, held, ledger, nanos, open, reserve, snapshot, spent, usd},
};

/// A server, and a budget of ten dollars there.
async fn budget() -> Option<(Server, Budget, [Scope; 1])> {
    let server = Server::start().await?;
    let budget = Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(ledger(&server));
    let scope = budget.scope();
    Some((server, budget, [scope]))
}

/// A budget beside it in the same ledger, of its own account.
fn beside(budget: &Budget, name: &str) -> Budget {
    Budget::new(name)
        .limit(usd("10"), Window::Total)
        .within(budget)
}

#[tokio::test]
async fn every_state_has_its_end_when_dropped() {
    type Act = fn(&mut Hold);
    let table: [(Act, CutRule, &str, usize); 7] = [
        (|_| {}, CutRule::Bound, "0", 0),
        (|_| {}, CutRule::Stops, "0", 0),
        (|hold| hold.sent(), CutRule::Stops, "2", 1),
        (|hold| hold.seen(usd("0.5")), CutRule::Bound, "2", 1),
        (|hold| hold.seen(usd("0.5")), CutRule::Stops, "0.5", 1),
        (
            |hold| {
                hold.seen(usd("0.5"));
                hold.sent();
                hold.seen(usd("0.4"));
            },
            CutRule::Stops,
            "0.5",
            1,
        ),
        (|hold| hold.seen(usd("9")), CutRule::Stops, "2", 1),
    ];
    let Some((_server, org, _)) = budget().await else {
        return;
    };
    let mut listed = 0;
    for (row, (act, rule, expected, doubtful)) in table.into_iter().enumerate() {
        let scopes = [beside(&org, &format!("row-{row}")).scope()];
        let mut hold = open(&scopes, usd("2"), rule).await.unwrap();
        assert_eq!(held(&scopes[0]).await, usd("2"));
        act(&mut hold);
        drop(hold);
        assert_eq!(spent(&scopes[0]).await, usd(expected), "row {row}");
        let seen = snapshot(&**scopes[0].ledger()).await;
        assert_at_rest(&seen);
        listed += doubtful;
        assert_eq!(seen.doubtful.len(), listed, "row {row}");
        assert_eq!(seen.bound_exceeded, 0);
    }
}

#[tokio::test]
async fn a_hold_ends_once() {
    let ends = [
        End::Released,
        End::Metered(usd("1")),
        End::AtBound,
        End::Cut(usd("0.25")),
    ];
    let Some((_server, org, _)) = budget().await else {
        return;
    };
    for first in ends {
        for second in ends {
            let scopes = [beside(&org, &format!("{first:?}{second:?}")).scope()];
            let ledger = scopes[0].ledger();
            let id = HoldId::unique();
            reserve(&**ledger, id, &scopes, usd("2")).await.unwrap();
            ledger.settle(id, first.into());
            let after = snapshot(&**ledger).await;
            ledger.settle(id, second.into());
            assert_eq!(
                snapshot(&**ledger).await,
                after,
                "{first:?} then {second:?}"
            );
        }
    }
}

#[tokio::test]
async fn asking_again_for_an_open_hold_changes_nothing() {
    let Some((_server, org, scopes)) = budget().await else {
        return;
    };
    let ledger = scopes[0].ledger();
    let id = HoldId::unique();
    reserve(&**ledger, id, &scopes, usd("6")).await.unwrap();
    let before = snapshot(&**ledger).await;
    reserve(&**ledger, id, &scopes, usd("6")).await.unwrap();
    assert_eq!(snapshot(&**ledger).await, before);
    // Another ask under the same id is not granted by it.
    assert!(reserve(&**ledger, id, &scopes, usd("7")).await.is_err());
    let other = [beside(&org, "other").scope()];
    assert!(reserve(&**ledger, id, &other, usd("1")).await.is_err());
    assert_eq!(snapshot(&**ledger).await, before);
    ledger.settle(id, End::Released.into());
    assert_at_rest(&snapshot(&**ledger).await);
}

#[tokio::test]
async fn a_settle_before_its_reserve_leaves_nothing_to_take() {
    let Some((_server, _, scopes)) = budget().await else {
        return;
    };
    let ledger = scopes[0].ledger();
    let id = HoldId::unique();
    ledger.settle(id, End::Released.into());
    ledger.flush().await.unwrap();
    assert!(reserve(&**ledger, id, &scopes, usd("6")).await.is_err());
    assert_at_rest(&snapshot(&**ledger).await);
    open(&scopes, usd("10"), CutRule::Bound)
        .await
        .unwrap()
        .release();
}

/// Without a runtime, while another panic unwinds, and after the runtime is gone.
#[test]
fn dropped_anywhere_it_ends() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some((server, org, scopes)) = runtime.block_on(budget()) else {
        return;
    };
    let [first, second, third] = [1, 2, 3].map(|_| {
        runtime
            .block_on(open(&scopes, usd("1"), CutRule::Bound))
            .unwrap()
    });
    runtime.spawn(async move {
        let _first = first;
        std::future::pending::<()>().await;
    });
    drop(runtime);
    let mut second = second;
    second.sent();
    drop(second);
    let thread = std::thread::spawn(move || {
        let mut third = third;
        third.sent();
        panic!("on purpose");
    });
    assert!(thread.join().is_err());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(runtime.block_on(spent(&scopes[0])), usd("2"));
    assert_at_rest(&runtime.block_on(snapshot(&**scopes[0].ledger())));
    // A ledger that is dropped right after an end has sent it.
    let mut last = runtime
        .block_on(open(&scopes, usd("1"), CutRule::Bound))
        .unwrap();
    last.sent();
    drop((last, scopes, org));
    let again = Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(ledger(&server));
    let seen = runtime.block_on(snapshot(&**again.scope().ledger()));
    let window = seen.account("org").unwrap().window(Window::Total).unwrap();
    assert_eq!((window.spent, window.held), (usd("3"), Usd::ZERO));
}

#[tokio::test]
async fn a_cost_above_the_bound_is_recorded_as_it_is() {
    let Some((_server, _, scopes)) = budget().await else {
        return;
    };
    let mut hold = open(&scopes, usd("2"), CutRule::Bound).await.unwrap();
    hold.sent();
    hold.settle(usd("11"));
    assert_eq!(spent(&scopes[0]).await, usd("11"));
    assert_eq!(snapshot(&**scopes[0].ledger()).await.bound_exceeded, 1);
    let refused = open(&scopes, nanos(1), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    // What is free stays possible.
    let free = open(&scopes, Usd::ZERO, CutRule::Bound).await.unwrap();
    free.settle(Usd::ZERO);
}

#[tokio::test]
async fn given_up_while_asked_for_it_takes_nothing() {
    let Some((_server, _, scopes)) = budget().await else {
        return;
    };
    for _ in 0..50 {
        let mut opening = Box::pin(open(&scopes, usd("10"), CutRule::Bound));
        let waker = std::task::Waker::noop();
        let _ = opening
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        tokio::task::yield_now().await;
        drop(opening);
    }
    assert_at_rest(&snapshot(&**scopes[0].ledger()).await);
    open(&scopes, usd("10"), CutRule::Bound)
        .await
        .unwrap()
        .release();
}

#[tokio::test]
async fn spent_is_told_from_held() {
    let Some((_server, org, outer)) = budget().await else {
        return;
    };
    let team = Budget::new("team")
        .limit(usd("4"), Window::Total)
        .within(&org);
    let scopes = [outer[0].clone(), team.scope()];
    let mut first = open(&scopes, usd("3"), CutRule::Bound).await.unwrap();
    let refused = open(&scopes, usd("2"), CutRule::Bound).await.unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("team", RefusedKind::Held)
    );
    first.sent();
    drop(first);
    scopes[0].ledger().flush().await.unwrap();
    let refused = open(&scopes, usd("2"), CutRule::Bound).await.unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("team", RefusedKind::Spent)
    );
    let seen = refused.allowance().unwrap();
    assert_eq!(
        (seen.limit(), seen.spent(), seen.held()),
        (usd("4"), usd("3"), Usd::ZERO)
    );
    assert_eq!(refused.retry_after(), None, "a total is never renewed");
    // The inner one is spent, the outer one only held: spent is said, for waiting a second would not help.
    let _outer = open(&scopes[..1], usd("6.5"), CutRule::Bound)
        .await
        .unwrap();
    let refused = open(&scopes, usd("2"), CutRule::Bound).await.unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("team", RefusedKind::Spent)
    );
    // Both are spent: the outer one is said.
    let refused = open(&scopes, usd("8"), CutRule::Bound).await.unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("org", RefusedKind::Spent)
    );
    assert!(!refused.never_fits());
    assert!(
        open(&scopes, usd("11"), CutRule::Bound)
            .await
            .unwrap_err()
            .never_fits()
    );
}

#[tokio::test]
async fn nothing_wraps_near_the_largest_amount() {
    let Some((_server, org, _)) = budget().await else {
        return;
    };
    let scopes = [Budget::new("most")
        .limit(Usd::MAX, Window::Total)
        .within(&org)
        .scope()];
    let most = open(&scopes, Usd::MAX, CutRule::Bound).await.unwrap();
    for asked in [nanos(1), Usd::MAX] {
        let refused = open(&scopes, asked, CutRule::Bound).await.unwrap_err();
        assert_eq!(refused.kind(), RefusedKind::Held);
    }
    most.settle(Usd::MAX);
    assert_eq!(spent(&scopes[0]).await, Usd::MAX);
    let refused = open(&scopes, nanos(1), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    // Observing, sums go beyond what an amount can show; releasing must not lose any of it.
    let wide = Budget::new("wide")
        .limit(usd("1"), Window::Total)
        .within(&org)
        .observe();
    let scopes = [wide.scope()];
    let mut holds = Vec::new();
    for _ in 0..5 {
        holds.push(open(&scopes, Usd::MAX, CutRule::Bound).await.unwrap());
    }
    assert_eq!(held(&scopes[0]).await, Usd::MAX);
    for hold in holds {
        hold.settle(nanos(1));
    }
    assert_eq!(spent(&scopes[0]).await, nanos(5));
    assert_eq!(held(&scopes[0]).await, Usd::ZERO);
    // Where doubles are no longer exact.
    for edge in [1_u64 << 53, 1_000_000_000_000_000, Usd::MAX.nanos()] {
        for off in [-1_i64, 0, 1] {
            let Some(limit) = edge.checked_add_signed(off).and_then(Usd::from_nanos) else {
                continue;
            };
            let edgy = Budget::new(format!("{edge}{off}"))
                .limit(limit, Window::Total)
                .within(&org);
            let scopes = [edgy.scope()];
            let rest = limit.saturating_sub(nanos(1));
            open(&scopes, rest, CutRule::Bound)
                .await
                .unwrap()
                .settle(rest);
            assert!(
                open(&scopes, nanos(2), CutRule::Bound).await.is_err(),
                "{limit}"
            );
            open(&scopes, nanos(1), CutRule::Bound)
                .await
                .unwrap()
                .settle(nanos(1));
            assert_eq!(spent(&scopes[0]).await, limit);
            assert!(
                open(&scopes, nanos(1), CutRule::Bound).await.is_err(),
                "{limit}"
            );
        }
    }
}

#[tokio::test]
async fn refunds_are_made_once_and_never_below_nothing() {
    let Some((_server, _, scopes)) = budget().await else {
        return;
    };
    let ledger = scopes[0].ledger();
    let mut hold = open(&scopes, usd("4"), CutRule::Bound).await.unwrap();
    let id = hold.id();
    hold.sent();
    drop(hold);
    let listed = snapshot(&**ledger).await.doubtful;
    assert_eq!((listed[0].id, listed[0].charged), (id, usd("4")));
    let refund = async |name: &'static str, amount: &str| {
        let refund = Refund::of_hold(name, id, usd(amount));
        ledger.refund(&refund).await
    };
    assert_eq!(refund("r1", "3").await, Ok(usd("3")));
    assert_eq!(refund("r1", "3").await, Ok(usd("3")), "repeated");
    assert_eq!(spent(&scopes[0]).await, usd("1"));
    assert_eq!(refund("r2", "3").await, Ok(usd("1")));
    assert_eq!(refund("r3", "3").await, Ok(Usd::ZERO));
    assert_eq!(spent(&scopes[0]).await, Usd::ZERO);
    assert_eq!(snapshot(&**ledger).await.doubtful[0].refunded, usd("4"));
    let unknown = Refund::of_hold("r4", HoldId::unique(), usd("1"));
    assert_eq!(ledger.refund(&unknown).await, Err(RefundError::UnknownHold));
    let settled = open(&scopes, usd("2"), CutRule::Bound).await.unwrap();
    settled.settle(usd("2"));
    ledger.flush().await.unwrap();
    let credit = Refund::of_account("credit", AccountId::new("org", None), usd("5"));
    assert_eq!(ledger.refund(&credit).await, Ok(usd("2")));
    assert_eq!(ledger.refund(&credit).await, Ok(usd("2")));
    assert_eq!(spent(&scopes[0]).await, Usd::ZERO);
    let unknown = Refund::of_account("other", AccountId::new("nobody", None), usd("5"));
    assert_eq!(
        ledger.refund(&unknown).await,
        Err(RefundError::UnknownAccount)
    );
}

#[tokio::test]
async fn changed_limits_keep_what_is_spent_and_held() {
    let Some((_server, before, scopes)) = budget().await else {
        return;
    };
    let hold = open(&scopes, usd("4"), CutRule::Bound).await.unwrap();
    let other = open(&scopes, usd("3"), CutRule::Bound).await.unwrap();
    other.settle(usd("3"));
    assert_eq!(spent(&scopes[0]).await, usd("3"));
    let of = |limit: &str| {
        Budget::new("org")
            .limit(usd(limit), Window::Total)
            .within(&before)
    };
    let lower = of("5");
    let seen = lower.scope().allowance().unwrap();
    assert_eq!(
        (seen.spent(), seen.held(), seen.left()),
        (usd("3"), usd("4"), Usd::ZERO)
    );
    let refused = open(&[lower.scope()], usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Held);
    hold.release();
    let within = open(&[lower.scope()], usd("2"), CutRule::Bound)
        .await
        .unwrap();
    assert!(
        open(&[lower.scope()], usd("1"), CutRule::Bound)
            .await
            .is_err()
    );
    // Without any limit it is not kept at all, and then goes on from there.
    let free = Budget::new("org").within(&before);
    assert!(
        !open(&[free.scope()], usd("99"), CutRule::Bound)
            .await
            .unwrap()
            .is_kept()
    );
    within.release();
    assert_eq!(spent(&of("100").scope()).await, usd("3"));
    assert_eq!(of("100").scope().allowance().unwrap().left(), usd("97"));
}

#[tokio::test]
async fn observing_refuses_nothing_and_says_what_it_would_have() {
    let Some((_server, within, _)) = budget().await else {
        return;
    };
    let org = Budget::new("watching")
        .limit(usd("1"), Window::Total)
        .within(&within)
        .observe();
    let team = Budget::new("team")
        .limit(usd("5"), Window::Total)
        .within(&within);
    let scopes = [org.scope(), team.scope()];
    for _ in 0..2 {
        let mut hold = open(&scopes, usd("2"), CutRule::Bound).await.unwrap();
        hold.sent();
    }
    let seen = snapshot(&**org.scope().ledger()).await;
    let account = seen.account("watching").unwrap();
    assert_eq!(account.window(Window::Total).unwrap().spent, usd("4"));
    assert_eq!((account.would_refuse, seen.would_refuse), (2, 2));
    let models = &account.windows[0].models;
    assert_eq!((models[0].attempts, models[0].spent), (2, usd("4")));
    assert_eq!(models[0].label, super::support::label());
    // The other one still refuses, and then the observing one is not charged either.
    assert!(open(&scopes, usd("2"), CutRule::Bound).await.is_err());
    assert_at_rest(&snapshot(&**org.scope().ledger()).await);
}

#[tokio::test]
async fn an_account_met_twice_is_charged_once_under_all_its_limits() {
    let Some((_server, org, _)) = budget().await else {
        return;
    };
    let strict = Budget::new("org")
        .limit(usd("3"), Window::Total)
        .limit(usd("2"), Window::Month)
        .within(&org);
    let scopes = [org.scope(), strict.scope(), org.scope()];
    let hold = open(&scopes, usd("1.5"), CutRule::Bound).await.unwrap();
    assert_eq!(held(&org.scope()).await, usd("1.5"));
    assert!(open(&scopes, usd("1"), CutRule::Bound).await.is_err());
    open(&scopes[..1], usd("1"), CutRule::Bound)
        .await
        .unwrap()
        .release();
    hold.settle(usd("1.5"));
    assert_eq!(spent(&org.scope()).await, usd("1.5"));
}

/// Whoever waits for money that others hold gets it when it comes back.
#[tokio::test]
async fn calls_wait_for_held_money() {
    let Some((_server, org, _)) = budget().await else {
        return;
    };
    let waiting = Budget::new("waiting")
        .limit(usd("1"), Window::Total)
        .hold_wait(std::time::Duration::from_secs(10))
        .within(&org);
    let scopes = [waiting.scope()];
    let first = open(&scopes, usd("1"), CutRule::Bound).await.unwrap();
    let second = tokio::spawn({
        let scopes = scopes.clone();
        async move { open(&scopes, usd("1"), CutRule::Bound).await }
    });
    tokio::task::yield_now().await;
    first.release();
    second.await.unwrap().unwrap().release();
    assert_at_rest(&snapshot(&**scopes[0].ledger()).await);
}
