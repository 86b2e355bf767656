use std::borrow::Cow;

use super::{Ailment, Speed};
use crate::{catalog::Candidate, context::Tenant, query::Task};

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

    /// How fast it answers, at least, in this share (0..=1) of its calls, where that is known; asked by policies that go by
    /// speed.
    fn speed(&self, candidate: &Candidate, share: f64) -> Option<Speed> {
        let _ = (candidate, share);
        None
    }

    /// How many tokens its answers to a tenant's queries of a task have on average, thinking included, where that is known;
    /// asked by policies that go by speed.
    fn length(&self, candidate: &Candidate, task: &Task, tenant: Option<&Tenant>) -> Option<f64> {
        let _ = (candidate, task, tenant);
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
