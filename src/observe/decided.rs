use std::sync::{Arc, OnceLock};

use super::Decision;

/// Where Select leaves its decision for a layer further out that has to answer in place of a client that failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decided(Arc<OnceLock<Arc<Decision>>>);

impl Decided {
    /// The first decision counts.
    pub(crate) fn put(&self, decision: &Arc<Decision>) {
        let _ = self.0.set(Arc::clone(decision));
    }

    pub(crate) fn get(&self) -> Option<&Arc<Decision>> {
        self.0.get()
    }
}
