#[cfg(not(tower_genai_loom))]
use std::sync::Mutex;
use std::{future::ready, sync::PoisonError, time::Duration};

#[cfg(tower_genai_loom)]
use loom::sync::Mutex;

use super::{
    Allowance, Ask, HoldId, Ledger, LedgerError, LedgerFuture, Refund, RefundError, Reserving,
    Scope, Settlement, Snapshot, book::Book,
};
use crate::{context::Clock, money::Usd};

/// Keeps accounts in memory: the default.
///
/// Its promise holds in one process, without condition: each step is made under one lock that is held for a few lookups
/// and additions. What it knows is gone when the process ends.
///
/// Windows that are past and have no open hold are dropped, and what is spent in a running window never is. There are
/// [at most a million](Self::most_accounts) accounts; when it is full, enforcing budgets refuse a call that needs another
/// one, and observing ones let it pass uncounted.
///
/// A hold that nobody ends within its [lease](Self::lease) counts as spent, and is listed as doubtful; if its end comes
/// after all, that corrects it.
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
        let book = Book::new(clock.now());
        Self {
            clock,
            book: Mutex::new(book),
        }
    }

    /// How many doubtful charges the snapshot lists, and can be refunded one by one: the latest. Default: 1024. Those whose
    /// end may come yet are forgotten last, and there may be twice as many.
    #[must_use]
    pub fn doubtful_kept(self, charges: usize) -> Self {
        self.step(|book| book.rules(|rules| rules.doubtful_kept = charges));
        self
    }

    /// How long a hold lasts that nobody ends: longer than any call. Default: an hour.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        self.step(|book| book.rules(|rules| rules.lease = lease));
        self
    }

    /// How many accounts there may be. Default: a million, of some 300 bytes each.
    #[must_use]
    pub fn most_accounts(self, accounts: usize) -> Self {
        self.step(|book| book.rules(|rules| rules.most_accounts = accounts));
        self
    }

    /// All accounts, open holds and doubtful charges, as of one moment.
    pub fn snapshot(&self) -> Snapshot {
        self.step(Book::snapshot)
    }

    /// Takes back spending that turned out not to be owed: see [`Ledger::refund`].
    ///
    /// # Errors
    /// When the ledger does not know the hold or account.
    pub fn refund(&self, refund: &Refund) -> Result<Usd, RefundError> {
        let answer = self.step(|book| book.refund(refund));
        if let Ok(amount) = &answer {
            tracing::info!(refund = refund.id(), target = ?refund.target(), amount_usd = %amount, "refunded");
        }
        answer
    }

    /// One step. The book is whole also after a panic elsewhere: no step of it calls code of others.
    fn step<T>(&self, step: impl FnOnce(&mut Book) -> T) -> T {
        let now = self.clock.now();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.turn(now);
        let answer = step(&mut book);
        let told = book.told();
        drop(book);
        told.into_iter().for_each(super::book::Told::tell);
        answer
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

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        self.step(|book| book.settle(hold, settlement));
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.step(|book| book.allowance(scope))
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Box::pin(ready(Ok(self.snapshot())))
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        Box::pin(ready(self.refund(refund)))
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        Box::pin(ready(Ok(())))
    }
}
