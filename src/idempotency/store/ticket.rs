use std::{fmt, sync::Arc};

use super::{End, Store};
use crate::idempotency::key::Key;

/// The right to say what became of a key's call. Dropped without a word, the call has failed: no key stays under way.
pub(in crate::idempotency) struct Ticket {
    store: Arc<Store>,
    key: Key,
    said: bool,
}

impl Ticket {
    pub(super) fn new(store: Arc<Store>, key: Key) -> Self {
        Self {
            store,
            key,
            said: false,
        }
    }

    /// Takes room for so many bytes of its answer in all, in place of what it had; says whether there is.
    pub(in crate::idempotency) fn resize(&self, record: usize) -> bool {
        self.store.resize(&self.key, record)
    }

    /// It has ended, and is remembered.
    pub(in crate::idempotency) fn end(mut self, end: End) {
        self.said = true;
        self.store.close(self.key, end);
    }

    /// It has ended, and the key may be used as if it had not been.
    pub(in crate::idempotency) fn free(mut self) {
        self.said = true;
        self.store.free(&self.key);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.said {
            self.store.close(self.key, End::Failed);
        }
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}
