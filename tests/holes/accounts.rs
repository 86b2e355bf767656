//! What a ledger knows of accounts over time: late ends, refunds, alerts, statements, and what it keeps alive.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        mpsc::{RecvTimeoutError, channel},
    },
    time::{Duration, SystemTime},
};

use futures::FutureExt;
use tower_genai::{
    budget::{
        Alert, Budget, CutRule, Hold, HoldId, HoldLabel, Ledger, MemoryLedger, Refund, RefusedKind,
        Scope, ScopeKey, Settlement, Share, Watcher, Window,
    },
    context::Clock,
    money::Usd,
};

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn clock() -> Clock {
    Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000))
}

fn hold(scope: &Scope, amount: &str) -> Hold {
    let label = HoldLabel::new("m", "acme");
    let opening = Hold::open(
        std::slice::from_ref(scope),
        usd(amount),
        label,
        CutRule::Bound,
    );
    opening.now_or_never().unwrap().unwrap()
}

fn spent(scope: &Scope) -> Usd {
    scope.allowance().unwrap().spent()
}

/// A ledger whose last user is gone is freed.
#[test]
fn a_ledger_that_nobody_uses_is_freed() {
    let ledger = Arc::new(MemoryLedger::new());
    let gone = Arc::downgrade(&ledger);
    let budget = Budget::new("b")
        .limit(usd("1"), Window::Total)
        .ledger(ledger);
    hold(&budget.scope(), "0.5").settle(usd("0.5"));
    drop(budget);
    assert!(gone.upgrade().is_none());
}

struct LastWord(Arc<OnceLock<Arc<MemoryLedger>>>);

impl Watcher for LastWord {
    fn alert(&self, _: &Alert) {}
}

impl Drop for LastWord {
    fn drop(&mut self) {
        if let Some(ledger) = self.0.get() {
            let _ = ledger.snapshot();
        }
    }
}

/// No step of a ledger runs the code of others under its lock.
#[test]
fn the_end_of_a_watcher_may_ask_the_ledger() {
    let (done, ended) = channel();
    std::thread::spawn(move || {
        let known = Arc::new(OnceLock::new());
        let ledger = Arc::new(MemoryLedger::new());
        let budget = Budget::new("b")
            .limit(usd("1"), Window::Total)
            .ledger(ledger.clone());
        let watched = budget.clone().on_alert(LastWord(known.clone()));
        let _ = known.set(ledger);
        hold(&watched.scope(), "0.5").settle(usd("0.5"));
        drop(watched);
        hold(&budget.scope(), "0.1").release();
        done.send(()).unwrap();
    });
    let answer = ended.recv_timeout(Duration::from_secs(5));
    assert_ne!(
        answer,
        Err(RecvTimeoutError::Timeout),
        "it waits for itself"
    );
}

/// An operator has looked the call up and taken its charge back. An end that comes later and knows nothing is no reason to
/// charge it again: only one that knows the cost is.
#[test]
fn an_end_that_knows_nothing_undoes_no_refund() {
    let clock = clock();
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let budget = Budget::new("b")
        .limit(usd("1"), Window::Total)
        .ledger(ledger.clone());
    let mut late = hold(&budget.scope(), "0.8");
    late.sent();
    clock.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(spent(&budget.scope()), usd("0.8"), "spent by its lease");
    let back = ledger.refund(&Refund::of_hold("r-1", late.id(), usd("0.8")));
    assert_eq!(back, Ok(usd("0.8")));
    drop(late);
    assert_eq!(spent(&budget.scope()), Usd::ZERO);
}

/// An operator who was told that all is spent, and has raised the limit, is told again when the new one is.
#[test]
fn a_raised_limit_alerts_anew() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    let watcher = move |alert: &Alert| {
        let seen = (alert.share(), alert.allowance().limit());
        log.lock().unwrap().push(seen);
    };
    let budget = Budget::new("b")
        .limit(usd("1"), Window::Total)
        .on_alert(watcher);
    hold(&budget.scope(), "1").settle(usd("1"));
    let raised = budget.clone().limit(usd("10"), Window::Total);
    hold(&raised.scope(), "9").settle(usd("9"));
    let expected = [(Share::WHOLE, usd("1")), (Share::WHOLE, usd("10"))];
    assert_eq!(*told.lock().unwrap(), expected);
}

/// A call that asks for more than is left, of a budget of which next to nothing is spent, is refused. That is no reason to say
/// that all is spent, and least of all never to say again how much is: one such call now mutes a budget for its window.
#[test]
fn a_refused_call_mutes_no_alert() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    let watcher = move |alert: &Alert| log.lock().unwrap().push(alert.share());
    let budget = Budget::new("b")
        .limit(usd("1"), Window::Month)
        .on_alert(watcher);
    hold(&budget.scope(), "0.01").settle(usd("0.01"));
    let label = HoldLabel::new("m", "acme");
    let dear = Hold::open(&[budget.scope()], usd("1"), label, CutRule::Bound);
    assert!(dear.now_or_never().unwrap().is_err());
    for _ in 0..9 {
        hold(&budget.scope(), "0.1").settle(usd("0.1"));
    }
    let told = told.lock().unwrap();
    assert!(told.contains(&Share::HALF), "{told:?}");
    assert!(told.contains(&Share::FOUR_FIFTHS), "{told:?}");
}

/// Two budgets of one name, of which each limits another kind of window, spend the same money, and both alert.
#[test]
fn both_budgets_of_a_name_alert() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let watcher = || {
        let log = told.clone();
        move |alert: &Alert| log.lock().unwrap().push(alert.allowance().window())
    };
    let day = Budget::new("b")
        .limit(usd("1"), Window::Day)
        .on_alert(watcher());
    let month = Budget::new("b")
        .limit(usd("1"), Window::Month)
        .on_alert(watcher())
        .within(&day);
    let scopes = [day.scope(), month.scope()];
    let label = HoldLabel::new("m", "acme");
    let opening = Hold::open(&scopes, usd("0.9"), label, CutRule::Bound);
    opening.now_or_never().unwrap().unwrap().settle(usd("0.9"));
    assert_eq!(*told.lock().unwrap(), [Window::Day, Window::Month]);
}

/// A charge is in doubt in the window that it was taken from, where it is part of what is spent; not in the one in which
/// its call happened to end.
#[test]
fn no_window_has_more_in_doubt_than_is_spent() {
    let clock = clock();
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let budget = Budget::new("b")
        .limit(usd("1"), Window::Minute)
        .ledger(ledger.clone());
    let mut long = hold(&budget.scope(), "0.8");
    long.sent();
    clock.advance(Duration::from_secs(60));
    hold(&budget.scope(), "0.1").settle(usd("0.1"));
    long.cut();
    let statement = ledger.snapshot().statement();
    for window in &statement.windows {
        assert!(window.doubtful_usd <= window.spent_usd, "{window:?}");
    }
}

/// A name that a spreadsheet would run is not run where its lists are parted by semicolons, nor behind what it skips, nor
/// in full width.
#[test]
fn no_name_in_a_statement_is_a_formula() {
    let line = |name: &str| {
        let budget = Budget::new(name).limit(usd("1"), Window::Total);
        hold(&budget.scope(), "0.1").settle(usd("0.1"));
        let scope = budget.scope();
        let snapshot = scope.ledger().snapshot();
        let csv = snapshot.now_or_never().unwrap().unwrap().statement().csv();
        csv.split_once("\r\n").unwrap().1.to_owned()
    };
    let guarded = |name: &str| {
        ["'", "\"'"]
            .iter()
            .any(|guard| line(name).starts_with(guard))
    };
    for name in ["=1+1", "@x", "\u{ff1d}1+1", "\n=1+1"] {
        assert!(guarded(name), "{name:?} is not guarded");
    }
    let quoted = line("a;=1+1").starts_with('"');
    assert!(quoted, "a field of its own where lists have semicolons");
}

/// A clock that shows a time no calendar reaches is an error of that clock, and no panic in a call's way.
#[test]
fn the_last_moment_there_is_panics_nowhere() {
    let last = SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(i64::MAX as u64))
        .unwrap();
    let clock = clock();
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let budget = Budget::new("b").limit(usd("1"), Window::Day).ledger(ledger);
    clock.set(last);
    hold(&budget.scope(), "0.1").settle(usd("0.1"));
    assert_eq!(spent(&budget.scope()), usd("0.1"));
}

/// One tenant hangs up a thousand times, at next to nothing each. What is listed of others should stay there: a
/// late end is to correct it, and an operator to find it.
#[test]
fn one_tenants_doubts_push_out_none_of_another() {
    let clock = clock();
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let each = Budget::new("each")
        .limit(usd("1"), Window::Total)
        .each_tenant()
        .ledger(ledger.clone());
    let of = |name: &str| each.scope_of(ScopeKey::new(name).unwrap());
    let mut late = hold(&of("ann"), "0.8");
    late.sent();
    clock.advance(Duration::from_secs(2 * 3_600));
    for _ in 0..1_100 {
        let mut cut = hold(&of("eve"), "0.000001");
        cut.sent();
        cut.cut();
    }
    late.settle(usd("0.1"));
    assert_eq!(spent(&of("ann")), usd("0.1"));
}

/// Held: a hold in two ledgers of which one panics ends in the other all the same.
#[test]
fn a_ledger_that_panics_keeps_no_money_of_another() {
    #[derive(Debug)]
    struct Panics(MemoryLedger);
    impl Ledger for Panics {
        fn reserve(&self, ask: &tower_genai::budget::Ask<'_>) -> tower_genai::budget::Reserving {
            self.0.reserve(ask)
        }
        fn settle(&self, _: HoldId, _: Settlement) {
            panic!("a ledger that must not panic");
        }
        fn allowance(&self, scope: &Scope) -> Option<tower_genai::budget::Allowance> {
            self.0.allowance(scope)
        }
        fn snapshot(
            &self,
        ) -> tower_genai::budget::LedgerFuture<
            '_,
            Result<tower_genai::budget::Snapshot, tower_genai::budget::LedgerError>,
        > {
            Ledger::snapshot(&self.0)
        }
        fn refund(
            &self,
            refund: &Refund,
        ) -> tower_genai::budget::LedgerFuture<'_, Result<Usd, tower_genai::budget::RefundError>>
        {
            Ledger::refund(&self.0, refund)
        }
        fn flush(
            &self,
        ) -> tower_genai::budget::LedgerFuture<'_, Result<(), tower_genai::budget::LedgerError>>
        {
            self.0.flush()
        }
    }
    let bad = Budget::new("bad")
        .limit(usd("1"), Window::Total)
        .ledger(Arc::new(Panics(MemoryLedger::new())));
    let good = Budget::new("good").limit(usd("1"), Window::Total);
    let scopes = [bad.scope(), good.scope()];
    let label = HoldLabel::new("m", "acme");
    let opening = Hold::open(&scopes, usd("0.5"), label, CutRule::Bound);
    let hold = opening.now_or_never().unwrap().unwrap();
    hold.settle(usd("0.2"));
    let left = good.scope().allowance().unwrap();
    assert_eq!((left.held(), left.spent()), (Usd::ZERO, usd("0.2")));
}

/// Held: where there is no room for all accounts of an ask, none is made.
#[test]
fn no_room_for_two_makes_none() {
    let ledger = Arc::new(MemoryLedger::new().most_accounts(1));
    let outer = Budget::new("outer")
        .limit(usd("1"), Window::Total)
        .ledger(ledger.clone());
    let inner = Budget::new("inner")
        .limit(usd("1"), Window::Total)
        .within(&outer);
    let scopes = [outer.scope(), inner.scope()];
    let label = HoldLabel::new("m", "acme");
    let refused = Hold::open(&scopes, usd("0.1"), label, CutRule::Bound);
    let refused = refused.now_or_never().unwrap().unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Full);
    assert!(ledger.snapshot().accounts.is_empty());
    hold(&inner.scope(), "0.1").settle(usd("0.1"));
}

/// Held: alerts at nothing, of nothing, and of more than there is say what they can and disturb nobody.
#[test]
fn alerts_at_the_ends_disturb_nobody() {
    let none = Share::new(0, u32::MAX).unwrap();
    let least = Share::new(1, u32::MAX).unwrap();
    for limit in [Usd::ZERO, usd("1"), Usd::MAX] {
        let budget = Budget::new("b")
            .limit(limit, Window::Total)
            .observe()
            .alerts([Share::WHOLE, none, least, none])
            .on_alert(|_: &Alert| panic!("a watcher that panics"));
        for spent in [Usd::ZERO, usd("0.1"), Usd::MAX, Usd::MAX] {
            hold(&budget.scope(), "0").settle(spent);
        }
        let left = budget.scope().allowance().unwrap();
        assert_eq!(left.spent(), Usd::MAX);
    }
}

/// Held: limits that are lowered to nothing under open holds refuse what costs, and take the ends.
#[test]
fn a_limit_lowered_to_nothing_takes_the_ends() {
    let budget = Budget::new("b").limit(usd("1"), Window::Total);
    let open = hold(&budget.scope(), "0.8");
    let none = budget.clone().limit(Usd::ZERO, Window::Total);
    let label = HoldLabel::new("m", "acme");
    let refused = Hold::open(&[none.scope()], usd("0.1"), label, CutRule::Bound);
    assert!(refused.now_or_never().unwrap().is_err());
    hold(&none.scope(), "0").release();
    open.settle(usd("0.9"));
    assert_eq!(spent(&none.scope()), usd("0.9"));
}

/// A hold without a bound lasts longer than its lease; then its end comes, with a cost. It was spent in a window that runs,
/// and counts.
#[test]
fn a_late_end_without_a_bound_counts() {
    let clock = clock();
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let budget = Budget::new("b")
        .limit(usd("1"), Window::Total)
        .observe()
        .ledger(ledger.clone());
    let mut late = hold(&budget.scope(), "0");
    late.unbounded();
    late.sent();
    clock.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(ledger.snapshot().doubtful.len(), 1, "its lease is over");
    late.settle(usd("0.7"));
    assert_eq!(spent(&budget.scope()), usd("0.7"));
}
