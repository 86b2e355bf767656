use std::time::SystemTime;

use http::HeaderMap;

use super::Ended;

/// That a candidate may be asked once: held from before the request is sent until the answer's body has ended.
///
/// Dropped without a word of the end it says nothing of the provider.
#[derive(Debug)]
pub(crate) struct Permit(());

impl Permit {
    pub(super) const fn new() -> Self {
        Self(())
    }

    /// The head of the answer is here: what it says of the provider's limits counts from now on.
    pub(crate) fn answered(&self, headers: &HeaderMap, now: SystemTime) {
        let _ = (headers, now);
    }

    /// The answer has ended.
    pub(crate) fn ended(self, ended: &Ended<'_>) {
        let _ = ended;
    }
}
