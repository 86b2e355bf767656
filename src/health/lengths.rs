use std::fmt;

use quick_cache::sync::Cache;

/// Of so many candidates on a task, for a tenant, it is known how long answers are.
const KNOWN: usize = 16 * 1_024;
/// With fewer answers nothing is told.
const LEAST: u32 = 20;
/// As many answers as count: of more, the older ones fade.
const MOST: u32 = 200;
/// No answer is longer.
const LONGEST: u64 = 1 << 22;

/// How long answers are: means of the last few hundred, by a number that stands for candidate, tenant and task.
pub(super) struct Lengths(Cache<u64, Length>);

#[derive(Clone, Copy, Debug)]
struct Length {
    mean: f64,
    answers: u32,
}

impl Default for Lengths {
    fn default() -> Self {
        Self(Cache::new(KNOWN))
    }
}

impl Lengths {
    /// One more answer, of so many tokens. Of two that end at once one may be lost.
    pub(super) fn add(&self, key: u64, tokens: u64) {
        #[allow(clippy::cast_precision_loss, reason = "no more than four million")]
        let tokens = tokens.min(LONGEST) as f64;
        let Length { mean, answers } = self.0.get(&key).unwrap_or(Length {
            mean: tokens,
            answers: 0,
        });
        let answers = (answers + 1).min(MOST);
        let mean = mean + (tokens - mean) / f64::from(answers);
        self.0.insert(key, Length { mean, answers });
    }

    /// How many tokens one has on average; `None` where too few are known.
    pub(super) fn mean(&self, key: u64) -> Option<f64> {
        let known = self.0.get(&key)?;
        (known.answers >= LEAST).then_some(known.mean)
    }
}

impl fmt::Debug for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lengths").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_told_of_twenty_answers_and_follows_those_of_late() {
        let lengths = Lengths::default();
        for tokens in 1..=19 {
            lengths.add(1, tokens);
        }
        assert_eq!(lengths.mean(1), None);
        lengths.add(1, 20);
        assert!((lengths.mean(1).unwrap() - 10.5).abs() < 1e-9);
        assert_eq!(lengths.mean(2), None);
        for _ in 0..2_000 {
            lengths.add(1, 500);
        }
        assert!((lengths.mean(1).unwrap() - 500.0).abs() < 1.0);
    }

    #[test]
    fn tasks_without_end_and_absurd_lengths_do_no_harm() {
        let lengths = Lengths::default();
        for key in 0..100_000 {
            lengths.add(key, u64::MAX);
        }
        assert!(lengths.0.len() <= KNOWN);
        for _ in 0..LEAST {
            lengths.add(7, u64::MAX);
        }
        assert!(lengths.mean(7).unwrap() <= LONGEST as f64);
    }
}
