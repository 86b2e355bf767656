//! Who of those that can is to be asked first.

mod best;
mod cheapest;
mod fastest;
mod learned;
mod pool;
mod split;
mod threshold;
mod value;
mod wait;

use std::sync::Arc;

use crate::{
    catalog::{Alias, Prefer},
    context::Tenant,
    money::Usd,
    observe::DecisionId,
    query::{Pace, Query},
};

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
#[diagnostic::on_unimplemented(
    message = "`{Self}` ranks no candidates",
    label = "not a `Policy`",
    note = "implement `Policy` for it, or pass a closure with its types written: `|question: &Question<'_>, pool: &mut Pool<'_>| ..`"
)]
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
    /// Whether chance may play a part in the choice: see [when it may not](crate::select#chance).
    pub explore: bool,
    /// In which share of calls it may.
    pub explore_share: f64,
    /// The most that a candidate may be able to cost which is tried by chance; `None` where no budget is open.
    pub explore_within: Option<Usd>,
    /// Drawn for this call, evenly from 0 to 1; 1 itself where chance may play no part.
    pub draw: f64,
    /// Whether the same call is ranked a second time, together with those who are ill: for who comes behind. What a policy
    /// keeps of its calls it has noted then.
    pub again: bool,
    /// The query.
    pub query: &'a Query,
    /// The alias by which it is routed.
    pub alias: &'a Alias,
    /// What decides between candidates that are good enough: what the caller wishes, or what the alias says; cost where
    /// somebody would prefer speed and nobody waits.
    pub prefer: Prefer,
    /// How the answer is waited for.
    pub pace: Pace,
    /// The least share of the best candidate's quality that the caller wishes; overrides the alias's threshold.
    pub wished_quality: Option<f64>,
}

impl Question<'_> {
    /// Whether a candidate may be tried by chance: it must not be able to take more than a call's share of a budget.
    pub fn may_try(&self, entry: Entry<'_>) -> bool {
        let within = |most: Usd| entry.bound().is_some_and(|bound| bound <= most);
        self.explore && self.explore_within.is_none_or(within)
    }
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
