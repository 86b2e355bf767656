use std::{fmt, sync::Arc};

use super::{background::background, fit::Linear};
use crate::{
    classify::{Classifier, Evidence},
    query::{Classification, Prompt, Query, Signal, Task},
};

/// Examples of which no classifier can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadExamples {
    /// Fewer than [`Examples::LEAST`] of a task.
    #[error("{task} has {count} examples, and needs {}", Examples::<()>::LEAST)]
    TooFew {
        /// The task.
        task: Task,
        /// How many there are.
        count: usize,
    },
    /// Fewer tasks or more than can be told apart: 1 to [`Examples::MOST`].
    #[error("{count} tasks have examples; 1 to {} can be told apart", Examples::<()>::MOST)]
    Tasks {
        /// How many tasks there are.
        count: usize,
    },
}

/// A classifier that also knows tasks of your own, by a few examples of each.
///
/// A linear model over the same hashed words as [`Trained`](super::super::Trained)'s is built at start-up, from the examples and from
/// prompts in the crate that are none of yours. Where it is sure, the task is yours; else the inner classifier's.
/// Difficulty is always the inner one's.
///
/// ```
/// use tower_genai::{
///     classify::{Examples, Trained},
///     query::{Prompt, Task},
/// };
///
/// let refund = [
///     "I want my money back",
///     "please refund order 1182",
///     "how long does a refund take",
///     "the shoes don't fit, can I return them and get my money back?",
///     "refund still not on my account",
/// ];
/// let delivery = [
///     "where is my parcel",
///     "my order has not arrived yet",
///     "can you deliver to a locker",
///     "tracking says delivered but there is no parcel",
///     "when will my order be shipped",
/// ];
/// let refund = refund.map(|example| (Task::new("refund"), example));
/// let delivery = delivery.map(|example| (Task::new("delivery"), example));
/// let classifier = Examples::new(Trained::new(), refund.into_iter().chain(delivery))?;
///
/// let (task, _) = classifier.own(&Prompt::new("how do I get my money back? I want a refund")).unwrap();
/// assert_eq!(task.as_str(), "refund");
/// assert!(classifier.own(&Prompt::new("Prove that there are infinitely many primes.")).is_none());
/// # Ok::<(), tower_genai::classify::BadExamples>(())
/// ```
#[derive(Clone)]
pub struct Examples<C> {
    inner: C,
    tasks: Arc<[Task]>,
    model: Arc<Linear>,
    sure: f32,
}

impl<C> Examples<C> {
    /// How many examples each task needs; with ten it is told far better, with a hundred better still.
    pub const LEAST: usize = 5;
    /// How many tasks can be told apart.
    pub const MOST: usize = 1000;
    /// How sure the model must be without another setting.
    pub const SURE: f32 = 0.5;

    /// Around another classifier. Takes milliseconds for some tasks with some examples each, and about a second for a
    /// hundred tasks with a hundred.
    ///
    /// # Errors
    ///
    /// If there is no task, or too many, or one has fewer than [`LEAST`](Self::LEAST) examples.
    pub fn new<E: AsRef<str>>(
        inner: C,
        examples: impl IntoIterator<Item = (Task, E)>,
    ) -> Result<Self, BadExamples> {
        let mut tasks: Vec<Task> = Vec::new();
        let mut rows = Vec::new();
        for (task, example) in examples {
            let class = tasks.iter().position(|known| *known == task);
            let class = class.unwrap_or_else(|| {
                tasks.push(task);
                tasks.len() - 1
            });
            rows.push((class, Evidence::of(&Prompt::new(example.as_ref()))));
        }
        if !(1..=Self::MOST).contains(&tasks.len()) {
            return Err(BadExamples::Tasks { count: tasks.len() });
        }
        for (class, task) in tasks.iter().enumerate() {
            let count = rows.iter().filter(|(of, _)| *of == class).count();
            if count < Self::LEAST {
                let task = task.clone();
                return Err(BadExamples::TooFew { task, count });
            }
        }
        // What is none of the tasks is a class of its own, behind them.
        let others = background(&rows).into_iter();
        rows.extend(others.map(|other| (tasks.len(), other)));
        Ok(Self {
            inner,
            model: Arc::new(Linear::fit(tasks.len() + 1, &rows)),
            tasks: tasks.into(),
            sure: Self::SURE,
        })
    }

    /// How sure the model must be of a task, 0..=1, for its answer to count.
    #[must_use]
    pub const fn sure(mut self, share: f32) -> Self {
        self.sure = share;
        self
    }

    /// The task of yours that a prompt asks for, and how sure that is; none, where it is not sure enough.
    pub fn own(&self, prompt: &Prompt) -> Option<(&Task, f32)> {
        let shares = self.model.shares(&Evidence::of(prompt));
        let best = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let (class, share) = best.filter(|(_, share)| **share >= self.sure)?;
        Some((self.tasks.get(class)?, *share))
    }
}

impl<C: Classifier> Classifier for Examples<C> {
    fn classify(&self, query: &Query) -> Classification {
        let inner = self.inner.classify(query);
        match self.own(query.prompt()) {
            Some((task, share)) => inner
                .with_task(task.clone())
                .with_confidence(share)
                .with_signal(Signal::new("examples", Some(task.clone()), share)),
            None => inner,
        }
    }
}

impl<C: fmt::Debug> fmt::Debug for Examples<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples")
            .field("inner", &self.inner)
            .field("tasks", &self.tasks)
            .field("sure", &self.sure)
            .finish_non_exhaustive()
    }
}
