use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::store::Store;
use crate::observe::Observer;

/// What all calls of an [`Idempotency`](super::Idempotency) share.
#[derive(Clone)]
pub(super) struct Config {
    /// Nothing is done at all.
    pub(super) off: bool,
    pub(super) store: Arc<Store>,
    pub(super) largest: usize,
    pub(super) ttl: Duration,
    pub(super) run_on: Duration,
    /// How many calls that their callers have left may run on yet.
    pub(super) running_on: Arc<Semaphore>,
    pub(super) single_tenant: bool,
    pub(super) observer: Option<Arc<dyn Observer>>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("off", &self.off)
            .field("store", &self.store)
            .field("largest", &self.largest)
            .field("ttl", &self.ttl)
            .field("run_on", &self.run_on)
            .field("single_tenant", &self.single_tenant)
            .finish_non_exhaustive()
    }
}
