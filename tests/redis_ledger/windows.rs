use std::{sync::Arc, time::Duration};

use tower_genai::{
    budget::{Budget, CutRule, Ledger, RedisLedger, RefusedKind, Scope, ScopeKey, Window},
    context::Clock,
    money::Usd,
};

use super::{
    server::Server,
    support::{assert_at_rest, at, held, ledger, ledger_at, open, snapshot, spent, usd},
};

async fn at_noon(
    budget: impl FnOnce(Budget) -> Budget,
) -> Option<(Server, Clock, Arc<RedisLedger>, [Scope; 1])> {
    let server = Server::start().await?;
    let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
    let ledger = Arc::new(ledger_at(&server.url()).server_clock(clock.clone()));
    let budget = budget(Budget::new("org").ledger(ledger.clone()));
    Some((server, clock, ledger, [budget.scope()]))
}

async fn spend(scopes: &[Scope], amount: &str) {
    let hold = open(scopes, usd(amount), CutRule::Bound).await.unwrap();
    hold.settle(usd(amount));
    scopes[0].ledger().flush().await.unwrap();
}

#[tokio::test]
async fn a_day_of_daylight_saving_is_one_day() {
    let Some((_server, clock, _, scopes)) = at_noon(|budget| {
        let budget = budget.limit(usd("5"), Window::Day);
        budget.time_zone("Europe/Berlin").unwrap()
    })
    .await
    else {
        return;
    };
    clock.set(at("2026-03-28T22:59:59.999999Z"));
    spend(&scopes, "5").await;
    let refused = open(&scopes, usd("1"), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    assert_eq!(refused.renews_at(), Some(at("2026-03-28T23:00:00Z")));
    assert_eq!(refused.retry_after(), Some(Duration::from_micros(1)));
    clock.advance(Duration::from_micros(1));
    spend(&scopes, "5").await;
    // That day has 23 hours.
    clock.set(at("2026-03-29T21:59:59Z"));
    assert!(open(&scopes, usd("1"), CutRule::Bound).await.is_err());
    clock.set(at("2026-03-29T22:00:00Z"));
    spend(&scopes, "5").await;
}

#[tokio::test]
async fn each_kind_of_window_renews_by_itself() {
    let Some((_server, clock, ledger, scopes)) = at_noon(|budget| {
        budget
            .limit(usd("1"), Window::Minute)
            .limit(usd("2"), Window::Hour)
            .limit(usd("3"), Window::Day)
            .limit(usd("4"), Window::Month)
            .limit(usd("5"), Window::Total)
    })
    .await
    else {
        return;
    };
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
        let answer = open(&scopes, usd("1"), CutRule::Bound).await;
        let window = answer
            .as_ref()
            .err()
            .map(|r| r.allowance().unwrap().window());
        assert_eq!(window, refusing, "{now}");
        if let Ok(hold) = answer {
            hold.settle(usd("1"));
            ledger.flush().await.unwrap();
        }
    }
    let snapshot = snapshot(&*ledger).await;
    let total = snapshot
        .account("org")
        .unwrap()
        .window(Window::Total)
        .unwrap();
    assert_eq!(total.spent, usd("5"));
}

#[tokio::test]
async fn a_stream_settles_in_the_window_that_it_began_in() {
    let Some((_server, clock, ledger, scopes)) = at_noon(|budget| {
        budget
            .limit(usd("5"), Window::Day)
            .limit(usd("20"), Window::Month)
    })
    .await
    else {
        return;
    };
    // A stream may be longer than the lease of others.
    let ledger_of_stream = ledger.clone();
    let mut hold = open(&scopes, usd("4"), CutRule::Bound).await.unwrap();
    hold.sent();
    clock.set(at("2026-03-29T00:00:00Z") - Duration::from_secs(60));
    let day = async || {
        let snapshot = snapshot(&*ledger_of_stream).await;
        let windows = &snapshot.account("org").unwrap().windows;
        let days = windows.iter().filter(|w| w.window == Window::Day);
        days.map(|w| (w.spent, w.held)).collect::<Vec<_>>()
    };
    // Its lease is over by then: it counts as spent in the day that it began in.
    assert_eq!(day().await, [(usd("4"), Usd::ZERO)]);
    let mut late = open(&scopes, usd("1"), CutRule::Bound).await.unwrap();
    late.sent();
    clock.set(at("2026-03-29T00:00:00Z"));
    // The new day is untouched, and the reset has not eaten the open hold.
    assert_eq!(day().await, [(usd("4"), usd("1"))]);
    spend(&scopes, "5").await;
    assert_eq!(day().await, [(usd("4"), usd("1")), (usd("5"), Usd::ZERO)]);
    let refused = open(&scopes, usd("1"), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    hold.settle(usd("3"));
    assert_eq!(day().await, [(usd("3"), usd("1")), (usd("5"), Usd::ZERO)]);
    late.settle(usd("0.5"));
    assert_eq!(
        day().await,
        [(usd("5"), Usd::ZERO)],
        "the old day is done with"
    );
    let snapshot = snapshot(&*ledger).await;
    let month = snapshot
        .account("org")
        .unwrap()
        .window(Window::Month)
        .unwrap();
    assert_eq!((month.spent, month.held), (usd("8.5"), Usd::ZERO));
    assert_at_rest(&snapshot);
}

#[tokio::test]
async fn a_clock_that_goes_back_opens_no_second_window() {
    let Some((_server, clock, _, scopes)) =
        at_noon(|budget| budget.limit(usd("5"), Window::Day)).await
    else {
        return;
    };
    spend(&scopes, "5").await;
    for back in [
        "2026-03-27T12:00:00Z",
        "2026-03-28T00:00:00Z",
        "1970-01-01T00:00:00Z",
    ] {
        clock.set(at(back));
        assert!(
            open(&scopes, usd("1"), CutRule::Bound).await.is_err(),
            "{back}"
        );
    }
    // Forward by mistake and back again: the early day is used, once.
    clock.set(at("2026-03-29T12:00:00Z"));
    spend(&scopes, "4").await;
    clock.set(at("2026-03-28T13:00:00Z"));
    assert!(open(&scopes, usd("2"), CutRule::Bound).await.is_err());
    clock.set(at("2026-03-29T13:00:00Z"));
    assert!(open(&scopes, usd("2"), CutRule::Bound).await.is_err());
    assert_eq!(scopes[0].allowance().unwrap().left(), usd("1"));
    clock.set(at("2026-03-30T00:00:00Z"));
    spend(&scopes, "5").await;
}

#[tokio::test]
async fn a_new_zone_waits_for_the_running_window() {
    let Some((_server, clock, ledger, _)) = at_noon(|budget| budget).await else {
        return;
    };
    clock.set(at("2026-06-01T12:00:00Z"));
    let org = || {
        Budget::new("org")
            .limit(usd("5"), Window::Day)
            .ledger(ledger.clone())
    };
    let utc = [org().scope()];
    let berlin = [org().time_zone("Europe/Berlin").unwrap().scope()];
    spend(&utc, "5").await;
    clock.set(at("2026-06-01T22:00:00Z"));
    assert!(open(&berlin, usd("1"), CutRule::Bound).await.is_err());
    clock.set(at("2026-06-02T00:00:00Z"));
    spend(&berlin, "5").await;
    let refused = open(&berlin, usd("1"), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.renews_at(), Some(at("2026-06-02T22:00:00Z")));
}

/// Processes whose own clocks are wrong by minutes or days have one window, by the server's clock.
#[tokio::test]
async fn skewed_processes_share_one_window() {
    let Some(server) = Server::start().await else {
        return;
    };
    let now = std::time::SystemTime::now();
    let far = Duration::from_secs(3 * 86_400);
    let clocks = [
        now,
        now + Duration::from_secs(300),
        now - Duration::from_secs(300),
        now + far,
        now - far,
    ];
    let scopes = clocks.map(|clock| {
        let ledger = ledger_at(&server.url()).local_clock(Clock::manual(clock));
        let org = Budget::new("org")
            .limit(usd("5"), Window::Month)
            .limit(usd("9"), Window::Day);
        [org.ledger(Arc::new(ledger)).scope()]
    });
    for scopes in &scopes {
        spend(scopes, "1").await;
    }
    for scopes in &scopes {
        let refused = open(scopes, usd("1"), CutRule::Bound).await.unwrap_err();
        assert_eq!(refused.kind(), RefusedKind::Spent);
        assert_eq!(spent(&scopes[0]).await, usd("5"));
    }
    let seen = snapshot(&**scopes[0][0].ledger()).await;
    assert_eq!(seen.account("org").unwrap().windows.len(), 2);
}

#[tokio::test]
async fn what_is_idle_is_forgotten() {
    let Some((server, clock, ledger, _)) = at_noon(|budget| budget).await else {
        return;
    };
    let users = Budget::new("user")
        .limit(usd("1"), Window::Minute)
        .ledger(ledger.clone());
    let user = |n: usize| users.scope_of(ScopeKey::new(&n.to_string()).unwrap());
    let long = open(&[user(0)], usd("1"), CutRule::Bound).await.unwrap();
    for n in 1..500 {
        if n % 50 == 0 {
            clock.advance(Duration::from_secs(60));
        }
        let mut hold = open(&[user(n)], usd("0.5"), CutRule::Bound).await.unwrap();
        hold.sent();
    }
    ledger.flush().await.unwrap();
    // Those of the running minute, and the one with a hold: windows that are past are swept while others ask.
    let redis::Value::Int(accounts) = server.ask(&["HLEN", "{tower-genai}:accounts"]).await else {
        panic!("no number");
    };
    assert!((51..=60).contains(&accounts), "{accounts}");
    let seen = snapshot(&*ledger).await;
    assert_eq!(seen.accounts.len(), 51);
    assert_eq!(seen.doubtful_count, 499);
    assert_eq!(spent(&user(499)).await, usd("0.5"), "live spending stays");
    drop(long);
    // What is released leaves nothing behind.
    let idle = user(9_999);
    open(std::slice::from_ref(&idle), usd("1"), CutRule::Bound)
        .await
        .unwrap()
        .release();
    assert_eq!(held(&idle).await, Usd::ZERO);
    assert_eq!(snapshot(&*ledger).await.accounts.len(), 50);
    clock.advance(Duration::from_secs(120));
    for _ in 0..20 {
        open(&[user(1)], usd("1"), CutRule::Bound)
            .await
            .unwrap()
            .release();
        ledger.flush().await.unwrap();
    }
    for key in ["accounts", "holds", "leases", "ends", "models"] {
        let count = match key {
            "leases" | "ends" => "ZCARD",
            _ => "HLEN",
        };
        let left = server
            .ask(&[count, &format!("{{tower-genai}}:{key}")])
            .await;
        assert_eq!(left, redis::Value::Int(0), "{key}");
    }
}

/// Holds of a process that is gone count as spent after their lease, once, and a late end corrects that, once.
#[tokio::test]
async fn expired_holds_are_spent_and_late_ends_correct_them() {
    let Some((server, clock, ledger_a, scopes)) =
        at_noon(|budget| budget.limit(usd("9"), Window::Total)).await
    else {
        return;
    };
    let mut hold = open(&scopes, usd("4"), CutRule::Bound).await.unwrap();
    hold.sent();
    clock.advance(Duration::from_secs(899));
    assert_eq!(snapshot(&*ledger_a).await.holds.len(), 1);
    clock.advance(Duration::from_secs(1));
    let other = Arc::new(ledger_at(&server.url()).server_clock(clock.clone()));
    let again = [Budget::new("org")
        .limit(usd("9"), Window::Total)
        .ledger(other.clone())
        .scope()];
    // Another process finds it when it asks.
    let refused = open(&again, usd("6"), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    let seen = snapshot(&*other).await;
    assert_at_rest(&seen);
    assert_eq!((seen.doubtful.len(), seen.doubtful[0].expired), (1, true));
    assert_eq!(
        (seen.doubtful[0].charged, seen.doubtful_count),
        (usd("4"), 1)
    );
    hold.settle(usd("1.5"));
    assert_eq!(spent(&scopes[0]).await, usd("1.5"));
    let seen = snapshot(&*ledger_a).await;
    assert!(seen.doubtful.is_empty());
    assert_eq!(
        seen.account("org").unwrap().windows[0].models[0].spent,
        usd("1.5")
    );
    let id = seen.holds.first().map(|hold| hold.id);
    assert_eq!(id, None);
}

#[tokio::test]
async fn the_default_ledger_uses_the_servers_clock() {
    let Some(server) = Server::start().await else {
        return;
    };
    let ledger = ledger(&server);
    let scopes = [Budget::new("org")
        .limit(usd("1"), Window::Day)
        .ledger(ledger.clone())
        .scope()];
    spend(&scopes, "1").await;
    let refused = open(&scopes, usd("1"), CutRule::Bound).await.unwrap_err();
    let renews = refused.renews_at().unwrap();
    let left = renews.duration_since(std::time::SystemTime::now()).unwrap();
    assert!(left <= Duration::from_secs(86_400));
}
