use std::{fmt, time::Duration};

use sketches_ddsketch::{Config, DDSketch};
use tokio::time::Instant;

/// How fast a candidate answers at least in some share of its calls, by what calls have shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Speed {
    /// From sending a streamed call to its first content.
    pub first_content: Option<Duration>,
    /// Tokens of answers in a second, once they have begun.
    pub tokens_per_second: Option<f64>,
}

/// How long times are counted together before they begin to be forgotten.
const WINDOW: Duration = Duration::from_secs(300);
/// With fewer samples nothing is told.
const LEAST: usize = 20;
/// Quantiles are at most so far off, relatively.
const ACCURACY: f64 = 0.02;
/// Enough for times from a microsecond to a day at that accuracy.
const BINS: u32 = 1_024;
/// A quantile is found out anew after so long.
const FRESH: Duration = Duration::from_secs(1);
/// How many different quantiles are remembered meanwhile.
const REMEMBERED: usize = 8;

/// A distribution of which old samples fade: the last five minutes whole, and the five before them.
pub(super) struct Fading {
    current: DDSketch,
    previous: DDSketch,
    /// When the current window began; `None` before the first sample.
    since: Option<Instant>,
    /// Quantiles as they were lately.
    told: Vec<(f64, f64, Instant)>,
}

impl Default for Fading {
    fn default() -> Self {
        Self {
            current: empty(),
            previous: empty(),
            since: None,
            told: Vec::new(),
        }
    }
}

fn empty() -> DDSketch {
    DDSketch::new(Config::new(ACCURACY, BINS, 1e-9))
}

impl Fading {
    /// One more sample. One that is no number above nought is none.
    pub(super) fn add(&mut self, now: Instant, sample: f64) {
        if sample.is_finite() && sample > 0.0 {
            self.rotate(now);
            self.since.get_or_insert(now);
            self.current.add(sample);
        }
    }

    /// What this share of the samples is not above; `None` where there are too few.
    pub(super) fn quantile(&mut self, now: Instant, share: f64) -> Option<f64> {
        self.rotate(now);
        self.told
            .retain(|(_, _, at)| now.saturating_duration_since(*at) < FRESH);
        let known = |(of, _, _): &&(f64, f64, Instant)| of.to_bits() == share.to_bits();
        if let Some((_, value, _)) = self.told.iter().find(known) {
            return Some(*value);
        }
        if self.current.count() + self.previous.count() < LEAST {
            return None;
        }
        let mut both = self.current.clone();
        both.merge(&self.previous).ok()?;
        let value = both.quantile(share.clamp(0.0, 1.0)).ok()??;
        if self.told.len() < REMEMBERED {
            self.told.push((share, value, now));
        }
        Some(value)
    }

    fn rotate(&mut self, now: Instant) {
        let Some(since) = self.since else {
            return;
        };
        let passed = now.saturating_duration_since(since);
        if passed < WINDOW {
            return;
        }
        let last = std::mem::replace(&mut self.current, empty());
        self.told.clear();
        if passed < WINDOW * 2 {
            self.previous = last;
            self.since = Some(since + WINDOW);
        } else {
            self.previous = empty();
            self.since = Some(now);
        }
    }
}

impl fmt::Debug for Fading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fading")
            .field("samples", &(self.current.count() + self.previous.count()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_need_twenty_samples_and_are_close() {
        let (mut times, now) = (Fading::default(), Instant::now());
        for millis in 1..20 {
            times.add(now, f64::from(millis) / 1_000.0);
        }
        assert_eq!(times.quantile(now, 0.5), None);
        for millis in 20..=1_000 {
            times.add(now, f64::from(millis) / 1_000.0);
        }
        for (share, exact) in [(0.5, 0.5), (0.95, 0.95), (0.99, 0.99)] {
            let told = times.quantile(now, share).unwrap();
            assert!((told - exact).abs() <= exact * 0.025, "{share}: {told}");
        }
        // What is no share is the nearest one.
        assert!(times.quantile(now, 7.0).unwrap() <= 1.0);
        assert!(times.quantile(now, f64::NAN).is_none());
    }

    #[test]
    fn old_samples_fade() {
        let (mut times, start) = (Fading::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..100 {
            times.add(at(0), 9.0);
        }
        assert!(times.quantile(at(301), 0.5).unwrap() > 8.0);
        for _ in 0..200 {
            times.add(at(302), 1.0);
        }
        assert!(times.quantile(at(304), 0.5).unwrap() < 1.1);
        assert!(times.quantile(at(304), 0.99).unwrap() > 8.0);
        assert!(times.quantile(at(601), 0.99).unwrap() < 1.1);
        assert_eq!(times.quantile(at(10_000), 0.5), None);
    }

    #[test]
    fn nonsense_is_no_sample() {
        let (mut times, now) = (Fading::default(), Instant::now());
        for sample in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            for _ in 0..50 {
                times.add(now, sample);
            }
        }
        assert_eq!(times.quantile(now, 0.5), None);
    }
}
