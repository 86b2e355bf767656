use std::time::Duration;

use tokio::time::Instant;

/// How fast a load that was high is forgotten.
const DECAY: Duration = Duration::from_secs(10);
/// As how slow an answer counts that failed, at least: failing fast is not being fast.
const FAILED: Duration = Duration::from_secs(5);
/// As how slow one counts of which nothing is known, or not any more: it is to become known.
const CURIOUS: Duration = Duration::from_millis(1);
/// As how slow it is taken to be.
const USUAL: Duration = Duration::from_millis(500);

/// How busy and how slow one deployment is: the calls under way, and a peak-sensitive moving average of how long its
/// answers take to begin.
///
/// A slower answer counts at once, faster ones by and by, as in tower's `PeakEwma`; it is asked for each call, so what
/// was slow long ago is tried again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    under_way: u32,
    average: Option<(f64, Instant)>,
}

impl Load {
    pub(super) const fn begins(&mut self) {
        self.under_way = self.under_way.saturating_add(1);
    }

    pub(super) const fn ends(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    pub(super) fn took(&mut self, time: Duration, now: Instant) {
        let time = time.as_secs_f64();
        let average = match self.average {
            Some((average, since)) if time < average => {
                let kept = kept(since, now);
                average.mul_add(kept, time * (1.0 - kept))
            }
            _ => time,
        };
        self.average = Some((average, now));
    }

    /// It failed, after whatever time.
    pub(super) fn failed(&mut self, after: Duration, now: Instant) {
        let worse = self.average.map_or(0.0, |(average, _)| 2.0 * average);
        let worse = Duration::try_from_secs_f64(worse.min(60.0)).unwrap_or(FAILED);
        self.took(after.max(FAILED).max(worse), now);
    }

    /// What one more call would meet there, as far as that is known.
    pub(super) fn expected(&self) -> f64 {
        let slow = self
            .average
            .map_or(USUAL.as_secs_f64(), |(average, _)| average);
        slow * (f64::from(self.under_way) + 1.0)
    }

    /// The same, but the less there is known the better: who has not been asked for long is tried again.
    pub(super) fn cost(&self, now: Instant) -> f64 {
        let curious = CURIOUS.as_secs_f64();
        let slow = self.average.map_or(curious, |(average, since)| {
            let kept = kept(since, now);
            average.mul_add(kept, curious.min(average) * (1.0 - kept))
        });
        slow * (f64::from(self.under_way) + 1.0)
    }
}

fn kept(since: Instant, now: Instant) -> f64 {
    let past = now.saturating_duration_since(since).as_secs_f64();
    (-past / DECAY.as_secs_f64()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_slow_counts_at_once_and_what_is_fast_by_and_by() {
        let mut load = Load::default();
        let now = Instant::now();
        load.took(Duration::from_millis(100), now);
        load.took(Duration::from_secs(2), now);
        assert!(load.cost(now) >= 2.0);
        load.took(Duration::from_millis(100), now + Duration::from_secs(1));
        assert!(load.cost(now + Duration::from_secs(1)) > 1.5);
        for second in 2..60 {
            load.took(
                Duration::from_millis(100),
                now + Duration::from_secs(second),
            );
        }
        assert!(load.cost(now + Duration::from_secs(60)) < 0.2);
    }

    #[tokio::test(start_paused = true)]
    async fn failing_fast_is_being_slow() {
        let (mut fails, mut slow) = (Load::default(), Load::default());
        let now = Instant::now();
        fails.failed(Duration::from_millis(1), now);
        slow.took(Duration::from_secs(1), now);
        assert!(fails.cost(now) > slow.cost(now));
        // Until it is forgotten.
        let later = now + Duration::from_secs(120);
        assert!(fails.cost(later) < 1.0);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_under_way_count() {
        let (mut busy, idle) = (Load::default(), Load::default());
        busy.begins();
        let now = Instant::now();
        assert!(busy.cost(now) > idle.cost(now));
        busy.ends();
        busy.ends();
        assert_eq!(busy.under_way, 0);
    }
}
