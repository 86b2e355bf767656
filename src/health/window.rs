use std::time::Duration;

use tokio::time::Instant;

const BUCKETS: usize = 10;

/// How many answers came within a time, and how many of them were failures: exact counts in ten buckets, so that a tight
/// burst cannot hide what came before it, nor an outage hide in an average.
#[derive(Debug, Default)]
pub(super) struct Window {
    buckets: [Counts; BUCKETS],
    sum: Counts,
    /// When the current bucket began; `None` before the first answer.
    since: Option<Instant>,
    current: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) answers: u32,
    pub(super) failures: u32,
}

impl Counts {
    /// Whether there are enough of them, and so large a share of failures.
    pub(super) fn reach(self, least: u32, share: f64) -> bool {
        least > 0
            && self.answers >= least
            && f64::from(self.failures) >= share * f64::from(self.answers)
    }
}

impl Window {
    /// One more answer, in a window of so long.
    pub(super) fn count(&mut self, now: Instant, whole: Duration, failed: bool) -> Counts {
        self.advance(now, whole);
        let failures = u32::from(failed);
        for counts in [&mut self.buckets[self.current], &mut self.sum] {
            counts.answers = counts.answers.saturating_add(1);
            counts.failures = counts.failures.saturating_add(failures);
        }
        self.sum
    }

    /// What is within the window now.
    pub(super) fn counts(&mut self, now: Instant, whole: Duration) -> Counts {
        self.advance(now, whole);
        self.sum
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Begins as many buckets as time has passed for; what was in them is forgotten.
    fn advance(&mut self, now: Instant, whole: Duration) {
        let bucket = whole / u32::try_from(BUCKETS).unwrap_or(1);
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed < bucket {
            return;
        }
        if passed >= whole {
            self.clear();
            self.since = Some(now);
            return;
        }
        let steps = passed.as_nanos() / bucket.as_nanos().max(1);
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        for _ in 0..steps.min(u32::try_from(BUCKETS).unwrap_or(u32::MAX)) {
            self.current = (self.current + 1) % BUCKETS;
            let old = std::mem::take(&mut self.buckets[self.current]);
            self.sum.answers -= old.answers.min(self.sum.answers);
            self.sum.failures -= old.failures.min(self.sum.failures);
        }
        self.since = Some(since + bucket * steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Duration = Duration::from_secs(10);

    #[test]
    fn counts_are_exact_and_buckets_expire_one_by_one() {
        let mut window = Window::default();
        let start = Instant::now();
        for second in 0..10 {
            for _ in 0..=second {
                window.count(start + Duration::from_secs(second), WHOLE, second % 2 == 0);
            }
        }
        let at =
            |window: &mut Window, second| window.counts(start + Duration::from_secs(second), WHOLE);
        assert_eq!(
            (at(&mut window, 9).answers, at(&mut window, 9).failures),
            (55, 25)
        );
        // The bucket of second 0 has gone, then those of 1 and 2.
        assert_eq!(
            (at(&mut window, 10).answers, at(&mut window, 10).failures),
            (54, 24)
        );
        assert_eq!(
            (at(&mut window, 12).answers, at(&mut window, 12).failures),
            (49, 21)
        );
        assert_eq!(at(&mut window, 30), Counts::default());
    }

    #[test]
    fn the_share_is_reached_at_exactly_the_share_and_not_below_the_least() {
        let of = |answers, failures| Counts { answers, failures }.reach(20, 0.5);
        assert!(of(20, 10));
        assert!(!of(20, 9));
        assert!(!of(19, 19));
        assert!(
            !Counts {
                answers: 9,
                failures: 9
            }
            .reach(0, 0.5)
        );
    }
}
