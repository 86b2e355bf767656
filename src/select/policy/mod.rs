//! Who of those that can is to be asked first.

mod best;
mod cheapest;
mod fastest;
mod learned;
mod pool;
mod split;
mod threshold;
mod value;

use std::sync::Arc;

use crate::{catalog::Alias, context::Tenant, observe::DecisionId, query::Query};

pub(super) use self::split::share_out;
pub use self::{
    best::Best,
    cheapest::Cheapest,
    fastest::Fastest,
    learned::Learned,
    pool::{Entry, Pool},
    split::{InvalidSplit, Split},
    value::Value,
};

/// Orders the candidates that passed the filters, and may leave some out.
///
/// Sync and dyn-safe. Closures are policies:
///
/// ```
/// use tower_genai::select::{Policy, Pool, Question};
///
/// fn longest_context() -> impl Policy {
///     |_: &Question<'_>, pool: &mut Pool<'_>| {
///         pool.sort_by_key(|entry| std::cmp::Reverse(entry.candidate().model().context()));
///         pool.reason("longest context");
///     }
/// }
/// # drop(longest_context());
/// ```
pub trait Policy: Send + Sync {
    /// Puts the pool in the order in which candidates are to be tried. Must leave at least one where it gets one; if
    /// it does not, the call is refused.
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>);
}

/// What a policy is asked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Question<'a> {
    /// The decision's name, by which its answer can be scored later.
    pub id: DecisionId,
    /// On whose behalf the call is made.
    pub tenant: Option<&'a Tenant>,
    /// Whether chance may play a part in the choice: not where the data is labelled.
    pub explore: bool,
    /// Whether the same call is ranked a second time, together with those who are ill: for who comes behind. What a policy
    /// keeps of its calls it has noted then.
    pub again: bool,
    /// The query.
    pub query: &'a Query,
    /// The alias by which it is routed.
    pub alias: &'a Alias,
    /// The least share of the best candidate's quality that the caller wishes; overrides the alias's threshold.
    pub wished_quality: Option<f64>,
}

impl<F: Fn(&Question<'_>, &mut Pool<'_>) + Send + Sync> Policy for F {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        self(question, pool);
    }
}

impl Policy for Arc<dyn Policy> {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        (**self).rank(question, pool);
    }
}

// Not for every `Box<P>`: a box of a closure is itself a closure.
impl Policy for Box<dyn Policy> {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        (**self).rank(question, pool);
    }
}
