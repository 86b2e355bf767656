use std::sync::{Mutex, PoisonError};

use super::{Entry, Policy, Pool, Question};
use crate::catalog::Candidate;

/// Shares calls out by weight, for trials and for moving over gradually. Candidates without a weight follow in the
/// catalog's order, for when the chosen one fails. The probability of the choice is part of the decision.
///
/// ```
/// use tower_genai::select::Split;
///
/// let split = Split::new([("glm-5", 9), ("gpt-5.4", 1)])?;
/// # Ok::<(), tower_genai::select::InvalidSplit>(())
/// ```
#[derive(Debug)]
pub struct Split {
    weights: Vec<(Box<str>, u32)>,
    random: Mutex<fastrand::Rng>,
}

/// A split has no weight above zero, or names a model twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSplit {
    /// Nothing to share out to.
    #[error("a split needs at least one weight above zero")]
    Empty,
    /// Named twice.
    #[error("the model `{0}` is in the split twice")]
    Twice(Box<str>),
}

impl Split {
    /// By model name and weight.
    ///
    /// # Errors
    /// When no weight is above zero, or a model is named twice.
    pub fn new<N: Into<Box<str>>>(
        weights: impl IntoIterator<Item = (N, u32)>,
    ) -> Result<Self, InvalidSplit> {
        let mut all: Vec<(Box<str>, u32)> = Vec::new();
        for (name, weight) in weights {
            let name = name.into();
            if all.iter().any(|(other, _)| *other == name) {
                return Err(InvalidSplit::Twice(name));
            }
            if weight > 0 {
                all.push((name, weight));
            }
        }
        if all.is_empty() {
            return Err(InvalidSplit::Empty);
        }
        Ok(Self {
            weights: all,
            random: Mutex::new(fastrand::Rng::new()),
        })
    }

    /// Draws the same sequence again for the same seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self {
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            ..self
        }
    }

    fn weight(&self, name: &str) -> u64 {
        let found = self.weights.iter().find(|(other, _)| **other == *name);
        found.map_or(0, |(_, weight)| u64::from(*weight))
    }
}

impl Policy for Split {
    fn rank(&self, _: &Question<'_>, pool: &mut Pool<'_>) {
        draw(
            pool,
            |entry| self.weight(entry.candidate().model().name()),
            |total| {
                let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                random.u64(..total)
            },
        );
    }
}

/// Shares out by an alias's own weights.
pub(in crate::select) fn share_out(weights: &[(Candidate, u32)], pool: &mut Pool<'_>) {
    let weight = |entry: Entry<'_>| {
        let found = weights
            .iter()
            .find(|(candidate, _)| candidate == entry.candidate());
        found.map_or(0, |(_, weight)| u64::from(*weight))
    };
    draw(pool, weight, |total| fastrand::u64(..total));
}

/// Puts one of those with a weight in front, each as often as its weight says.
fn draw(pool: &mut Pool<'_>, weight: impl Fn(Entry<'_>) -> u64, random: impl FnOnce(u64) -> u64) {
    pool.reason("weighted split");
    let total: u64 = pool.entries().map(&weight).sum();
    if total == 0 {
        return;
    }
    let shares: Vec<f64> = pool
        .entries()
        .map(|entry| share(weight(entry), total))
        .collect();
    pool.probabilities(&shares);
    let mut drawn = random(total);
    let mut chosen = 0;
    pool.prefer(|entry| {
        let weight = weight(entry);
        if drawn < weight {
            chosen = weight;
            return true;
        }
        drawn -= weight;
        false
    });
    pool.probability(share(chosen, total));
}

#[allow(clippy::cast_precision_loss)]
fn share(weight: u64, total: u64) -> f64 {
    weight as f64 / total as f64
}
