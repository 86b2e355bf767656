use std::time::Duration;

use super::Outcome;
use crate::context::Tenant;

/// A call that was answered with the answer to an earlier one under the same
/// [`Idempotency-Key`](crate::idempotency).
///
/// The answer has the earlier one's request id too: it is one and the same.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replayed {
    /// Who is calling, where that is known.
    pub tenant: Option<Tenant>,
    /// How long ago the answer had come to its end.
    pub age: Duration,
    /// What became of this call, at no cost, with the decision by which the answer was made; `None` where nobody knows
    /// that.
    pub outcome: Option<Outcome>,
}
