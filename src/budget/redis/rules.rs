use std::time::Duration;

use crate::context::Clock;

/// What a Redis ledger can be told.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) deadline: Duration,
    pub(super) lease: Duration,
    pub(super) doubtful_kept: usize,
    pub(super) most_accounts: usize,
    /// What the time is taken for until the server has answered.
    pub(super) local: Clock,
    /// Instead of the server's clock.
    pub(super) instead: Option<Clock>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            name: "tower-genai".to_owned(),
            deadline: Duration::from_millis(250),
            lease: Duration::from_secs(15 * 60),
            doubtful_kept: 1_024,
            most_accounts: 1_000_000,
            local: Clock::system(),
            instead: None,
        }
    }
}

impl Rules {
    /// The lease in microseconds.
    pub(super) fn lease_micros(&self) -> u64 {
        const LONGEST: u64 = 4_000_000_000_000_000;
        u64::try_from(self.lease.as_micros()).map_or(LONGEST, |micros| micros.min(LONGEST))
    }

    /// How long one try of what must get through may take.
    pub(super) fn patience(&self) -> Duration {
        self.deadline.max(Duration::from_secs(1))
    }
}
