use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::Said;
use crate::{chat::Writer, query::Refusal};

/// What an attempt whose answer has broken off leaves to the one that goes on with it. Empty before that, and once it
/// is taken.
#[derive(Clone, Default)]
pub(crate) struct Baton(Arc<Mutex<Option<Handed>>>);

/// An answer that has broken off.
pub(in super::super) struct Handed {
    /// In the state that the caller has seen.
    pub(in super::super) writer: Box<dyn Writer>,
    pub(in super::super) said: Said,
    /// No more tokens than this were made.
    pub(in super::super) used: u64,
    /// What the caller is told if nobody goes on.
    pub(in super::super) why: Refusal,
}

impl Baton {
    /// Whether an answer has broken off that nobody goes on with yet.
    pub(crate) fn is_handed(&self) -> bool {
        self.slot().is_some()
    }

    /// Nobody goes on: what tells the caller so, in its own form.
    pub(crate) fn tell(&self) -> Option<Bytes> {
        let Handed {
            mut writer, why, ..
        } = self.take()?;
        Some(writer.fail(&why))
    }

    pub(in super::super) fn hand(&self, handed: Handed) {
        *self.slot() = Some(handed);
    }

    pub(in super::super) fn take(&self) -> Option<Handed> {
        self.slot().take()
    }

    /// Looks at what is there.
    pub(in super::super) fn look<T>(&self, at: impl FnOnce(&Handed) -> T) -> Option<T> {
        self.slot().as_ref().map(at)
    }

    fn slot(&self) -> MutexGuard<'_, Option<Handed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Baton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Baton")
            .field("handed", &self.is_handed())
            .finish()
    }
}
