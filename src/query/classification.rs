use std::borrow::Cow;

use super::{Shares, Task};

/// What a classifier says of a query: the task, how hard, how sure, and why.
///
/// Scores are within 0..=1; values outside are clamped and a NaN counts as 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    task: Task,
    difficulty: f32,
    confidence: f32,
    signals: Vec<Signal>,
    shares: Option<Shares>,
}

impl Classification {
    /// A classification with difficulty 0.5, full confidence and no signals.
    pub fn new(task: Task) -> Self {
        Self {
            task,
            difficulty: 0.5,
            confidence: 1.0,
            signals: Vec::new(),
            shares: None,
        }
    }

    /// The same of another task.
    #[must_use]
    pub fn with_task(mut self, task: Task) -> Self {
        self.task = task;
        self
    }

    /// How hard the query is, from 0 (anyone can) to 1 (the best model may fail).
    #[must_use]
    pub fn with_difficulty(mut self, difficulty: f32) -> Self {
        self.difficulty = unit(difficulty);
        self
    }

    /// How sure the classifier is of the task, from 0 to 1.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f32) -> Self {
        self.confidence = unit(confidence);
        self
    }

    /// How much the query is of each known task.
    #[must_use]
    pub fn with_shares(mut self, shares: Shares) -> Self {
        self.shares = Some(shares);
        self
    }

    /// Adds something that was seen and counted.
    #[must_use]
    pub fn with_signal(mut self, signal: Signal) -> Self {
        self.signals.push(signal);
        self
    }

    /// Adds all that was seen, in this order.
    pub(crate) fn with_signals(mut self, signals: impl Iterator<Item = Signal>) -> Self {
        self.signals.extend(signals);
        self
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// How hard, 0..=1.
    pub fn difficulty(&self) -> f32 {
        self.difficulty
    }

    /// How sure, 0..=1.
    pub fn confidence(&self) -> f32 {
        self.confidence
    }

    /// How much the query is of each known task, where the classifier says so.
    pub fn shares(&self) -> Option<&Shares> {
        self.shares.as_ref()
    }

    /// What was seen, strongest first as far as the classifier orders them.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }
}

fn unit(value: f32) -> f32 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

/// One thing a classifier saw. Names describe the rule ("fenced code"), never the prompt's words.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Signal {
    /// The rule that fired.
    pub name: Cow<'static, str>,
    /// The task it speaks for; `None` for difficulty alone.
    pub task: Option<Task>,
    /// How much it counted.
    pub weight: f32,
}

impl Signal {
    /// A signal for a task, or for difficulty alone.
    pub fn new(name: impl Into<Cow<'static, str>>, task: Option<Task>, weight: f32) -> Self {
        Self {
            name: name.into(),
            task,
            weight,
        }
    }
}
