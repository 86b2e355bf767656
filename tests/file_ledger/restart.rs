use std::time::Duration;

use tower_genai::{
    budget::{
        AccountId, Budget, CutRule, End, FileLedger, Hold, HoldId, Ledger, LedgerError, Refund,
        RefusedKind, ScopeKey, Window,
    },
    context::Clock,
    money::Usd,
};

use super::support::{Place, at, label, money, open, reserve, scope, spend, usd};

#[tokio::test]
async fn what_was_spent_is_spent_after_a_restart() {
    let place = Place::new();
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let before = {
        let ledger = place.open_at(&clock);
        let org = scope(&ledger, "org", "1.00", Window::Day);
        spend(&org, "0.60").await;
        let mut cut = open(&org, "0.30").await.unwrap();
        cut.sent();
        drop(cut);
        assert_eq!(
            open(&org, "0.20").await.unwrap_err().kind(),
            RefusedKind::Spent
        );
        ledger.snapshot()
    };
    let ledger = place.open_at(&clock);
    let after = ledger.snapshot();
    assert_eq!(money(&before), money(&after));
    assert_eq!((after.doubtful.len(), after.doubtful_count), (1, 1));
    let org = scope(&ledger, "org", "1.00", Window::Day);
    assert_eq!(
        open(&org, "0.20").await.unwrap_err().kind(),
        RefusedKind::Spent
    );
    drop(open(&org, "0.10").await.unwrap());
    // The next day is another window.
    clock.advance(Duration::from_secs(86_400));
    drop(open(&org, "1.00").await.unwrap());
}

#[tokio::test]
async fn a_ledger_that_nobody_uses_is_closed() {
    let place = Place::new();
    let ledger = place.open();
    let watched = Budget::new("watched")
        .limit(usd("1"), Window::Total)
        .alerts(["0.5".parse().unwrap(), "1".parse().unwrap()])
        .ledger(ledger.clone());
    let hold = open(&watched.scope(), "0.80").await.unwrap();
    hold.settle(usd("0.80"));
    assert!(open(&watched.scope(), "0.80").await.is_err());
    drop((watched, ledger));
    // It would still be locked.
    place.open();
}

/// Ends the process of a ledger as far as its file is concerned: a copy of the file is what a kill leaves.
async fn killed(place: &Place, ledger: &FileLedger) -> Place {
    ledger.flush().await.unwrap();
    let copy = Place::new();
    std::fs::copy(&place.0, &copy.0).unwrap();
    copy
}

#[tokio::test]
async fn open_holds_of_a_dead_process_count_as_spent() {
    let (place, clock) = (Place::new(), Clock::manual(at("2026-03-28T23:59:00Z")));
    let ledger = place.open_at(&clock);
    let org = scope(&ledger, "org", "1.00", Window::Day);
    let team = Budget::new("team")
        .limit(usd("5"), Window::Total)
        .ledger(ledger.clone());
    let both = [org.clone(), team.scope_of(ScopeKey::new("a").unwrap())];
    let lost = Hold::open(&both, usd("0.70"), label(), CutRule::Bound)
        .await
        .unwrap();
    spend(&org, "0.10").await;
    let copy = killed(&place, &ledger).await;

    let ledger = copy.open_at(&clock);
    let snapshot = ledger.snapshot();
    assert!(snapshot.holds.is_empty());
    let [doubt] = &snapshot.doubtful[..] else {
        panic!("{snapshot:?}")
    };
    assert_eq!(
        (doubt.id, doubt.charged, doubt.expired),
        (lost.id(), usd("0.70"), true)
    );
    assert_eq!(
        doubt.accounts,
        [
            AccountId::clone(both[0].account()),
            AccountId::clone(both[1].account())
        ]
    );
    let spent = |ledger: &FileLedger, name: &str| {
        let accounts = ledger.snapshot().accounts;
        let account = accounts.iter().find(|a| a.id.name() == name).cloned();
        account.map(|a| a.windows.iter().map(|w| w.spent).max().unwrap())
    };
    assert_eq!(
        (spent(&ledger, "org"), spent(&ledger, "team")),
        (Some(usd("0.80")), Some(usd("0.70")))
    );

    // Known better, it is corrected once, and that is kept.
    ledger.settle(lost.id(), End::Metered(usd("0.25")).into());
    ledger.settle(lost.id(), End::Metered(usd("0.01")).into());
    ledger.settle(lost.id(), End::AtBound.into());
    let copy = killed(&copy, &ledger).await;
    let ledger = copy.open_at(&clock);
    assert_eq!(
        (spent(&ledger, "org"), spent(&ledger, "team")),
        (Some(usd("0.35")), Some(usd("0.25")))
    );
    assert!(ledger.snapshot().doubtful.is_empty());
    assert_eq!(ledger.snapshot().doubtful_count, 1);
}

#[tokio::test]
async fn an_expired_hold_is_refunded_once_across_restarts() {
    let place = Place::new();
    let ledger = place.open();
    let org = scope(&ledger, "org", "1.00", Window::Total);
    let lost = open(&org, "0.50").await.unwrap();
    let mut copy = killed(&place, &ledger).await;
    for _ in 0..3 {
        let ledger = copy.open();
        let refund = Refund::of_hold("r1", lost.id(), usd("0.20"));
        assert_eq!(ledger.refund(&refund).await, Ok(usd("0.20")));
        let account = Refund::of_account("r2", AccountId::new("org", None), usd("0.10"));
        assert_eq!(ledger.refund(&account).await, Ok(usd("0.10")));
        let snapshot = ledger.snapshot();
        let seen = snapshot
            .account("org")
            .unwrap()
            .window(Window::Total)
            .unwrap()
            .spent;
        assert_eq!(seen, usd("0.20"));
        assert_eq!(snapshot.doubtful[0].refunded, usd("0.20"));
        copy = killed(&copy, &ledger).await;
    }
}

#[tokio::test]
async fn the_clock_does_not_go_back_across_a_restart() {
    let (place, clock) = (Place::new(), Clock::manual(at("2026-03-28T00:30:00Z")));
    let ledger = place.open_at(&clock);
    spend(&scope(&ledger, "org", "1.00", Window::Day), "1.00").await;
    let copy = killed(&place, &ledger).await;
    clock.set(at("2026-03-27T23:30:00Z"));
    let ledger = copy.open_at(&clock);
    let refused = open(&scope(&ledger, "org", "1.00", Window::Day), "0.01")
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    assert_eq!(refused.renews_at(), Some(at("2026-03-29T00:00:00Z")));
}

#[tokio::test]
async fn kinds_of_window_are_remembered_by_name() {
    let place = Place::new();
    let ledger = place.open();
    spend(&scope(&ledger, "org", "1.00", Window::Total), "0.10").await;
    drop(ledger);
    // Limited by the day alone, the name's spending still counts in total.
    let ledger = place.open();
    spend(&scope(&ledger, "org", "9.00", Window::Day), "0.90").await;
    let total = scope(&ledger, "org", "1.00", Window::Total);
    assert_eq!(
        open(&total, "0.01").await.unwrap_err().kind(),
        RefusedKind::Spent
    );
}

#[tokio::test]
async fn what_is_over_is_listed_for_400_days() {
    let (place, clock) = (Place::new(), Clock::manual(at("2026-03-28T12:00:00Z")));
    let ledger = place.open_at(&clock);
    let org = Budget::new("org")
        .limit(usd("10"), Window::Hour)
        .limit(usd("10"), Window::Day)
        .limit(usd("90"), Window::Month)
        .ledger(ledger.clone())
        .scope();
    spend(&org, "1").await;
    clock.set(at("2026-03-29T12:00:00Z"));
    spend(&org, "2").await;
    assert_eq!(ledger.closed().await.unwrap().len(), 1);
    drop((org, ledger));
    clock.set(at("2026-04-02T00:00:00Z"));
    let ledger = place.open_at(&clock);
    let closed = ledger.closed().await.unwrap();
    let seen: Vec<_> = closed
        .iter()
        .map(|c| (c.window, c.spent, c.starts_at))
        .collect();
    assert_eq!(
        seen,
        [
            (Window::Day, usd("1"), at("2026-03-28T00:00:00Z")),
            (Window::Day, usd("2"), at("2026-03-29T00:00:00Z")),
            (Window::Month, usd("3"), at("2026-03-01T00:00:00Z")),
        ]
    );
    assert_eq!(
        (closed[2].models[0].attempts, closed[2].models[0].spent),
        (2, usd("3"))
    );
    assert_eq!(closed[2].account, AccountId::new("org", None));
    // Those that ended more than 400 days before another one is added are gone.
    clock.set(at("2027-05-03T12:00:00Z"));
    spend(&scope(&ledger, "org", "10", Window::Day), "4").await;
    clock.set(at("2027-05-05T00:00:00Z"));
    let closed = ledger.closed().await.unwrap();
    let seen: Vec<_> = closed.iter().map(|c| (c.window, c.spent)).collect();
    assert_eq!(seen, [(Window::Month, usd("3")), (Window::Day, usd("4"))]);
}

#[tokio::test]
async fn asking_and_ending_may_be_repeated() {
    let place = Place::new();
    let ledger = place.open();
    let org = [scope(&ledger, "org", "1.00", Window::Total)];
    let id = HoldId::unique();
    for _ in 0..3 {
        reserve(&*ledger, id, &org, usd("0.60")).await.unwrap();
    }
    assert!(reserve(&*ledger, id, &org, usd("0.70")).await.is_err());
    for _ in 0..3 {
        ledger.settle(id, End::Metered(usd("0.40")).into());
    }
    ledger.settle(id, End::Released.into());
    drop((org, ledger));
    let ledger = place.open();
    ledger.settle(id, End::Metered(usd("0.10")).into());
    let seen = ledger.snapshot();
    assert_eq!(seen.account("org").unwrap().windows[0].spent, usd("0.40"));
    assert_eq!(seen.account("org").unwrap().windows[0].held, Usd::ZERO);
}

#[tokio::test]
async fn a_file_has_one_ledger() {
    let place = Place::new();
    let _first = place.open();
    let error = FileLedger::open(&place.0).unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("open already") && text.contains(".redb"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_opened_says_why() {
    let place = Place::new();
    std::fs::write(&place.0, "these are no accounts".repeat(1_000)).unwrap();
    let error = FileLedger::open(&place.0).unwrap_err();
    assert!(matches!(error, LedgerError::Corrupt(_)), "{error:?}");
    assert!(
        error.to_string().contains(place.0.to_str().unwrap()),
        "{error}"
    );
    let error = FileLedger::open("/nowhere/at/all.redb").unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable(_)), "{error:?}");
}

#[test]
fn a_file_that_two_make_at_once_is_one() {
    for _ in 0..20 {
        let place = Place::new();
        let opened = std::thread::scope(|scope| {
            let path = &place.0;
            let openers = [0, 1].map(|_| scope.spawn(move || FileLedger::open(path)));
            openers.map(|opener| opener.join().unwrap())
        });
        assert_eq!(
            opened.iter().filter(|ledger| ledger.is_ok()).count(),
            1,
            "{opened:?}"
        );
        for error in opened.iter().filter_map(|ledger| ledger.as_ref().err()) {
            assert!(error.to_string().contains("open already"), "{error}");
        }
    }
}
