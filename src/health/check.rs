use std::borrow::Cow;

use super::{Ailment, Speed};
use crate::{catalog::Candidate, context::Tenant};

/// Whether a candidate is worth asking now. Asked for every candidate of every routed call: must be cheap.
///
/// Closures are health checks, of ailments that last:
///
/// ```
/// use tower_genai::{catalog::Candidate, health::Health};
///
/// fn all_but(down: &'static str) -> impl Health {
///     move |candidate: &Candidate| {
///         (candidate.model().provider().name() == down).then_some("switched off by hand".into())
///     }
/// }
/// # drop(all_but("acme"));
/// ```
pub trait Health: Send + Sync {
    /// Why not, if not, for a call of this tenant's: tenants may have keys of their own.
    fn ailment(&self, candidate: &Candidate, tenant: Option<&Tenant>) -> Option<Ailment>;

    /// How fast it answers, where that is known; asked by policies that go by speed.
    fn speed(&self, candidate: &Candidate) -> Option<Speed> {
        let _ = candidate;
        None
    }
}

impl<F> Health for F
where
    F: Fn(&Candidate) -> Option<Cow<'static, str>> + Send + Sync,
{
    fn ailment(&self, candidate: &Candidate, _: Option<&Tenant>) -> Option<Ailment> {
        self(candidate).map(Ailment::lasting)
    }
}
