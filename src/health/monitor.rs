use std::{sync::Arc, time::Duration};

use super::{Ailment, Health, KeyId, Permit};
use crate::{
    catalog::{Candidate, Provider},
    context::Tenant,
};

/// What calls have shown of each candidate, for those to come.
///
/// Shared by the layers of a stack: Select leaves out who is ill, Dispatch tells it how attempts end, Fallback asks it
/// whether one more is affordable. Clones are the same state.
#[derive(Clone, Debug, Default)]
pub struct Monitor(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {}

impl Monitor {
    /// Without knowledge of anybody, with the usual rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to send a call to a candidate at an address of its provider's, with a key. Where nobody else is left
    /// (`insist`), it is let through all the same.
    pub(crate) fn admit(
        &self,
        candidate: &Candidate,
        at: &Provider,
        key: KeyId,
        tenant: Option<&Tenant>,
        insist: bool,
    ) -> Result<Permit, Ailment> {
        let _ = (&self.0, candidate, at, key, tenant, insist);
        Ok(Permit::new())
    }

    /// A call goes to a provider for the first time: the more calls, the more of them may be repeated. `again` says
    /// that the caller has made it before, by its own account.
    pub(crate) fn first_try(&self, provider: &str, again: bool) {
        let _ = (&self.0, provider, again);
    }

    /// Whether a provider may be asked once more for a call that has been there, or be hedged. Counts it.
    pub(crate) fn may_repeat(&self, provider: &str) -> bool {
        let _ = (&self.0, provider);
        true
    }

    /// How long the first content of a candidate's streams takes in this share (0..=1) of calls; `None` while too few
    /// are known.
    pub fn first_content(&self, candidate: &Candidate, share: f64) -> Option<Duration> {
        let _ = (&self.0, candidate, share);
        None
    }
}

impl Health for Monitor {
    fn ailment(&self, candidate: &Candidate, tenant: Option<&Tenant>) -> Option<Ailment> {
        let _ = (&self.0, candidate, tenant);
        None
    }
}
