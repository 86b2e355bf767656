use std::time::Duration;

/// How long a candidate that has failed is left alone: doubled with each failure, up to a most, less a random part.
///
/// Default: from 0.25 s to 8 s, of which up to a half is left out by chance, so that callers who failed together do
/// not come back together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    jitter: f64,
}

impl Backoff {
    /// From `first` after one failure up to `most`.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self {
            first,
            most,
            jitter: 0.5,
        }
    }

    /// Sets which share, 0..=1, of a pause may be left out by chance. Default: 0.5.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        };
        self
    }

    /// The pause after so many failures of one candidate.
    pub(super) fn after(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let whole = self.first.saturating_mul(doubled).min(self.most);
        let share = self.jitter.mul_add(-fastrand::f64(), 1.0);
        // The very longest does not survive the way through a float.
        Duration::try_from_secs_f64(whole.as_secs_f64() * share).unwrap_or(whole)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_most() {
        let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1)).jitter(0.0);
        let millis = [1, 2, 3, 4, 5, u32::MAX].map(|failures| backoff.after(failures).as_millis());
        assert_eq!(millis, [100, 200, 400, 800, 1_000, 1_000]);
    }

    #[test]
    fn jitter_only_shortens() {
        let backoff = Backoff::default();
        for failures in 1..50 {
            let pause = backoff.after(failures);
            assert!(pause <= Duration::from_secs(8), "{pause:?}");
            assert!(pause >= Duration::from_millis(125), "{pause:?}");
        }
    }
}
