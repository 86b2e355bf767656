use std::{any::Any, fmt, sync::Arc};

use crate::dispatch::Sent;

/// By what a call is charged.
pub(super) struct Rules<T> {
    pub(super) tariff: Arc<T>,
    pub(super) sent_by: Option<Arc<ReadSent>>,
}

/// Reads from an error of a type that the app knows whether the request was sent.
type ReadSent = dyn Fn(&dyn Any) -> Option<Sent> + Send + Sync;

impl<T> Rules<T> {
    pub(super) fn new(tariff: T) -> Self {
        Self {
            tariff: Arc::new(tariff),
            sent_by: None,
        }
    }

    pub(super) fn sent<E: 'static>(&self, error: &E) -> Sent {
        let known = self.sent_by.as_ref().and_then(|read| read(error));
        known.unwrap_or_else(|| Sent::of(error))
    }
}

impl<T> Clone for Rules<T> {
    fn clone(&self) -> Self {
        Self {
            tariff: Arc::clone(&self.tariff),
            sent_by: self.sent_by.clone(),
        }
    }
}

impl<T> fmt::Debug for Rules<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").finish_non_exhaustive()
    }
}
