use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{Notify, Semaphore};

use super::AccountId;

/// Where calls wait for money that others hold: a line for each account, first come, first served.
#[derive(Default)]
pub(super) struct Room {
    /// How many lines there are, so that whoever finds none needs no lock.
    open: AtomicUsize,
    lines: Mutex<HashMap<Arc<AccountId>, Weak<Line>>>,
}

/// Those who wait for one account's money. There is one as long as somebody waits.
pub(super) struct Line {
    account: Arc<AccountId>,
    room: Arc<Room>,
    /// Whoever has the permit is the first, and asks the ledger whenever money comes back.
    pub(super) first: Semaphore,
    /// Wakes the first.
    pub(super) freed: Notify,
}

impl Room {
    /// The line for an account, where somebody waits.
    pub(super) fn line(&self, account: &AccountId) -> Option<Arc<Line>> {
        if self.open.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.lines().get(account).and_then(Weak::upgrade)
    }

    /// The line for an account, to stand in.
    pub(super) fn stand(self: &Arc<Self>, account: &Arc<AccountId>) -> Arc<Line> {
        let mut lines = self.lines();
        if let Some(line) = lines.get(account).and_then(Weak::upgrade) {
            return line;
        }
        let line = Arc::new(Line {
            account: Arc::clone(account),
            room: Arc::clone(self),
            first: Semaphore::new(1),
            freed: Notify::new(),
        });
        lines.insert(Arc::clone(account), Arc::downgrade(&line));
        self.open.store(lines.len(), Ordering::Release);
        line
    }

    /// Money of an account came back.
    pub(super) fn freed(&self, account: &AccountId) {
        if let Some(line) = self.line(account) {
            // Kept until somebody asks, if nobody waits at this moment.
            line.freed.notify_one();
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Arc<AccountId>, Weak<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = self.room.lines();
        // Another may have taken its place already.
        if lines
            .get(&self.account)
            .is_some_and(|line| line.strong_count() == 0)
        {
            lines.remove(&self.account);
        }
        self.room.open.store(lines.len(), Ordering::Release);
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.open.load(Ordering::Relaxed);
        f.debug_struct("Room").field("open", &open).finish()
    }
}
