//! Fivefold cross-validation: what is said of each prompt by weights that never saw it.

use std::thread;

use tower_genai::query::Shares;

use crate::{
    data::{Asked, Set},
    fit::{self, ROW, Row, fit},
    recipe,
};

const FOLDS: usize = 5;

/// The scores of each prompt, from the four fifths that it is not in.
#[derive(Debug)]
pub(crate) struct Crossed {
    logits: Vec<[f32; ROW]>,
    /// Class, and whether the prompt is one to calibrate with.
    classes: Vec<(usize, bool)>,
}

impl Crossed {
    pub(crate) fn new(asked: &[Asked], rows: &[Row]) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let folds: Vec<usize> = asked.iter().map(|_| random.usize(..FOLDS)).collect();
        let without = |fold: usize| {
            let rest = rows.iter().zip(&folds).filter(|(_, at)| **at != fold);
            let rest: Vec<&Row> = rest.map(|(row, _)| row).collect();
            fit(&rest, recipe::HOW, recipe::start)
        };
        let without = &without;
        let fitted: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..FOLDS)
                .map(|fold| scope.spawn(move || without(fold)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("fitting does not panic"))
                .collect()
        });
        let logits = rows.iter().zip(&folds);
        let logits = logits.map(|(row, fold)| fitted[*fold].logits(&row.evidence));
        let real = |asked: &Asked| matches!(asked.set, Set::Arena | Set::Own | Set::Development);
        Self {
            logits: logits.collect(),
            classes: asked
                .iter()
                .map(|asked| (asked.class, real(asked)))
                .collect(),
        }
    }

    /// What is said of a prompt.
    pub(crate) fn shares(&self, at: usize, temperature: f32) -> [f32; ROW] {
        fit::softmax(self.logits[at], Shares::LEN, temperature)
    }

    /// That with which real prompts are least surprising.
    pub(crate) fn temperature(&self) -> f32 {
        let surprise = |temperature: f32| -> f32 {
            let real = self
                .classes
                .iter()
                .enumerate()
                .filter(|(_, (_, real))| *real);
            real.map(|(at, (class, _))| -self.shares(at, temperature)[*class].max(1e-6).ln())
                .sum()
        };
        let steps = (10..60).map(|step| step as f32 / 20.0);
        steps
            .map(|temperature| (temperature, surprise(temperature)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(1.0, |(temperature, _)| temperature)
    }
}
