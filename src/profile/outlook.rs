use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    Estimate,
    learner::{Arm, Label},
};

/// Of so many candidates and tasks of a stream it is kept what was thought of them.
const MOST: usize = 4_096;
/// Means are over about so many calls.
const MEMORY: f64 = 256.0;

/// What is thought of each candidate on each task in a stream of calls, for people to read.
#[derive(Debug, Default)]
pub(super) struct Outlook(HashMap<(u32, u32), Thought, RandomState>);

/// What is thought of a candidate on a task, over the last calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Thought {
    pub(super) prior: Option<f64>,
    pub(super) calls: f64,
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) labels: u64,
    pub(super) score: f64,
}

impl Outlook {
    /// What is predicted for one more call.
    pub(super) fn predicted(&mut self, task: u32, arms: &[Arm], estimates: &[Estimate]) {
        for (arm, estimate) in arms.iter().zip(estimates) {
            let Some(thought) = self.thought(arm.key, task) else {
                continue;
            };
            thought.prior = arm.prior;
            thought.calls = (thought.calls + 1.0).min(MEMORY);
            thought.mean += (estimate.mean - thought.mean) / thought.calls;
            thought.sd += (estimate.sd - thought.sd) / thought.calls;
        }
    }

    /// A label was learned.
    pub(super) fn learned(&mut self, label: &Label) {
        if let Some(thought) = self.thought(label.arm, label.task) {
            thought.labels += 1;
            let of = (thought.labels as f64).min(MEMORY);
            thought.score += (label.score - thought.score) / of;
        }
    }

    /// How many bytes that takes, about.
    pub(super) fn bytes(&self) -> u64 {
        (self.0.len() * size_of::<((u32, u32), Thought)>()) as u64
    }

    fn thought(&mut self, arm: u32, task: u32) -> Option<&mut Thought> {
        let key = (arm, task);
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            return None;
        }
        Some(self.0.entry(key).or_default())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u32, u32, Thought)> {
        self.0
            .iter()
            .map(|((arm, task), thought)| (*arm, *task, *thought))
    }
}
