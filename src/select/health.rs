use std::borrow::Cow;

use crate::catalog::Candidate;

/// Whether a candidate is worth asking now. Asked for every candidate of every routed call: must be cheap.
///
/// Closures are health checks:
///
/// ```
/// use tower_genai::{catalog::Candidate, select::Health};
///
/// fn all_but(down: &'static str) -> impl Health {
///     move |candidate: &Candidate| {
///         (candidate.model().provider().name() == down).then_some("switched off by hand".into())
///     }
/// }
/// # drop(all_but("acme"));
/// ```
pub trait Health: Send + Sync {
    /// Why not, if not.
    fn ailment(&self, candidate: &Candidate) -> Option<Cow<'static, str>>;
}

impl<F> Health for F
where
    F: Fn(&Candidate) -> Option<Cow<'static, str>> + Send + Sync,
{
    fn ailment(&self, candidate: &Candidate) -> Option<Cow<'static, str>> {
        self(candidate)
    }
}
