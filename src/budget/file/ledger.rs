use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError},
    thread::{self, ThreadId},
};

use tokio::sync::oneshot;

use super::{
    ClosedWindow, FileLedgerOptions, disk::Disk, shared::Shared, store::Store, waiter::Waiter,
    writer,
};
use crate::{
    budget::{
        Allowance, Ask, HoldId, Ledger, LedgerError, LedgerFuture, Refund, RefundError, Refused,
        Reserving, Scope, Settlement, Snapshot,
        book::{Book, Told},
    },
    money::Usd,
};

/// How many holds of a process that has ended are told of one by one.
const TOLD: usize = 20;

/// Keeps accounts in a file: for one process, and across its end.
///
/// ```no_run
/// use std::sync::Arc;
/// use tower_genai::budget::{Budget, FileLedger, Window};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ledger = Arc::new(FileLedger::open("ledger.redb")?);
/// let org = Budget::new("org")
///     .limit("10.00".parse()?, Window::Day)
///     .ledger(ledger);
/// # Ok(())
/// # }
/// ```
///
/// # What it promises
///
/// A hold is granted when it is on the disk (`fsync`), and not before. So after any end of the process, also by `kill -9`
/// or a power cut, what the ledger has spent is at least what was billed for holds that it granted, at most the limits, and
/// each hold counts once:
///
/// * Ends of holds, refunds, doubtful charges, windows, and which kinds of window a name is counted by are kept. So is the
///   latest time seen: a clock that stands behind it renews nothing.
/// * Holds that are open when the file is opened belong to a process that is no more. What they held may be gone, and
///   counts as spent: each is [listed](Snapshot::doubtful) as a doubtful charge that
///   [expired](crate::budget::DoubtfulCharge::expired) and told of by a warning (the first twenty one by one). An operator can
///   [refund](Ledger::refund) it, or [settle](Ledger::settle) it by its name once what it cost is known; the second time
///   changes nothing. Only those that are [listed](FileLedgerOptions::doubtful_kept) can be corrected.
/// * An end is written with the next commit, at the latest some 50 ms later; [`flush`](Ledger::flush) and
///   [`refund`](Ledger::refund) wait for theirs, and dropping the ledger waits for all. An end that a crash takes back
///   leaves its hold open in the file, which then counts at its bound: more than it cost, never less.
/// * Not kept: how far [rate limits](crate::budget::RateLimit) are used up, which is soon forgotten anyway; holds that only they
///   concern; and the counters of the snapshot since the last commit.
///
/// The books are in memory, and every step is made there as in a [`MemoryLedger`](crate::budget::MemoryLedger), with its rules for
/// leases, clocks and room. The file is read once, when it is opened.
///
/// # What it costs
///
/// Refusals, ends and [`allowance`](Ledger::allowance) do not wait for the disk. A hold waits for the commit that begins
/// next: one `fsync`, or up to two where another commit is on its way. One commit serves all who wait when it begins, so
/// that throughput grows with the calls in flight. Measured with an unoptimised build on two shared cores: while one
/// `fdatasync` took 3.8 ms, a call alone had its hold after 4 ms (some 250 calls a second), and 64 at once made 3 600 calls
/// a second, each with its hold after 17 ms; while one took 0.07 ms, 64 at once made 13 000, after 5 ms.
///
/// Two threads belong to each ledger: one writes, one watches that the disk answers. No lock is held while the disk works.
/// Opening reads and checks the whole file, dropping waits for the last commit: both block the calling thread.
///
/// # When the disk fails
///
/// When it is full, reports an error or does not answer within the [patience](FileLedgerOptions::patience), holds that wait
/// are released and refused as [`Unavailable`](crate::budget::RefusedKind::Unavailable), and so are all others at once until it
/// works again. Budgets that [fail open](crate::budget::OnFailure::Admit), and those that only observe, go on in memory. It is
/// told by one error event. The ledger tries again after 10 ms, then ever less often, at last every five seconds; it then
/// writes everything anew, since after a failed `fsync` nobody knows what is on the disk. If another process has opened the
/// file meanwhile, it stays [`Lost`](LedgerError::Lost) until it is opened again.
///
/// # The file
///
/// It is a [redb](https://docs.rs/redb) database, and one ledger has it open at a time, in this process or another: the
/// second one fails to open. Do not put it on a file system without locks, and do not replace it while it is open. Copies
/// are whole when the ledger is closed. Every row has a checksum, and rows are counted: what is damaged, missing or of a
/// version to come is an error when it is opened, and never free money. There is one exception: after a crash, damage to the
/// pages of the very last commit cannot be told from a commit that never ended, and that commit is taken back.
///
/// Days, months and longer windows that are over leave a line in a [statement](Self::closed) for 400 days.
#[doc(alias = "redb")]
pub struct FileLedger {
    shared: Arc<Shared>,
    name: String,
    writer: Option<ThreadId>,
}

impl FileLedger {
    /// Opens the file, or makes it where there is none, with the default [options](Self::options).
    ///
    /// Blocks while the file is read and written once.
    ///
    /// # Errors
    /// [`Unavailable`](LedgerError::Unavailable) when the file cannot be read or written, also because another ledger has
    /// it open; [`Corrupt`](LedgerError::Corrupt) when it is not a ledger's, is damaged, or is of a form that this version
    /// does not know.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, LedgerError> {
        Self::options().open(path)
    }

    /// To be opened in another way.
    pub fn options() -> FileLedgerOptions {
        FileLedgerOptions::default()
    }

    pub(super) fn start(
        disk: Box<dyn Disk>,
        options: FileLedgerOptions,
    ) -> Result<Self, LedgerError> {
        let FileLedgerOptions {
            clock,
            rules,
            patience,
        } = options;
        let name = disk.name();
        let within = |error: LedgerError| error.within(&name);
        let (mut store, rows) = Store::open(disk).map_err(within)?;
        let mut book = Book::new(clock.now());
        book.rules(|all| *all = rules);
        book.note();
        if let Some(rows) = rows {
            let restored = book.restore(rows);
            restored.map_err(|why| within(LedgerError::Corrupt(why.into())))?;
        }
        // Whatever is open belongs to a process that is no more. Its money may be gone.
        book.orphan();
        store.commit(&book.write_down()).map_err(within)?;
        tell(book.told());
        let mut ledger = Self {
            shared: Arc::new(Shared::new(clock, patience, book)),
            name,
            writer: None,
        };
        ledger.begin(store)?;
        Ok(ledger)
    }

    #[cfg(test)]
    pub(super) fn shared_for_tests(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    fn begin(&mut self, store: Store) -> Result<(), LedgerError> {
        let failed = |error: std::io::Error| LedgerError::Unavailable(error.to_string().into());
        let shared = Arc::clone(&self.shared);
        let watch = thread::Builder::new().name("ledger-watch".into());
        watch
            .spawn(move || writer::watch(&shared))
            .map_err(failed)?;
        let shared = Arc::clone(&self.shared);
        let writer = thread::Builder::new().name("ledger-writer".into());
        let writer = writer.spawn(move || writer::write(&shared, store));
        match writer {
            Ok(writer) => self.writer = Some(writer.thread().id()),
            Err(error) => {
                self.shared.lock().closed = true;
                self.shared.watch.notify_all();
                return Err(failed(error));
            }
        }
        Ok(())
    }

    /// All accounts, open holds and doubtful charges, as of one moment.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.step(|state| state.book.snapshot())
    }

    /// The days, months and longer windows that are over and in which something was spent, the earliest end first, for
    /// 400 days. A window comes in when its account is next used or looked at after its end.
    ///
    /// # Errors
    /// When the file cannot be written or read.
    pub async fn closed(&self) -> Result<Vec<ClosedWindow>, LedgerError> {
        self.snapshot();
        self.after_commit(Waiter::Closed).await
    }

    /// Waits for a commit that begins from now on.
    async fn after_commit<T>(
        &self,
        waiter: impl FnOnce(oneshot::Sender<Result<T, LedgerError>>) -> Waiter,
    ) -> Result<T, LedgerError> {
        let (told, answer) = oneshot::channel();
        self.shared.step(|state| match &state.failing {
            Some(error) => drop(told_failed(told, error)),
            None => state.waiting.push(waiter(told)),
        });
        let closed = || LedgerError::Unavailable("it is closed".into());
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

fn told_failed<T>(
    told: oneshot::Sender<Result<T, LedgerError>>,
    error: &LedgerError,
) -> Result<(), Result<T, LedgerError>> {
    told.send(Err(error.clone()))
}

/// Tells what came of the last process, not without bound.
fn tell(told: Vec<Told>) {
    let (expired, others): (Vec<_>, Vec<_>) = told
        .into_iter()
        .partition(|told| matches!(told, Told::Expired { .. }));
    let more = expired.len().saturating_sub(TOLD);
    expired.into_iter().take(TOLD).for_each(Told::tell);
    if more > 0 {
        tracing::warn!(
            more,
            "further holds of a process that has ended count as spent"
        );
    }
    others.into_iter().for_each(Told::tell);
}

impl Ledger for FileLedger {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let (granted, answer) = oneshot::channel();
        let now = self.shared.clock.now();
        let of = ask.scopes().iter().find(|scope| scope.refuses());
        let Some(scope) = of.or(ask.scopes().first()) else {
            return Reserving::Done(Ok(()));
        };
        let (bound, id, forced) = (ask.bound(), ask.id(), ask.is_forced());
        let waits = self.shared.step(|state| {
            if state.failing.is_some() && !forced {
                return Err(Refused::unavailable(scope, bound, now));
            }
            state.book.reserve(ask)?;
            let waits = state.failing.is_none() && state.book.writes_down(id);
            if waits {
                state.waiting.push(Waiter::Hold {
                    id,
                    forced,
                    granted,
                });
            }
            Ok(waits)
        });
        match waits {
            Err(refused) => Reserving::Done(Err(refused)),
            Ok(false) => Reserving::Done(Ok(())),
            Ok(true) => {
                let scope = scope.clone();
                Reserving::Later(Box::pin(async move {
                    match answer.await {
                        Ok(true) => Ok(()),
                        _ => Err(Refused::unavailable(&scope, bound, now)),
                    }
                }))
            }
        }
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        self.shared
            .step(|state| state.book.settle(hold, settlement));
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.shared.step(|state| state.book.allowance(scope))
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Box::pin(std::future::ready(Ok(self.snapshot())))
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        let answer = self.shared.step(|state| state.book.refund(refund));
        if let Ok(amount) = &answer {
            tracing::info!(refund = refund.id(), target = ?refund.target(), amount_usd = %amount, "refunded");
        }
        Box::pin(async move {
            let amount = answer?;
            self.after_commit(Waiter::Flush).await?;
            Ok(amount)
        })
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        Box::pin(self.after_commit(Waiter::Flush))
    }
}

impl Drop for FileLedger {
    /// Waits until what is left is written and the file is closed, as long as the ledger's
    /// [patience](FileLedgerOptions::patience) at most.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.stop = true;
        self.shared.work.notify_one();
        // The writer itself may be the one who drops it, with the waker of a task that is gone.
        if self
            .writer
            .is_none_or(|writer| writer == thread::current().id())
        {
            return;
        }
        let over = &self.shared.over;
        let waited = over.wait_timeout_while(state, self.shared.patience, |state| !state.closed);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let closed = state.closed;
        drop(state);
        if !closed {
            tracing::error!(
                ledger = self.name,
                "the disk does not answer; the last ends may be lost"
            );
        }
    }
}

impl fmt::Debug for FileLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("FileLedger")
            .field("file", &self.name)
            .field("failing", &state.failing)
            .finish_non_exhaustive()
    }
}
