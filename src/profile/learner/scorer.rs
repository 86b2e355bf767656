#![allow(
    clippy::suboptimal_flops,
    reason = "fused operations are slow calls on processors that may lack them"
)]

use std::fmt;

use super::{
    ask::Ask,
    kernel::{BIAS, NOISE, OWN, SHARED, TASK, alike, dot, row},
    memory::{Memory, Sum, UNKNOWN},
};
use crate::profile::Estimate;

/// What was known at one time: scores any number of queries at once, outside of any lock.
#[derive(Clone, Default)]
pub struct Scorer {
    pub(super) memory: Memory,
}

/// Of one arm, of calls alike.
#[derive(Clone, Copy, Default)]
struct Near {
    alpha: f32,
    labels: f32,
}

impl Scorer {
    /// What is predicted of each arm, in their order. One pass over the labels, whatever the number of arms.
    pub fn score(&self, ask: &Ask<'_>) -> Vec<Estimate> {
        let memory = &self.memory;
        let query = row(ask.vector);
        let norm = dot(&query, &query);
        let rows = memory.rows.iter().zip(&memory.norms);
        let products: Vec<i32> = rows
            .map(|(row, other)| norm + other - 2 * dot(&query, row))
            .collect();
        let alike = products.into_iter().map(alike).collect::<Vec<f32>>();
        let mut near = vec![Near::default(); memory.arms.sums.len()];
        let mut all = Near::default();
        for ((alike, alpha), slot) in alike.iter().zip(&memory.alphas).zip(&memory.slots) {
            let (weight, label) = (alike * alpha, alike * alike);
            all.alpha += weight;
            all.labels += label;
            if let Some(near) = near.get_mut(usize::from(*slot)) {
                near.alpha += weight;
                near.labels += label;
            }
        }
        let estimate = |prior: Option<f64>, near: Near, sum: Sum, cell: Sum| {
            let learned =
                SHARED * all.alpha + OWN * near.alpha + BIAS * sum.alpha + TASK * cell.alpha;
            let unknown = left(SHARED, all.labels)
                + left(OWN, near.labels)
                + left(BIAS, sum.labels)
                + left(TASK, cell.labels);
            Estimate::new(
                prior.unwrap_or(UNKNOWN) + f64::from(learned),
                f64::from(unknown.sqrt()),
                f64::from(near.labels),
            )
        };
        let of = |arm: &super::Arm| {
            let slot = memory
                .arms
                .slots
                .get(&arm.key)
                .map(|slot| usize::from(*slot));
            let prior = arm.prior.filter(|prior| prior.is_finite());
            match slot {
                Some(slot) => {
                    let sum = memory.arms.sums.get(slot).copied().unwrap_or_default();
                    let cell = memory
                        .cells
                        .get(&(arm.key, ask.task))
                        .copied()
                        .unwrap_or_default();
                    estimate(
                        prior,
                        near.get(slot).copied().unwrap_or_default(),
                        sum,
                        cell,
                    )
                }
                None => estimate(prior, Near::default(), Sum::default(), Sum::default()),
            }
        };
        ask.arms.iter().map(of).collect()
    }

    /// How many labels are of this task.
    pub(super) fn of_task(&self, task: u32) -> f32 {
        self.memory.tasks.get(&task).copied().unwrap_or_default()
    }
}

/// What is left of a variance after so many labels.
fn left(variance: f32, labels: f32) -> f32 {
    variance / (1.0 + variance / NOISE * labels)
}

impl fmt::Debug for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scorer")
            .field("labels", &self.memory.len())
            .finish_non_exhaustive()
    }
}
