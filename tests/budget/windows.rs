use std::{sync::Arc, time::Duration};

use tower_genai::{
    budget::{Budget, CutRule, MemoryLedger, RefusedKind, Scope, ScopeKey, Window},
    context::Clock,
    money::Usd,
};

use super::support::{assert_at_rest, at, held, open, spent, usd};

/// Longer than any hold of these tests lasts.
const YEAR: Duration = Duration::from_secs(366 * 86_400);

fn at_noon(budget: impl FnOnce(Budget) -> Budget) -> (Clock, Arc<MemoryLedger>, [Scope; 1]) {
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()).lease(YEAR));
    let budget = budget(Budget::new("org").ledger(ledger.clone()));
    (clock, ledger, [budget.scope()])
}

fn spend(scopes: &[Scope], amount: &str) {
    open(scopes, usd(amount), CutRule::Bound)
        .unwrap()
        .settle(usd(amount));
}

#[test]
fn a_day_of_daylight_saving_is_one_day() {
    let (clock, _, scopes) = at_noon(|budget| {
        let budget = budget.limit(usd("5"), Window::Day);
        budget.time_zone("Europe/Berlin").unwrap()
    });
    clock.set(at("2026-03-28T22:59:59.999999999Z"));
    spend(&scopes, "5");
    let refused = open(&scopes, usd("1"), CutRule::Bound).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    assert_eq!(refused.renews_at(), Some(at("2026-03-28T23:00:00Z")));
    assert_eq!(refused.retry_after(), Some(Duration::from_nanos(1)));
    clock.advance(Duration::from_nanos(1));
    spend(&scopes, "5");
    // That day has 23 hours.
    clock.set(at("2026-03-29T21:59:59Z"));
    assert!(open(&scopes, usd("1"), CutRule::Bound).is_err());
    clock.set(at("2026-03-29T22:00:00Z"));
    spend(&scopes, "5");
}

#[test]
fn each_kind_of_window_renews_by_itself() {
    let (clock, ledger, scopes) = at_noon(|budget| {
        budget
            .limit(usd("1"), Window::Minute)
            .limit(usd("2"), Window::Hour)
            .limit(usd("3"), Window::Day)
            .limit(usd("4"), Window::Month)
            .limit(usd("5"), Window::Total)
    });
    let steps = [
        ("2026-03-30T23:00:00Z", None),
        ("2026-03-30T23:00:59Z", Some(Window::Minute)),
        ("2026-03-30T23:01:00Z", None),
        ("2026-03-30T23:02:00Z", Some(Window::Hour)),
        ("2026-03-31T00:00:00Z", None),
        ("2026-03-31T00:01:00Z", None),
        ("2026-03-31T01:00:00Z", Some(Window::Month)),
        ("2026-04-01T00:00:00Z", None),
        ("2027-01-01T00:00:00Z", Some(Window::Total)),
    ];
    for (now, refusing) in steps {
        clock.set(at(now));
        let answer = open(&scopes, usd("1"), CutRule::Bound);
        let window = answer
            .as_ref()
            .err()
            .map(|r| r.allowance().unwrap().window());
        assert_eq!(window, refusing, "{now}");
        if let Ok(hold) = answer {
            hold.settle(usd("1"));
        }
    }
    let snapshot = ledger.snapshot();
    let total = snapshot
        .account("org")
        .unwrap()
        .window(Window::Total)
        .unwrap();
    assert_eq!(total.spent, usd("5"));
}

#[test]
fn a_stream_settles_in_the_window_that_it_began_in() {
    let (clock, ledger, scopes) = at_noon(|budget| {
        budget
            .limit(usd("5"), Window::Day)
            .limit(usd("20"), Window::Month)
    });
    let mut hold = open(&scopes, usd("4"), CutRule::Bound).unwrap();
    hold.sent();
    clock.advance(Duration::from_secs(86_400));
    // The new day is untouched, and the reset has not eaten the open hold.
    let day = |ledger: &MemoryLedger| {
        let snapshot = ledger.snapshot();
        let windows = &snapshot.account("org").unwrap().windows;
        let days = windows.iter().filter(|w| w.window == Window::Day);
        days.map(|w| (w.spent, w.held)).collect::<Vec<_>>()
    };
    assert_eq!(day(&ledger), [(Usd::ZERO, usd("4"))]);
    spend(&scopes, "5");
    assert_eq!(day(&ledger), [(Usd::ZERO, usd("4")), (usd("5"), Usd::ZERO)]);
    assert_eq!(
        open(&scopes, usd("1"), CutRule::Bound).unwrap_err().kind(),
        RefusedKind::Spent
    );
    hold.settle(usd("3"));
    assert_eq!(
        day(&ledger),
        [(usd("5"), Usd::ZERO)],
        "the old day is done with"
    );
    let snapshot = ledger.snapshot();
    let month = snapshot
        .account("org")
        .unwrap()
        .window(Window::Month)
        .unwrap();
    assert_eq!((month.spent, month.held), (usd("8"), Usd::ZERO));
    assert_at_rest(&snapshot);
}

#[test]
fn a_clock_that_goes_back_opens_no_second_window() {
    let (clock, _, scopes) = at_noon(|budget| budget.limit(usd("5"), Window::Day));
    spend(&scopes, "5");
    for back in [
        "2026-03-27T12:00:00Z",
        "2026-03-28T00:00:00Z",
        "1970-01-01T00:00:00Z",
    ] {
        clock.set(at(back));
        assert!(open(&scopes, usd("1"), CutRule::Bound).is_err(), "{back}");
    }
    // Forward by mistake and back again: the early day is used, once.
    clock.set(at("2026-03-29T12:00:00Z"));
    spend(&scopes, "4");
    clock.set(at("2026-03-28T13:00:00Z"));
    assert_eq!(scopes[0].allowance().unwrap().left(), usd("1"));
    clock.set(at("2026-03-29T13:00:00Z"));
    assert_eq!(scopes[0].allowance().unwrap().left(), usd("1"));
    clock.set(at("2026-03-30T00:00:00Z"));
    assert_eq!(scopes[0].allowance().unwrap().left(), usd("5"));
}

#[test]
fn a_dropped_account_does_not_come_back_with_an_old_clock() {
    let (clock, ledger, scopes) = at_noon(|budget| budget.limit(usd("5"), Window::Day));
    spend(&scopes, "5");
    clock.advance(Duration::from_secs(86_400));
    assert!(ledger.snapshot().accounts.is_empty(), "past and closed");
    // Spent as of the later day, which is not new any more when it comes again.
    clock.set(at("2026-03-28T12:00:00Z"));
    spend(&scopes, "5");
    clock.set(at("2026-03-29T12:00:00Z"));
    assert!(open(&scopes, usd("1"), CutRule::Bound).is_err());
}

#[test]
fn of_two_windows_that_refuse_the_one_that_renews_last_is_said() {
    let (_, _, scopes) = at_noon(|budget| {
        let budget = budget.limit(usd("2"), Window::Day);
        budget
            .limit(usd("2"), Window::Minute)
            .limit(usd("9"), Window::Hour)
    });
    spend(&scopes, "2");
    let refused = open(&scopes, usd("1"), CutRule::Bound).unwrap_err();
    assert_eq!(refused.renews_at(), Some(at("2026-03-29T00:00:00Z")));
}

#[test]
fn a_new_zone_waits_for_the_running_window() {
    let clock = Clock::manual(at("2026-06-01T12:00:00Z"));
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()).lease(YEAR));
    let org = || {
        Budget::new("org")
            .limit(usd("5"), Window::Day)
            .ledger(ledger.clone())
    };
    let utc = [org().scope()];
    let berlin = [org().time_zone("Europe/Berlin").unwrap().scope()];
    spend(&utc, "5");
    clock.set(at("2026-06-01T22:00:00Z"));
    assert!(open(&berlin, usd("1"), CutRule::Bound).is_err());
    clock.set(at("2026-06-02T00:00:00Z"));
    spend(&berlin, "5");
    let refused = open(&berlin, usd("1"), CutRule::Bound).unwrap_err();
    assert_eq!(refused.renews_at(), Some(at("2026-06-02T22:00:00Z")));
}

#[test]
fn memory_is_bounded_by_what_is_alive() {
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(
        MemoryLedger::with_clock(clock.clone())
            .lease(YEAR)
            .doubtful_kept(10),
    );
    let users = Budget::new("user")
        .limit(usd("1"), Window::Minute)
        .ledger(ledger.clone());
    let user = |n: usize| users.scope_of(ScopeKey::new(&n.to_string()).unwrap());
    let long = open(&[user(0)], usd("1"), CutRule::Bound).unwrap();
    for n in 1..5_000 {
        if n % 50 == 0 {
            clock.advance(Duration::from_secs(60));
        }
        let mut hold = open(&[user(n)], usd("0.5"), CutRule::Bound).unwrap();
        hold.sent();
    }
    let snapshot = ledger.snapshot();
    // Those of the running minute, and the one with a hold.
    assert_eq!(snapshot.accounts.len(), 51);
    assert_eq!(snapshot.doubtful.len(), 10);
    assert_eq!(snapshot.doubtful_count, 4_999);
    assert_eq!(spent(&user(4_999)), usd("0.5"), "live spending stays");
    drop(long);
    // What is released leaves nothing behind.
    let idle = user(9_999);
    open(std::slice::from_ref(&idle), usd("1"), CutRule::Bound)
        .unwrap()
        .release();
    assert_eq!(held(&idle), Usd::ZERO);
    assert_eq!(ledger.snapshot().accounts.len(), 50);
}
