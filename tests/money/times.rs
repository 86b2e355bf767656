//! Windows that end while calls run, and clocks that jump.

use std::time::Duration;

use tower_genai::{
    budget::{Budget, CutRule, Hold, RefusedKind, Scope, Window},
    context::Clock,
};

use crate::rig::{Kind, Rig, Rules, at, file, memory, nanos, open, redis, usd};

/// Begins just before a window's end, settles just after it: what it costs is in the window that it began in, and the
/// new one is whole.
async fn crosses(rig: &Rig, zone: &str, window: Window, end: &str) {
    let clock = Clock::manual(at(end) - Duration::from_secs(1));
    let ledger = rig.another(&Rules::default(), &clock);
    let budget = Budget::new("org")
        .limit(usd("1"), window)
        .time_zone(zone)
        .unwrap()
        .ledger(ledger.clone());
    let scopes = [budget.scope()];
    let old = open(&scopes, usd("0.6"), CutRule::Bound).await.unwrap();
    let rest = open(&scopes, usd("0.3"), CutRule::Bound).await.unwrap();
    let refused = open(&scopes, usd("0.2"), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.renews_at(), Some(at(end)), "{zone} {window}");
    clock.advance(Duration::from_secs(1));
    // The new window has all of it, and the old one keeps its holds.
    let new = open(&scopes, usd("1"), CutRule::Bound).await.unwrap();
    let seen = ledger.snapshot().await.unwrap();
    let windows = &seen.account("org").unwrap().windows;
    let mut held: Vec<_> = windows.iter().map(|w| (w.ends_at, w.held)).collect();
    held.sort_unstable();
    assert_eq!(held.len(), 2, "{zone} {window}");
    assert_eq!(held[0], (Some(at(end)), usd("0.9")), "{zone} {window}");
    assert_eq!(held[1].1, usd("1"));
    let mut old = old;
    old.sent();
    old.settle(usd("0.6"));
    ledger.flush().await.unwrap();
    let seen = ledger.snapshot().await.unwrap();
    let account = seen.account("org").unwrap();
    let running = account.window(window).unwrap();
    assert_eq!(running.starts_at, at(end), "{zone} {window}");
    assert_eq!((running.spent, running.held), (usd("0"), usd("1")));
    let before = account.windows.iter().find(|w| w.ends_at == Some(at(end)));
    let before = before.expect("a hold is open there");
    assert_eq!((before.spent, before.held), (usd("0.6"), usd("0.3")));
    rest.release();
    new.release();
    ledger.flush().await.unwrap();
    // What is over and has no hold is forgotten; nothing was spent in the new one.
    let seen = ledger.snapshot().await.unwrap();
    assert!(seen.account("org").is_none(), "{seen:?}");
    assert!(seen.holds.is_empty());
}

async fn b09(rig: &Rig) {
    for (zone, window, end) in [
        ("UTC", Window::Minute, "2026-03-28T12:01:00Z"),
        ("UTC", Window::Hour, "2026-03-28T13:00:00Z"),
        ("UTC", Window::Day, "2026-03-29T00:00:00Z"),
        ("UTC", Window::Month, "2026-04-01T00:00:00Z"),
        ("UTC", Window::Month, "2028-03-01T00:00:00Z"),
        // A leap second came before it: clocks of computers have none.
        ("UTC", Window::Day, "2017-01-01T00:00:00Z"),
        // Days of 23 and of 25 hours begin and end.
        ("Europe/Berlin", Window::Day, "2026-03-28T23:00:00Z"),
        ("Europe/Berlin", Window::Day, "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", Window::Day, "2026-10-24T22:00:00Z"),
        ("Europe/Berlin", Window::Day, "2026-10-25T23:00:00Z"),
        ("America/New_York", Window::Month, "2026-04-01T04:00:00Z"),
        ("Asia/Kathmandu", Window::Hour, "2026-03-28T12:15:00Z"),
    ] {
        crosses(rig, zone, window, end).await;
    }
    // The hour that clocks show twice is two hours, and a call across its middle is of the first one.
    crosses(rig, "Europe/Berlin", Window::Hour, "2026-10-25T01:00:00Z").await;
}

#[test]
fn b09_memory() {
    memory(b09);
}

#[test]
fn b09_file() {
    file(b09);
}

#[test]
fn b09_redis() {
    redis(b09);
}

async fn spend(scopes: &[Scope], amount: u64) -> Result<(), RefusedKind> {
    let hold = open(scopes, nanos(amount), CutRule::Bound).await;
    let mut hold: Hold = hold.map_err(|refused| refused.kind())?;
    hold.sent();
    hold.settle(nanos(amount));
    Ok(())
}

/// The wall clock jumps: forward opens one window, back opens none, and back and forth gives nothing twice.
async fn b10(rig: &Rig) {
    const DAY: Duration = Duration::from_secs(86_400);
    let noon = at("2026-03-28T12:00:00Z");
    let scopes = [rig.budget("org", nanos(100), Window::Day).scope()];
    let limited = async |fits: u64| {
        spend(&scopes, fits + 1).await.unwrap_err();
        spend(&scopes, fits).await.unwrap();
        rig.ledger.flush().await.unwrap();
        assert_eq!(spend(&scopes, 1).await, Err(RefusedKind::Spent));
    };
    limited(100).await;
    // A day back, and a moment forward: the same day.
    for to in [noon - DAY, noon - DAY * 400, noon + DAY / 3, noon] {
        rig.clock.set(to);
        assert_eq!(spend(&scopes, 1).await, Err(RefusedKind::Spent));
    }
    // A day forward is one new day, however often.
    rig.clock.set(noon + DAY);
    limited(100).await;
    for to in [noon, noon + DAY, noon - DAY, noon + DAY] {
        rig.clock.set(to);
        assert_eq!(spend(&scopes, 1).await, Err(RefusedKind::Spent));
    }
    let seen = rig.snapshot().await;
    let windows = &seen.account("org").unwrap().windows;
    assert_eq!(windows.len(), 1, "{windows:?}");
    assert_eq!(windows[0].spent, nanos(100));
    // Also where nothing is left of an account: by an old clock it begins in the latest day, and goes on there.
    let gone = rig.budget("gone", nanos(100), Window::Day);
    let gone = [gone.scope()];
    spend(&gone, 100).await.unwrap();
    rig.ledger.flush().await.unwrap();
    rig.clock.set(noon + 2 * DAY);
    assert!(rig.snapshot().await.accounts.is_empty());
    for to in [noon, noon + DAY, noon + 2 * DAY] {
        rig.clock.set(to);
        let spent = spend(&gone, 100).await;
        assert_eq!(spent.is_ok(), to == noon, "{spent:?}");
        rig.ledger.flush().await.unwrap();
    }
    if rig.kind == Kind::Redis {
        skewed(rig).await;
    }
}

/// Processes whose clocks are five minutes wrong, around an hour's end by their own: the server's clock decides, and
/// there is one window.
async fn skewed(rig: &Rig) {
    let url = rig.server().unwrap().url();
    let five = Duration::from_secs(300);
    let now = std::time::SystemTime::now();
    let ledgers = [now - five, now, now + five].map(|local| {
        let ledger = tower_genai::budget::RedisLedger::new(&url).unwrap();
        let ledger = ledger.name("skewed").deadline(Duration::from_secs(60));
        std::sync::Arc::new(ledger.local_clock(Clock::manual(local)))
    });
    for ledger in &ledgers {
        let budget = Budget::new("org").ledger(ledger.clone());
        let scopes = [budget.limit(nanos(100), Window::Month).scope()];
        spend(&scopes, 30).await.unwrap();
        tower_genai::budget::Ledger::flush(&**ledger).await.unwrap();
    }
    let seen = crate::rig::snapshot(&*ledgers[0]).await;
    let windows = &seen.account("org").unwrap().windows;
    // A month may end just now; else it is one.
    let spent: u64 = windows.iter().map(|window| window.spent.nanos()).sum();
    assert_eq!(spent, 90);
    assert!(windows.len() == 1 || windows[0].ends_at == Some(windows[1].starts_at));
}

#[test]
fn b10_memory() {
    memory(b10);
}

#[test]
fn b10_file() {
    file(b10);
}

#[test]
fn b10_redis() {
    redis(b10);
}
