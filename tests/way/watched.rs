//! A ledger that is watched: after every step no scope is above its limit, and every hold ends once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    task::Poll,
};

use tower_genai::{
    budget::{
        Allowance, Ask, End, HoldId, Ledger, LedgerError, LedgerFuture, MemoryLedger, Refund,
        RefundError, Refused, Reserving, Scope, Settlement, Snapshot,
    },
    money::Usd,
};

#[derive(Debug, Default)]
pub(crate) struct Watched {
    inner: MemoryLedger,
    /// How often an ask is pending before it is answered.
    waits: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    scopes: Vec<Scope>,
    ends: HashMap<HoldId, Vec<End>>,
    wrong: Vec<String>,
    steps: u64,
}

impl Watched {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::default()
    }

    /// Every ask is pending this often.
    pub(crate) fn slow(waits: usize) -> Arc<Self> {
        Arc::new(Self {
            waits,
            ..Self::default()
        })
    }

    fn step(&self, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.lock().unwrap();
        change(&mut seen);
        seen.steps += 1;
        for scope in seen.scopes.clone() {
            let left = self.inner.allowance(&scope).unwrap();
            let sum = left.spent().checked_add(left.held()).unwrap();
            if sum > left.limit() {
                seen.wrong
                    .push(format!("above the limit of {}: {left:?}", scope.name()));
            }
        }
    }

    fn reserve_now(&self, ask: &Ask<'_>) -> Result<(), Refused> {
        let Reserving::Done(answer) = self.inner.reserve(ask) else {
            panic!("the memory ledger answers at once");
        };
        let granted = answer.is_ok();
        self.step(|seen| {
            for scope in ask.scopes() {
                if !seen.scopes.contains(scope) {
                    seen.scopes.push(scope.clone());
                }
            }
            if granted {
                seen.ends.entry(ask.id()).or_default();
            }
        });
        answer
    }

    /// Nothing is held, every hold that was granted has ended exactly once, and no step was above a limit.
    #[track_caller]
    pub(crate) fn assert_at_rest(&self) {
        let snapshot = self.inner.snapshot();
        assert!(snapshot.holds.is_empty(), "{:?}", snapshot.holds);
        for window in snapshot.accounts.iter().flat_map(|a| &a.windows) {
            assert_eq!((window.held, window.open_holds), (Usd::ZERO, 0));
        }
        let seen = self.seen.lock().unwrap();
        assert!(seen.wrong.is_empty(), "{:?}", seen.wrong);
        for (hold, ends) in &seen.ends {
            assert_eq!(ends.len(), 1, "{hold} ended as {ends:?}");
        }
    }

    /// How many steps were watched.
    pub(crate) fn steps(&self) -> u64 {
        self.seen.lock().unwrap().steps
    }

    /// How the holds ended that were granted.
    pub(crate) fn ends(&self) -> Vec<End> {
        let seen = self.seen.lock().unwrap();
        seen.ends.values().flatten().copied().collect()
    }

    /// How many holds were granted.
    pub(crate) fn granted(&self) -> usize {
        self.seen.lock().unwrap().ends.len()
    }
}

/// For answers that come later, the ledger has to outlive the ask.
#[derive(Debug)]
pub(crate) struct Shared(pub(crate) Arc<Watched>);

impl Ledger for Shared {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        if self.0.waits == 0 {
            return Reserving::Done(self.0.reserve_now(ask));
        }
        let (id, scopes, bound, label) = (
            ask.id(),
            ask.scopes().to_vec(),
            ask.bound(),
            ask.label().clone(),
        );
        let (watched, mut waits) = (Arc::clone(&self.0), self.0.waits);
        Reserving::Later(Box::pin(std::future::poll_fn(move |cx| {
            if waits > 0 {
                waits -= 1;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(watched.reserve_now(&Ask::new(id, &scopes, bound, &label)))
        })))
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        self.0.inner.settle(hold, settlement);
        self.0.step(|seen| {
            if let Some(ends) = seen.ends.get_mut(&hold) {
                ends.push(settlement.end());
            }
        });
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.0.inner.allowance(scope)
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Ledger::snapshot(&self.0.inner)
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        Ledger::refund(&self.0.inner, refund)
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        self.0.inner.flush()
    }
}
