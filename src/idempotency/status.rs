use std::time::Duration;

/// What became of a call with an `Idempotency-Key`, as an extension of its answer; calls without one have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdempotencyStatus {
    /// The first with its key: it was made, and its answer is recorded.
    First,
    /// Answered with the answer to an earlier one; nobody was asked.
    Replayed {
        /// How long ago that had come to its end.
        age: Duration,
    },
    /// The key is another request's: refused.
    Reused,
    /// The first with this key is still under way: refused.
    InFlight,
    /// The first with this key was made and broke off: refused.
    Failed,
    /// The first with this key was answered, and the answer is not kept: refused.
    NotKept,
    /// There is no room for another key: refused.
    Full,
    /// The key cannot be read: refused.
    Unreadable,
    /// The key was passed over: nobody knows whose it is, or nobody has read the body.
    PassedOver,
}

impl IdempotencyStatus {
    /// The word for records.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Replayed { .. } => "replayed",
            Self::Reused => "reused",
            Self::InFlight => "in_flight",
            Self::Failed => "failed",
            Self::NotKept => "not_kept",
            Self::Full => "full",
            Self::Unreadable => "unreadable",
            Self::PassedOver => "passed_over",
        }
    }
}
