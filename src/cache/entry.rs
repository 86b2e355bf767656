use std::{fmt, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::answer::{Form, convert};
use crate::{
    catalog::Usage,
    observe::{FinishReasons, Made},
};

/// An answer that was given, as a [`Store`](super::Store) keeps it.
///
/// Only this crate makes one. `Debug` shows no words of it.
#[derive(Clone)]
pub struct Entry {
    pub(super) form: Form,
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    pub(super) finish_reasons: FinishReasons,
    pub(super) usage: Option<Usage>,
    pub(super) made: Option<Made>,
    pub(super) since: Instant,
    pub(super) ttl: Duration,
}

/// What an entry takes beside its body: itself, its key, the headers, the decision and the store's own records.
const OVERHEAD: usize = 1_536;

impl Entry {
    /// About how many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        OVERHEAD + self.body.len() + self.made.as_ref().map_or(0, Made::bytes)
    }

    /// For how long it has been there.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// For how long it may still be given; zero once it has expired.
    pub fn ttl(&self) -> Duration {
        self.ttl.saturating_sub(self.age())
    }

    /// The answer in a form; `None` for what cannot be written so.
    pub(super) fn written(&self, form: Form) -> Option<Bytes> {
        convert(&self.body, self.form, form, self.usage.as_ref())
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("bytes", &self.bytes())
            .field("age", &self.age())
            .field("ttl", &self.ttl())
            .finish_non_exhaustive()
    }
}
