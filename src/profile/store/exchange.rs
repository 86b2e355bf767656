use std::{fmt, pin::Pin};

use super::{Rows, StoreError, Stream};

/// What a store does for its answer.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps what profiles learn. See the [module docs](crate::profile::store).
///
/// It is asked by one thread, one thing after another, on a runtime of that thread's own with a clock and, where the
/// features of this crate need them, sockets. It may block.
pub trait ProfileStore: fmt::Debug + Send + Sync {
    /// What was kept before, as far as it is at hand at once. Asked once, before anything is told.
    fn at_hand(&self) -> Heard {
        Heard::default()
    }

    /// Keeps what this process has learned since the last time, and tells what others have.
    ///
    /// Fails as a whole: then the same is told again, under the same [number](Told::number), and what was kept of it must
    /// not be kept twice.
    fn exchange<'a>(&'a self, told: &'a Told) -> StoreFuture<'a, Result<Heard, StoreError>>;
}

/// What a process tells a store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Told {
    /// Which process: a random number.
    pub process: u64,
    /// Counts up with each exchange that has succeeded.
    pub number: u64,
    /// All streams that the process knows, with what is new in each, if anything.
    pub streams: Vec<Stream>,
    /// What was counted since the last time, for all tenants that the process knows.
    pub rows: Vec<Rows>,
    /// After how many seconds counts count half.
    pub half_life_s: f64,
    /// The time, in seconds since 1970.
    pub at: f64,
}

impl Told {
    /// Whether there is something to be kept.
    pub fn has_news(&self) -> bool {
        let labels = self.streams.iter().any(|stream| !stream.labels.is_empty());
        labels || self.rows.iter().any(|rows| !rows.rows.is_empty())
    }
}

/// What a process hears from a store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Heard {
    /// Of streams, what others have told since the last time; of one that is [anew](Stream::anew), everything that was
    /// kept before.
    pub streams: Vec<Stream>,
    /// Everything that is kept of these, what was just told included. Those of which only this process tells may be
    /// left out.
    pub rows: Vec<Rows>,
}
