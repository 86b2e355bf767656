use std::time::Duration;

use super::{Backoff, Patience};
use crate::health::Monitor;

/// How far a call may go on after a failure.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// How often providers may be asked in all; `None` follows the plan's length.
    pub(super) attempts: Option<u32>,
    /// The longest that the answer of one attempt may take to begin, where it is a stream.
    pub(super) first_content_timeout: Patience,
    /// The longest that the call may take, to the last byte of its answer.
    pub(super) total_timeout: Option<Duration>,
    /// After how long another is asked besides one whose answer has not begun.
    pub(super) hedge_after: Patience,
    /// The longest pause before a candidate is asked again.
    pub(super) longest_wait: Duration,
    pub(super) backoff: Backoff,
    /// Whether another candidate may answer what one has filtered.
    pub(super) past_filters: bool,
    pub(super) monitor: Option<Monitor>,
    /// Whether another candidate goes on with an answer that has broken off.
    pub(super) resume: bool,
}

/// Fewest attempts, and most candidates asked once each, where no number was given.
const USUAL: (u32, u32) = (3, 8);

impl Rule {
    /// More attempts are never made for one call, whether they count or not.
    pub(super) const MOST: u32 = 100;

    /// Whether there is never more than one attempt: then nothing is held back, either.
    pub(super) fn is_off(&self) -> bool {
        self.attempts == Some(1)
            && self.first_content_timeout.is_endless()
            && self.total_timeout.is_none()
    }

    /// How often providers may be asked for a plan of so many candidates.
    pub(super) fn attempts(&self, candidates: usize) -> u32 {
        let (least, most) = USUAL;
        let once_each = u32::try_from(candidates).unwrap_or(most).min(most);
        self.attempts
            .unwrap_or(once_each.max(least))
            .clamp(1, Self::MOST)
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            attempts: None,
            first_content_timeout: Patience::endless(),
            total_timeout: None,
            hedge_after: Patience::endless(),
            longest_wait: Duration::from_secs(10),
            backoff: Backoff::default(),
            past_filters: false,
            monitor: None,
            resume: false,
        }
    }
}
