use std::sync::Arc;

use super::{Advice, Ask, Label, Why};
use crate::profile::Estimate;

/// Learns from one stream of calls: of one alias, for one tenant or for all.
///
/// Plain state: no clock, no lock, no chance of its own (what is random is drawn from the generator handed in), so that
/// the same calls teach the same. What takes long is apart: scoring is the [`Scorer`]'s, which is shared and never
/// changes, and working labels in is [`settle`](Self::settle)'s.
#[derive(Debug, Default)]
pub struct Learner {
    labels: u64,
    scorer: Arc<Scorer>,
}

/// What was known at one time: scores any number of queries at once, outside of any lock.
#[derive(Debug, Default)]
pub struct Scorer {}

impl Scorer {
    /// What is predicted of each arm, in their order.
    pub fn score(&self, ask: &Ask<'_>) -> Vec<Estimate> {
        let arms = ask.arms.iter();
        arms.map(|arm| Estimate::new(arm.prior.unwrap_or(0.5), 0.2, 0.0))
            .collect()
    }
}

impl Learner {
    /// One that knows nothing but what it is told of the catalog.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known now.
    pub fn scorer(&self) -> Arc<Scorer> {
        Arc::clone(&self.scorer)
    }

    /// What is to be chosen for a call of which the estimates are known. Takes note of what was asked, for how much
    /// quality cost is worth. Takes microseconds.
    pub fn choose(
        &mut self,
        _ask: &Ask<'_>,
        estimates: Vec<Estimate>,
        _random: &mut fastrand::Rng,
    ) -> Advice {
        let mut order: Vec<usize> = (0..estimates.len()).collect();
        order.sort_by(|a, b| estimates[*b].mean.total_cmp(&estimates[*a].mean));
        let mut probabilities = vec![0.0; estimates.len()];
        if let Some(first) = order.first() {
            probabilities[*first] = 1.0;
        }
        Advice {
            estimates,
            order,
            probabilities,
            why: Why::Tradeoff { lambda: 0.0 },
        }
    }

    /// Takes note of a score. Takes microseconds; what takes longer is left to [`settle`](Self::settle).
    pub fn learn(&mut self, _label: Label) {
        self.labels += 1;
    }

    /// Whether enough was learned to be worked in.
    pub const fn is_due(&self) -> bool {
        false
    }

    /// Works into the estimates what was learned since. May take a millisecond: off a call's path.
    pub const fn settle(&mut self) {}

    /// How many scores it has seen.
    pub const fn labels(&self) -> u64 {
        self.labels
    }
}
