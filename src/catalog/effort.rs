use crate::query::Task;

/// How hard a model is asked to think, and what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    level: Box<str>,
    quality: Vec<(Task, f64)>,
    output_factor: f64,
}

impl Effort {
    /// A level by the name that requests give it, such as `high`, at the model's own quality and length of answer.
    pub fn new(level: impl Into<Box<str>>) -> Self {
        Self {
            level: level.into(),
            quality: Vec::new(),
            output_factor: 1.0,
        }
    }

    /// The quality on a task at this effort, 0 to 1, in place of the model's.
    #[must_use]
    pub fn with_quality(mut self, task: Task, score: f64) -> Self {
        set_score(&mut self.quality, task, score);
        self
    }

    /// How many times as many tokens an answer takes, thinking included.
    #[must_use]
    pub const fn with_output_factor(mut self, factor: f64) -> Self {
        self.output_factor = factor;
        self
    }

    /// The level's name.
    pub fn level(&self) -> &str {
        &self.level
    }

    /// The quality on a task where it differs from the model's.
    pub fn quality(&self, task: &Task) -> Option<f64> {
        score(&self.quality, task)
    }

    /// How many times as many tokens an answer takes, thinking included: above zero, 1 unless stated.
    pub const fn output_factor(&self) -> f64 {
        self.output_factor
    }

    /// All scores that differ from the model's.
    pub fn qualities(&self) -> impl Iterator<Item = (&Task, f64)> {
        self.quality.iter().map(|(task, score)| (task, *score))
    }

    pub(super) fn scores(&self) -> &[(Task, f64)] {
        &self.quality
    }
}

pub(super) fn score(scores: &[(Task, f64)], task: &Task) -> Option<f64> {
    scores
        .iter()
        .find(|(name, _)| name == task)
        .map(|(_, score)| *score)
}

pub(super) fn set_score(scores: &mut Vec<(Task, f64)>, task: Task, value: f64) {
    match scores.iter_mut().find(|(name, _)| *name == task) {
        Some((_, old)) => *old = value,
        None => scores.push((task, value)),
    }
}
