use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout_at};

use super::{CutRule, Hold, HoldLabel, Opening, Refused, RefusedKind, Scope};
use crate::money::Usd;

/// How often the first in line asks again while nobody has told it that money came back: other processes do not.
const TICK: Duration = Duration::from_millis(100);

/// What a hold is wanted for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) scopes: Vec<Scope>,
    pub(super) bound: Usd,
    pub(super) rule: CutRule,
    pub(super) label: HoldLabel,
    pub(super) requests: u64,
    pub(super) tokens: u64,
}

/// Whether calls may wait for the money of a scope.
pub(super) fn waits(scope: &Scope) -> bool {
    scope.is_hard() && !scope.hold_wait().is_zero()
}

/// Whether waiting may help: the money is there, and others hold it.
pub(super) fn may_wait(refused: &Refused) -> bool {
    refused.kind() == RefusedKind::Held && waits(refused.scope())
}

impl Wish {
    /// A hold that no ledger has yet.
    pub(super) fn hold(&self) -> Hold {
        Hold::unsent(self.bound, self.rule)
    }

    /// The scopes whose waiting calls are to know when the hold's money comes back.
    pub(super) fn waiting(&self) -> Vec<Scope> {
        self.scopes
            .iter()
            .filter(|scope| waits(scope))
            .cloned()
            .collect()
    }

    /// A scope for whose money others wait, and this one is to wait too: not where it costs nothing, nor where it can never
    /// fit.
    pub(super) fn crowded(&self) -> Option<Scope> {
        let never = |scope: &Scope| {
            let mut limits = scope.limits().iter();
            scope.is_hard() && limits.any(|limit| self.bound > limit.amount())
        };
        if self.bound == Usd::ZERO || self.scopes.iter().any(never) {
            return None;
        }
        let mut waiting = self.scopes.iter().filter(|scope| waits(scope));
        waiting
            .find(|scope| scope.room().line(scope.account()).is_some())
            .cloned()
    }

    /// Waits its turn for the money of `scope`, and then until there is enough or the scope's time is over.
    pub(super) async fn in_line(self, mut scope: Scope) -> Result<Hold, Refused> {
        let began = Instant::now();
        loop {
            let until = began + scope.hold_wait();
            let line = scope.room().stand(scope.account());
            let Ok(Ok(_first)) = timeout_at(until, line.first.acquire()).await else {
                return Err(self.still_held(&scope));
            };
            let refused = loop {
                let refused = match Opening::at_once(self.clone()).await {
                    Ok(hold) => return Ok(hold),
                    Err(refused) => refused,
                };
                if !may_wait(&refused) {
                    return Err(refused);
                }
                if refused.scope().account() != scope.account() {
                    break refused;
                }
                let now = Instant::now();
                if now >= until {
                    return Err(refused);
                }
                let _ = timeout_at(until.min(now + TICK), line.freed.notified()).await;
            };
            scope = refused.scope().clone();
            if Instant::now() >= began + scope.hold_wait() {
                return Err(refused);
            }
        }
    }

    /// The refusal of one whose turn has not come.
    fn still_held(&self, scope: &Scope) -> Refused {
        let now = SystemTime::now();
        match scope.allowance() {
            Some(allowance) => Refused::by(scope, allowance, self.bound, now),
            None => Refused::unavailable(scope, self.bound, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::budget::{
        Allowance, Ask, Budget, HoldId, Ledger, LedgerError, LedgerFuture, MemoryLedger, Refund,
        RefundError, Reserving, Settlement, Snapshot, Window,
    };

    #[derive(Debug, Default)]
    struct Counted {
        inner: MemoryLedger,
        asked: AtomicUsize,
    }

    impl Ledger for Counted {
        fn reserve(&self, ask: &Ask<'_>) -> Reserving {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.inner.reserve(ask)
        }

        fn settle(&self, hold: HoldId, settlement: Settlement) {
            self.inner.settle(hold, settlement);
        }

        fn allowance(&self, scope: &Scope) -> Option<Allowance> {
            self.inner.allowance(scope)
        }

        fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
            Ledger::snapshot(&self.inner)
        }

        fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
            Ledger::refund(&self.inner, refund)
        }

        fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
            self.inner.flush()
        }
    }

    /// One that is refused gives nothing back, so it wakes nobody, and itself least of all.
    #[tokio::test(start_paused = true)]
    async fn who_waits_asks_again_when_money_came_back_and_now_and_then() {
        let ledger = Arc::new(Counted::default());
        let one = Usd::from_nanos(1).unwrap();
        let scope = Budget::new("org")
            .limit(one, Window::Total)
            .hold_wait(10 * TICK)
            .ledger(Arc::<Counted>::clone(&ledger))
            .scope();
        let label = || HoldLabel::new("m", "p");
        let scopes = [scope];
        let first = Hold::open(&scopes, one, label(), CutRule::Bound);
        let first = first.await.unwrap();
        let second = Hold::open(&scopes, one, label(), CutRule::Bound).await;
        assert_eq!(second.unwrap_err().kind(), RefusedKind::Held);
        let asked = ledger.asked.load(Ordering::Relaxed);
        assert!(
            (10..=15).contains(&asked),
            "asked {asked} times in ten ticks"
        );
        let third = async { Hold::open(&scopes, one, label(), CutRule::Bound).await };
        let (third, ()) = tokio::join!(third, async { first.release() });
        third.unwrap().release();
        assert!(ledger.asked.load(Ordering::Relaxed) <= asked + 3);
    }
}
