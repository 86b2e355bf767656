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
