use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::SystemTime,
};

use tower_genai::{
    budget::{
        Allowance, Ask, CutRule, Hold, HoldId, HoldLabel, Ledger, LedgerError, LedgerFuture,
        MemoryLedger, Refund, RefundError, Refused, Reserving, Scope, Settlement, Snapshot,
    },
    context::Clock,
    money::Usd,
};

pub(crate) fn nanos(nanos: u64) -> Usd {
    Usd::from_nanos(nanos).unwrap()
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> SystemTime {
    text.parse::<jiff::Timestamp>().unwrap().try_into().unwrap()
}

pub(crate) fn label() -> HoldLabel {
    HoldLabel::new("model", "provider")
}

/// What a ledger that answers at once answers.
pub(crate) fn now<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = std::pin::pin!(answer);
    match answer
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it does not answer at once"),
    }
}

pub(crate) fn snapshot(ledger: &dyn Ledger) -> Snapshot {
    now(ledger.snapshot()).unwrap()
}

/// Opens a hold that a memory ledger answers at once.
pub(crate) fn open(scopes: &[Scope], bound: Usd, rule: CutRule) -> Result<Hold, Refused> {
    let mut opening = std::pin::pin!(Hold::open(scopes, bound, label(), rule));
    match opening
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(hold) => hold,
        Poll::Pending => panic!("the memory ledger answers at once"),
    }
}

pub(crate) fn reserve(
    ledger: &dyn Ledger,
    id: HoldId,
    scopes: &[Scope],
    bound: Usd,
) -> Result<(), Refused> {
    match ledger.reserve(&Ask::new(id, scopes, bound, &label())) {
        Reserving::Done(answer) => answer,
        Reserving::Later(_) => panic!("the memory ledger answers at once"),
    }
}

pub(crate) fn spent(scope: &Scope) -> Usd {
    scope.allowance().unwrap().spent()
}

pub(crate) fn held(scope: &Scope) -> Usd {
    scope.allowance().unwrap().held()
}

/// Nothing is held, anywhere.
pub(crate) fn assert_at_rest(snapshot: &Snapshot) {
    assert!(snapshot.holds.is_empty(), "{:?}", snapshot.holds);
    for window in snapshot.accounts.iter().flat_map(|a| &a.windows) {
        assert_eq!((window.held, window.open_holds), (Usd::ZERO, 0));
    }
}

/// A ledger whose clock stands, so that no test meets midnight.
pub(crate) fn still() -> MemoryLedger {
    MemoryLedger::with_clock(Clock::manual(SystemTime::UNIX_EPOCH))
}

/// Looks after every step that no scope of it is above its limit.
#[derive(Debug)]
pub(crate) struct Checked(MemoryLedger);

impl Checked {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::new(Self(still()))
    }
}

pub(crate) fn check(scope: &Scope) {
    let seen = scope.allowance().unwrap();
    let sum = seen.spent().checked_add(seen.held()).unwrap();
    assert!(sum <= seen.limit(), "{seen:?}");
}

impl Ledger for Checked {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let answer = self.0.reserve(ask);
        ask.scopes().iter().for_each(check);
        answer
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        self.0.settle(hold, settlement);
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.0.allowance(scope)
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Ledger::snapshot(&self.0)
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        Ledger::refund(&self.0, refund)
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        self.0.flush()
    }
}
