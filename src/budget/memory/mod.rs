//! The ledger of one process.

mod account;
mod book;
mod held;
mod kinds;
mod refunds;

use std::sync::{Mutex, PoisonError};

use self::book::Book;
use super::{Allowance, Ask, End, HoldId, Ledger, Refund, RefundError, Reserving, Scope, Snapshot};
use crate::{context::Clock, money::Usd};

const DOUBTFUL_KEPT: usize = 1_024;

/// Keeps accounts in memory: the default.
///
/// Its promise holds in one process, without condition: each step is made under one lock that is held for a lookup
/// and a few additions. What it knows is gone when the process ends. It is never full: windows that are past and have
/// no open hold are dropped, and what is spent in a running window never is.
///
/// Its clock decides which window runs, and never goes back: while the wall clock stands behind the latest time seen, the
/// windows of that time go on. One that was far ahead by mistake therefore renews nothing until that time comes, or the
/// process starts anew.
///
/// Refunds are remembered by their ids, the latest 4096 of them.
#[derive(Debug)]
pub struct MemoryLedger {
    clock: Clock,
    book: Mutex<Book>,
}

impl MemoryLedger {
    /// An empty ledger by the system's clock.
    pub fn new() -> Self {
        Self::with_clock(Clock::system())
    }

    /// An empty ledger by this clock.
    pub fn with_clock(clock: Clock) -> Self {
        let book = Book::new(clock.now(), DOUBTFUL_KEPT);
        Self {
            clock,
            book: Mutex::new(book),
        }
    }

    /// How many doubtful charges the snapshot lists, and can be refunded one by one. Default: 1024, the latest.
    #[must_use]
    pub fn doubtful_kept(self, charges: usize) -> Self {
        let mut ledger = self;
        let book = ledger.book.get_mut();
        book.unwrap_or_else(PoisonError::into_inner)
            .keep_doubtful(charges);
        ledger
    }

    /// One step. The book is whole also after a panic elsewhere: no step of it calls code of others.
    fn step<T>(&self, step: impl FnOnce(&mut Book) -> T) -> T {
        let now = self.clock.now();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.turn(now);
        step(&mut book)
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new()
    }
}

impl Ledger for MemoryLedger {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        Reserving::Done(self.step(|book| book.reserve(ask)))
    }

    fn settle(&self, hold: HoldId, end: End) {
        if let Some(exceeded) = self.step(|book| book.settle(hold, end)) {
            tracing::error!(
                hold = %hold,
                account = exceeded.account.as_ref().map(tracing::field::display),
                model = exceeded.label.model(),
                provider = exceeded.label.provider(),
                bound_usd = %exceeded.bound,
                spent_usd = %exceeded.spent,
                "bound exceeded: an attempt cost more than was held for it",
            );
        }
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.step(|book| book.allowance(scope))
    }

    fn snapshot(&self) -> Snapshot {
        self.step(Book::snapshot)
    }

    fn refund(&self, refund: &Refund) -> Result<Usd, RefundError> {
        let answer = self.step(|book| book.refund(refund));
        if let Ok(amount) = answer {
            tracing::info!(refund = refund.id(), target = ?refund.target(), amount_usd = %amount, "refunded");
        }
        answer
    }
}
