use std::time::Duration;

use super::{DecisionId, Outcome};
use crate::context::Tenant;

/// A call that was answered with another one's answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cached {
    /// The answer's request id: its own, and not that of the call that the answer was made for.
    pub id: DecisionId,
    /// Who is calling, where that is known.
    pub tenant: Option<Tenant>,
    /// How old the answer is; `None` where it was being made when the call came.
    pub age: Option<Duration>,
    /// What became of it, at no cost, with the decision by which the answer was made; `None` where nobody knows that.
    pub outcome: Option<Outcome>,
}
