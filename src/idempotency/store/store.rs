use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Claim, End, Ticket,
    kept::{Kept, State},
};
use crate::idempotency::{fingerprint::Fingerprint, key::Key, refused::Refused};

/// What is known of keys, up to a number of bytes.
pub(in crate::idempotency) struct Store(Mutex<Kept>);

impl Store {
    pub(in crate::idempotency) fn new(most: usize) -> Self {
        Self(Mutex::new(Kept::new(most)))
    }

    /// What a call comes to that has this key and asks this, where keys are remembered for so long.
    pub(in crate::idempotency) fn claim(
        self: &Arc<Self>,
        key: Key,
        print: Fingerprint,
        ttl: Duration,
    ) -> Claim {
        // Dropped after the lock.
        let mut gone = Vec::new();
        let mut kept = self.kept();
        kept.expire(ttl, &mut gone);
        if let Some(slot) = kept.get(&key) {
            return match &slot.state {
                _ if slot.print != print => Claim::Refused(Refused::Reused),
                State::InFlight => Claim::Refused(Refused::InFlight),
                State::Over { since, end } => match end {
                    End::Done(record) => Claim::Done(Arc::clone(record), since.elapsed()),
                    End::NotKept => Claim::Refused(Refused::NotKept),
                    End::Failed => Claim::Refused(Refused::Failed),
                },
            };
        }
        if kept.open(key, print, &mut gone) {
            Claim::First(Ticket::new(Arc::clone(self), key))
        } else {
            Claim::Refused(Refused::Full)
        }
    }

    pub(super) fn resize(&self, key: &Key, record: usize) -> bool {
        let mut gone = Vec::new();
        self.kept().resize(key, record, &mut gone)
    }

    pub(super) fn close(&self, key: Key, end: End) {
        let mut gone = Vec::new();
        self.kept().close(key, end, &mut gone);
    }

    pub(super) fn free(&self, key: &Key) {
        self.kept().free(key);
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("Store")
            .field("keys", &kept.len())
            .field("bytes", &kept.bytes())
            .field("most", &kept.most())
            .finish()
    }
}
