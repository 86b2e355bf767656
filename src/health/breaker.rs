use std::time::Duration;

use super::circuit::Pace;

/// When a candidate is taken to be ill, and for how long.
///
/// See the [module docs](crate::health) for what counts as a failure.
///
/// ```
/// use std::time::Duration;
/// use tower_genai::health::{Breaker, Monitor};
///
/// let breaker = Breaker::new()
///     .failures(3)
///     .pauses(Duration::from_secs(2), Duration::from_secs(30));
/// let monitor = Monitor::new().breaker(breaker);
/// # drop(monitor);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaker {
    pub(super) failures: u32,
    pub(super) window: Duration,
    pub(super) answers: u32,
    pub(super) share: f64,
    pub(super) pace: Pace,
    pub(super) key_pace: Pace,
    pub(super) gone_pace: Pace,
}

/// No pause, and no window, is longer.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// No pause, and no window, is shorter.
const SHORTEST: Duration = Duration::from_millis(10);

impl Breaker {
    /// With the usual values: see each setter.
    pub const fn new() -> Self {
        const HOUR: Duration = Duration::from_secs(3_600);
        Self {
            failures: 5,
            window: Duration::from_secs(10),
            answers: 20,
            share: 0.5,
            pace: Pace::new(Duration::from_secs(1), Duration::from_secs(60)),
            key_pace: Pace::new(Duration::from_secs(60), Duration::from_secs(600)),
            gone_pace: Pace::exactly(HOUR),
        }
    }

    /// Sets after how many failures without a success in between a candidate is ill; 0 for never by that. Default: 5.
    #[must_use]
    pub const fn failures(mut self, failures: u32) -> Self {
        self.failures = failures;
        self
    }

    /// Sets how long answers are counted for [`share`](Self::share), and how many there must be at least: 0 of them for
    /// never by that. Counted in tenths of that time. A time below 100 ms counts as that, one above a week as that.
    /// Default: 10 s, 20 answers.
    #[must_use]
    pub fn window(mut self, time: Duration, answers: u32) -> Self {
        self.window = time.clamp(SHORTEST * 10, LONGEST);
        self.answers = answers;
        self
    }

    /// Sets which share of the answers in the window may be failures until the candidate is ill, above 0 and at most 1;
    /// what is outside of that, or no number, counts as the nearest that is not. Default: 0.5.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = if share.is_nan() {
            Self::new().share
        } else {
            share.clamp(0.001, 1.0)
        };
        self
    }

    /// Sets for how long an ill candidate is not asked: at first, and at most, doubling from time to time that it
    /// fails again. The most also bounds what a provider's `Retry-After` and rate limits are obeyed for before one call
    /// asks again. Between 10 ms and a week. Default: 1 s to 60 s.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.pace = checked(first, longest);
        self
    }

    /// Sets the same for keys that a provider has refused, or whose quota is used up. Default: 60 s to 10 minutes.
    #[must_use]
    pub fn key_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.key_pace = checked(first, longest);
        self
    }

    /// Sets after how long a model is asked for again that its provider has said not to serve. Default: an hour.
    #[must_use]
    pub fn gone(mut self, pause: Duration) -> Self {
        self.gone_pace = Pace::exactly(pause.clamp(SHORTEST, LONGEST));
        self
    }
}

fn checked(first: Duration, longest: Duration) -> Pace {
    let first = first.clamp(SHORTEST, LONGEST);
    Pace::new(first, longest.clamp(first, LONGEST))
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_set_counts_as_the_nearest_that_can() {
        let breaker = Breaker::new()
            .share(7.0)
            .window(Duration::ZERO, 1)
            .pauses(Duration::from_secs(5), Duration::ZERO);
        assert!((breaker.share - 1.0).abs() < f64::EPSILON);
        assert_eq!(breaker.window, Duration::from_millis(100));
        assert_eq!(breaker.pace.longest(), Duration::from_secs(5));
        assert!(Breaker::new().share(-1.0).share > 0.0);
        assert_eq!(Breaker::new().share(f64::NAN), Breaker::new());
        let forever = Breaker::new().gone(Duration::MAX);
        assert_eq!(forever.gone_pace.longest(), LONGEST);
    }
}
