use std::{fmt, sync::Arc, time::Duration};

use super::Store;
use crate::{catalog::Catalog, context::Clock, observe::Observer};

/// What all calls of a [`Cache`](super::Cache) share.
#[derive(Clone)]
pub(super) struct Config {
    /// Nothing is done at all.
    pub(super) off: bool,
    pub(super) store: Arc<dyn Store>,
    pub(super) ttl: Duration,
    pub(super) largest: usize,
    pub(super) catalog: Option<Catalog>,
    pub(super) clock: Clock,
    pub(super) single_tenant: bool,
    pub(super) any_temperature: bool,
    pub(super) tool_calls: bool,
    pub(super) ignored: Vec<Box<str>>,
    pub(super) observer: Option<Arc<dyn Observer>>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("ttl", &self.ttl)
            .field("largest", &self.largest)
            .field("catalog", &self.catalog)
            .field("single_tenant", &self.single_tenant)
            .field("any_temperature", &self.any_temperature)
            .field("tool_calls", &self.tool_calls)
            .field("ignored", &self.ignored)
            .finish_non_exhaustive()
    }
}
