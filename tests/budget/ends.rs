use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use tower_genai::{
    budget::{
        AccountId, Budget, CutRule, End, Hold, HoldId, Refund, RefundError, RefusedKind, Scope,
        ScopeKey, Share, Window,
    },
    context::Tenant,
    money::Usd,
};

use super::support::{
    assert_at_rest, held, label, nanos, now, open, reserve, snapshot, spent, still, usd,
};

fn budget() -> (Budget, [Scope; 1]) {
    let budget = Budget::new("org").limit(usd("10"), Window::Total);
    let scope = budget.scope();
    (budget, [scope])
}

#[test]
fn every_state_has_its_end_when_dropped() {
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
    for (row, (act, rule, expected, doubtful)) in table.into_iter().enumerate() {
        let (_, scopes) = budget();
        let mut hold = open(&scopes, usd("2"), rule).unwrap();
        assert_eq!(held(&scopes[0]), usd("2"));
        act(&mut hold);
        drop(hold);
        assert_eq!(spent(&scopes[0]), usd(expected), "row {row}");
        let seen = snapshot(&**scopes[0].ledger());
        assert_at_rest(&seen);
        assert_eq!(seen.doubtful.len(), doubtful, "row {row}");
        assert_eq!(seen.bound_exceeded, 0);
    }
}

#[test]
fn a_hold_ends_once() {
    let ends = [
        End::Released,
        End::Metered(usd("1")),
        End::AtBound,
        End::Cut(usd("0.25")),
    ];
    for first in ends {
        for second in ends {
            let (_, scopes) = budget();
            let ledger = scopes[0].ledger();
            let id = HoldId::unique();
            reserve(&**ledger, id, &scopes, usd("2")).unwrap();
            ledger.settle(id, first.into());
            let after = snapshot(&**ledger);
            ledger.settle(id, second.into());
            assert_eq!(snapshot(&**ledger), after, "{first:?} then {second:?}");
        }
    }
}

#[test]
fn asking_again_for_an_open_hold_changes_nothing() {
    let (_, scopes) = budget();
    let ledger = scopes[0].ledger();
    let id = HoldId::unique();
    reserve(&**ledger, id, &scopes, usd("6")).unwrap();
    let before = snapshot(&**ledger);
    reserve(&**ledger, id, &scopes, usd("6")).unwrap();
    assert_eq!(snapshot(&**ledger), before);
    // Another ask under the same id is not granted by it.
    assert!(reserve(&**ledger, id, &scopes, usd("7")).is_err());
    let other = [Budget::new("other").limit(usd("9"), Window::Total).scope()];
    assert!(reserve(&**ledger, id, &other, usd("1")).is_err());
    ledger.settle(id, End::Released.into());
    assert_at_rest(&snapshot(&**ledger));
}

#[test]
fn dropped_while_unwinding_and_without_a_runtime() {
    let (_, scopes) = budget();
    assert!(tokio::runtime::Handle::try_current().is_err());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut hold = open(&scopes, usd("3"), CutRule::Bound).unwrap();
        hold.sent();
        panic!("on purpose");
    }));
    assert!(caught.is_err());
    assert_eq!(spent(&scopes[0]), usd("3"));
    // The ledger goes on, also after a panic on another thread.
    let hold = open(&scopes, usd("1"), CutRule::Bound).unwrap();
    std::thread::spawn(move || {
        let _hold = hold;
        panic!("on purpose");
    })
    .join()
    .unwrap_err();
    assert_eq!(spent(&scopes[0]), usd("3"));
    assert_at_rest(&snapshot(&**scopes[0].ledger()));
}

#[test]
fn a_hold_outlives_its_runtime() {
    let (_, scopes) = budget();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut hold = runtime.block_on(async { open(&scopes, usd("3"), CutRule::Bound).unwrap() });
    hold.sent();
    // A task that still has a hold when the runtime shuts down.
    let other = open(&scopes, usd("2"), CutRule::Bound).unwrap();
    runtime.spawn(async move {
        let _other = other;
        std::future::pending::<()>().await;
    });
    drop(runtime);
    drop(hold);
    assert_eq!(spent(&scopes[0]), usd("3"));
    assert_at_rest(&snapshot(&**scopes[0].ledger()));
}

#[test]
fn a_cost_above_the_bound_is_recorded_as_it_is() {
    let (_, scopes) = budget();
    let mut hold = open(&scopes, usd("2"), CutRule::Bound).unwrap();
    hold.sent();
    hold.settle(usd("11"));
    assert_eq!(spent(&scopes[0]), usd("11"));
    assert_eq!(snapshot(&**scopes[0].ledger()).bound_exceeded, 1);
    assert_eq!(scopes[0].allowance().unwrap().left(), Usd::ZERO);
    let refused = open(&scopes, nanos(1), CutRule::Bound).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    // What is free stays possible.
    open(&scopes, Usd::ZERO, CutRule::Bound)
        .unwrap()
        .settle(Usd::ZERO);
}

#[test]
fn a_cost_above_the_bound_is_told_loudly() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let (_, scopes) = budget();
        open(&scopes, usd("2"), CutRule::Bound)
            .unwrap()
            .settle(usd("2"));
        assert!(log.0.lock().unwrap().is_empty());
        open(&scopes, usd("2"), CutRule::Bound)
            .unwrap()
            .settle(usd("2.5"));
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for part in [
        "ERROR",
        "bound exceeded",
        "account=org",
        "bound_usd=2.00",
        "spent_usd=2.50",
        "model=\"model\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn dropped_at_every_await_it_is_settled_by_how_far_it_came() {
    // What an attempt does, one await after another, and what it has cost when dropped there.
    let costs = ["0", "0", "2", "2", "0.5", "0.75", "0.6"];
    for (polls, cost) in costs.into_iter().enumerate() {
        let (_, scopes) = budget();
        let pause = tokio::task::yield_now;
        let attempt = async {
            let mut hold = Hold::open(&scopes, usd("2"), label(), CutRule::Stops)
                .await
                .unwrap();
            pause().await;
            hold.sent();
            pause().await;
            pause().await;
            hold.seen(usd("0.5"));
            pause().await;
            hold.seen(usd("0.75"));
            pause().await;
            hold.settle(usd("0.6"));
        };
        let mut attempt = tokio_test::task::spawn(attempt);
        for _ in 0..polls {
            let _ = attempt.poll();
        }
        drop(attempt);
        assert_eq!(spent(&scopes[0]), usd(cost), "after {polls} polls");
        assert_at_rest(&snapshot(&**scopes[0].ledger()));
    }
}

#[test]
fn tenants_share_the_parent_and_nothing_else() {
    let org = Budget::new("org").limit(usd("10"), Window::Total);
    let team = Budget::new("team")
        .limit(usd("4"), Window::Total)
        .within(&org)
        .each_tenant();
    let scopes = ["a", "b"].map(|name| {
        let tenant = Tenant::new(name).unwrap();
        [org.scope(), team.scope_of(ScopeKey::from(&tenant))]
    });
    open(&scopes[0], usd("4"), CutRule::Bound)
        .unwrap()
        .settle(usd("4"));
    assert!(open(&scopes[0], usd("1"), CutRule::Bound).is_err());
    open(&scopes[1], usd("4"), CutRule::Bound)
        .unwrap()
        .settle(usd("4"));
    assert_eq!(spent(&team.scope()), Usd::ZERO);
    assert_eq!(spent(&org.scope()), usd("8"));
    // A name with a key is no other budget's name.
    let alike = Budget::new("team/a")
        .limit(usd("4"), Window::Total)
        .within(&org);
    assert_eq!(spent(&alike.scope()), Usd::ZERO);
}

#[test]
fn spent_is_told_from_held() {
    let org = Budget::new("org").limit(usd("10"), Window::Total);
    let team = Budget::new("team")
        .limit(usd("4"), Window::Total)
        .within(&org);
    let scopes = [org.scope(), team.scope()];
    let first = open(&scopes, usd("3"), CutRule::Bound).unwrap();
    let refused = open(&scopes, usd("2"), CutRule::Bound).unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("team", RefusedKind::Held)
    );
    assert_eq!(
        refused.retry_after(),
        Some(std::time::Duration::from_secs(1))
    );
    let mut sent = first;
    sent.sent();
    drop(sent);
    let refused = open(&scopes, usd("2"), CutRule::Bound).unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("team", RefusedKind::Spent)
    );
    let seen = refused.allowance().unwrap();
    assert_eq!(
        (seen.limit(), seen.spent(), seen.held()),
        (usd("4"), usd("3"), Usd::ZERO)
    );
    assert_eq!(refused.asked(), usd("2"));
    assert_eq!(refused.retry_after(), None, "a total is never renewed");
    // The inner one is spent, the outer one only held: spent is said, for waiting a second would not help.
    let _outer = open(&scopes[..1], usd("6.5"), CutRule::Bound).unwrap();
    let refused = open(&scopes, usd("2"), CutRule::Bound).unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("team", RefusedKind::Spent)
    );
    // Both are spent: the outer one is said.
    let refused = open(&scopes, usd("8"), CutRule::Bound).unwrap_err();
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("org", RefusedKind::Spent)
    );
    assert!(!refused.never_fits());
    assert!(
        open(&scopes, usd("11"), CutRule::Bound)
            .unwrap_err()
            .never_fits()
    );
}

#[test]
fn an_account_met_twice_is_charged_once_under_all_its_limits() {
    let org = Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(Arc::new(still()));
    let strict = Budget::new("org")
        .limit(usd("3"), Window::Total)
        .limit(usd("2"), Window::Day)
        .within(&org);
    let scopes = [org.scope(), strict.scope(), org.scope()];
    let hold = open(&scopes, usd("1.5"), CutRule::Bound).unwrap();
    assert_eq!(held(&org.scope()), usd("1.5"));
    assert!(open(&scopes, usd("1"), CutRule::Bound).is_err());
    assert!(open(&scopes[..1], usd("1"), CutRule::Bound).is_ok());
    hold.settle(usd("1.5"));
    assert_eq!(spent(&org.scope()), usd("1.5"));
}

#[test]
fn each_limit_of_a_name_counts_all_that_is_spent_under_it() {
    let org = Budget::new("org")
        .limit(usd("9"), Window::Day)
        .ledger(Arc::new(still()));
    let hourly = Budget::new("org")
        .limit(usd("3"), Window::Hour)
        .within(&org);
    open(&[hourly.scope()], usd("1"), CutRule::Bound)
        .unwrap()
        .settle(usd("1"));
    open(&[org.scope()], usd("2"), CutRule::Bound)
        .unwrap()
        .settle(usd("2"));
    assert!(open(&[hourly.scope()], usd("1"), CutRule::Bound).is_err());
    assert_eq!(
        spent(&org.scope()),
        usd("2"),
        "the day counts from its first hold on"
    );
}

#[test]
fn observing_refuses_nothing_and_says_what_it_would_have() {
    let org = Budget::new("org").limit(usd("1"), Window::Total).observe();
    let team = Budget::new("team")
        .limit(usd("5"), Window::Total)
        .within(&org);
    let scopes = [org.scope(), team.scope()];
    for _ in 0..2 {
        let mut hold = open(&scopes, usd("2"), CutRule::Bound).unwrap();
        hold.sent();
    }
    let seen = snapshot(&**org.scope().ledger());
    let window = seen.account("org").unwrap().window(Window::Total).unwrap();
    assert_eq!(window.spent, usd("4"));
    assert_eq!(seen.account("org").unwrap().would_refuse, 2);
    assert_eq!(seen.would_refuse, 2);
    // The other one still refuses, and then the observing one is not charged either.
    assert!(open(&scopes, usd("2"), CutRule::Bound).is_err());
    assert_at_rest(&snapshot(&**org.scope().ledger()));
    assert!(!org.scope().is_hard());
}

#[test]
fn changed_limits_keep_what_is_spent_and_held() {
    let (before, scopes) = budget();
    let hold = open(&scopes, usd("4"), CutRule::Bound).unwrap();
    open(&scopes, usd("3"), CutRule::Bound)
        .unwrap()
        .settle(usd("3"));
    let lower = Budget::new("org")
        .limit(usd("5"), Window::Total)
        .within(&before);
    let seen = lower.scope().allowance().unwrap();
    assert_eq!(
        (seen.spent(), seen.held(), seen.left()),
        (usd("3"), usd("4"), Usd::ZERO)
    );
    let refused = open(&[lower.scope()], usd("1"), CutRule::Bound).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Held);
    hold.release();
    assert!(open(&[lower.scope()], usd("2"), CutRule::Bound).is_ok());
    let higher = Budget::new("org")
        .limit(usd("100"), Window::Total)
        .within(&before);
    assert_eq!(higher.scope().allowance().unwrap().left(), usd("97"));
}

#[test]
fn nothing_wraps_near_the_largest_amount() {
    let org = Budget::new("org").limit(Usd::MAX, Window::Total);
    let scopes = [org.scope()];
    let most = open(&scopes, Usd::MAX, CutRule::Bound).unwrap();
    for asked in [nanos(1), Usd::MAX] {
        let refused = open(&scopes, asked, CutRule::Bound).unwrap_err();
        assert_eq!(refused.kind(), RefusedKind::Held);
    }
    most.settle(Usd::MAX);
    assert_eq!(spent(&scopes[0]), Usd::MAX);
    assert_eq!(
        open(&scopes, nanos(1), CutRule::Bound).unwrap_err().kind(),
        RefusedKind::Spent
    );
    // Observing, sums go beyond what an amount can show; releasing must not lose any of it.
    let wide = Budget::new("wide").limit(usd("1"), Window::Total).observe();
    let scopes = [wide.scope()];
    let holds: Vec<_> = (0..5)
        .map(|_| open(&scopes, Usd::MAX, CutRule::Bound).unwrap())
        .collect();
    assert_eq!(held(&scopes[0]), Usd::MAX);
    for hold in holds {
        hold.settle(nanos(1));
    }
    assert_eq!((spent(&scopes[0]), held(&scopes[0])), (nanos(5), Usd::ZERO));
}

#[test]
fn a_doubtful_charge_is_refunded_at_most_once_and_in_full() {
    let (_, scopes) = budget();
    let ledger = scopes[0].ledger();
    let mut hold = open(&scopes, usd("4"), CutRule::Bound).unwrap();
    let id = hold.id();
    hold.sent();
    drop(hold);
    let listed = snapshot(&**ledger).doubtful;
    assert_eq!((listed[0].id, listed[0].charged), (id, usd("4")));
    let refund =
        |name: &'static str, amount| now(ledger.refund(&Refund::of_hold(name, id, amount)));
    assert_eq!(refund("r1", usd("3")), Ok(usd("3")));
    assert_eq!(refund("r1", usd("3")), Ok(usd("3")), "repeated");
    assert_eq!(spent(&scopes[0]), usd("1"));
    assert_eq!(refund("r2", usd("3")), Ok(usd("1")));
    assert_eq!(refund("r3", usd("3")), Ok(Usd::ZERO));
    assert_eq!(spent(&scopes[0]), Usd::ZERO);
    assert_eq!(snapshot(&**ledger).doubtful[0].refunded, usd("4"));
    let unknown = Refund::of_hold("r4", HoldId::unique(), usd("1"));
    assert_eq!(now(ledger.refund(&unknown)), Err(RefundError::UnknownHold));
}

#[test]
fn an_account_is_refunded_down_to_nothing() {
    let (_, scopes) = budget();
    let ledger = scopes[0].ledger();
    open(&scopes, usd("4"), CutRule::Bound)
        .unwrap()
        .settle(usd("4"));
    let open_hold = open(&scopes, usd("1"), CutRule::Bound).unwrap();
    let refund = Refund::of_account("credit", AccountId::new("org", None), usd("5"));
    assert_eq!(now(ledger.refund(&refund)), Ok(usd("4")));
    assert_eq!(now(ledger.refund(&refund)), Ok(usd("4")));
    assert_eq!((spent(&scopes[0]), held(&scopes[0])), (Usd::ZERO, usd("1")));
    drop(open_hold);
    let unknown = Refund::of_account("other", AccountId::new("nobody", None), usd("5"));
    assert_eq!(
        now(ledger.refund(&unknown)),
        Err(RefundError::UnknownAccount)
    );
}

#[test]
fn without_scopes_a_hold_is_of_nothing() {
    let mut hold = open(&[], usd("2"), CutRule::Bound).unwrap();
    assert!(!hold.is_kept());
    hold.sent();
    drop(hold);
    // Nor where nothing is limited.
    let free = Budget::new("free");
    assert!(
        !open(&[free.scope()], usd("2"), CutRule::Bound)
            .unwrap()
            .is_kept()
    );
    assert_eq!(free.scope().allowance(), None);
}

#[test]
fn the_tightest_scope_is_what_a_call_may_use() {
    let org = Budget::new("org")
        .limit(usd("8"), Window::Total)
        .max_share(Share::new(1, 2).unwrap());
    let team = Budget::new("team")
        .limit(usd("6"), Window::Total)
        .within(&org)
        .default_max_output(100);
    let tight = Budget::new("tight")
        .limit(usd("1"), Window::Total)
        .observe()
        .within(&org);
    let context = tower_genai::context::Context::new()
        .with_scope(org.scope())
        .with_scope(team.scope())
        .with_scope(tight.scope());
    assert_eq!(context.allowance().unwrap().account().name(), "team");
    assert_eq!(context.default_max_output(), Some(100));
    assert_eq!(context.share(), Some(usd("0.375")));
    assert!(context.is_hard());
    open(&[org.scope()], usd("5"), CutRule::Bound)
        .unwrap()
        .settle(usd("5"));
    assert_eq!(context.allowance().unwrap().account().name(), "org");
}
