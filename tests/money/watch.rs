//! Any ledger, watched: it keeps the sums of what was granted and ended itself, and finds them above the limit.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tower_genai::{
    budget::{
        Allowance, Ask, End, HoldId, Ledger, LedgerError, LedgerFuture, Refund, RefundError,
        Refused, Reserving, Scope, Settlement, Snapshot,
    },
    money::Usd,
};

#[derive(Clone, Debug)]
pub(crate) struct Watch {
    inner: Arc<dyn Ledger>,
    /// The limit of the only budget.
    limit: u64,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    holds: HashMap<HoldId, (u64, Vec<End>)>,
    held: u64,
    spent: u64,
    most: u64,
}

impl Watch {
    pub(crate) fn new(inner: &Arc<dyn Ledger>, limit: u64) -> Self {
        Self {
            inner: Arc::clone(inner),
            limit,
            seen: Arc::default(),
        }
    }

    pub(crate) fn granted(&self) -> usize {
        self.seen.lock().unwrap().holds.len()
    }

    /// What all holds were, in no order.
    pub(crate) fn bounds(&self) -> Vec<u64> {
        let seen = self.seen.lock().unwrap();
        seen.holds.values().map(|(bound, _)| *bound).collect()
    }

    /// The ends of all holds, in no order.
    pub(crate) fn ends(&self) -> Vec<End> {
        let seen = self.seen.lock().unwrap();
        let ends = seen.holds.values().flat_map(|(_, ends)| ends);
        ends.copied().collect()
    }

    /// Every hold that was granted has ended once, and never was more spent and held than there is.
    #[track_caller]
    pub(crate) fn assert_at_rest(&self) {
        let seen = self.seen.lock().unwrap();
        for (hold, (_, ends)) in &seen.holds {
            assert_eq!(ends.len(), 1, "{hold} ended as {ends:?}");
        }
        assert!(seen.most <= self.limit, "{} of {}", seen.most, self.limit);
        assert_eq!(seen.held, 0);
    }

    fn note(&self, id: HoldId, bound: Usd, answer: &Result<(), Refused>) {
        let mut seen = self.seen.lock().unwrap();
        if answer.is_ok() {
            seen.holds.insert(id, (bound.nanos(), Vec::new()));
            seen.held += bound.nanos();
            seen.most = seen.most.max(seen.held + seen.spent);
        }
    }
}

impl Ledger for Watch {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let (id, bound) = (ask.id(), ask.bound());
        match self.inner.reserve(ask) {
            Reserving::Done(answer) => {
                self.note(id, bound, &answer);
                Reserving::Done(answer)
            }
            Reserving::Later(answer) => {
                let this = self.clone();
                Reserving::Later(Box::pin(async move {
                    let answer = answer.await;
                    this.note(id, bound, &answer);
                    answer
                }))
            }
        }
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        let mut seen = self.seen.lock().unwrap();
        let seen = &mut *seen;
        if let Some((bound, ends)) = seen.holds.get_mut(&hold) {
            if ends.is_empty() {
                seen.held -= *bound;
                seen.spent += match settlement.end() {
                    End::Released => 0,
                    End::AtBound => *bound,
                    End::Cut(seen) => seen.nanos().min(*bound),
                    End::Metered(cost) | End::Counted(cost) => cost.nanos(),
                    other => panic!("another end: {other:?}"),
                };
            }
            ends.push(settlement.end());
        }
        self.inner.settle(hold, settlement);
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.inner.allowance(scope)
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        self.inner.snapshot()
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        self.inner.refund(refund)
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        self.inner.flush()
    }
}
