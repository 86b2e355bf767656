use std::{fmt, sync::Arc};

use super::{Effort, Model};
use crate::query::Task;

/// A model at an effort: one choice of a pool.
#[derive(Clone)]
pub struct Candidate {
    model: Arc<Model>,
    effort: Option<usize>,
}

impl Candidate {
    /// A model at the effort that the request or the provider gives.
    pub const fn new(model: Arc<Model>) -> Self {
        Self {
            model,
            effort: None,
        }
    }

    /// A model at one of its efforts; `None` where it has no such effort.
    pub fn at_effort(model: Arc<Model>, effort: usize) -> Option<Self> {
        (effort < model.efforts().len()).then_some(Self {
            model,
            effort: Some(effort),
        })
    }

    /// Every choice that a model gives: itself, or itself at each of its efforts.
    pub fn all(model: &Arc<Model>) -> impl Iterator<Item = Self> {
        let efforts = model.efforts().len();
        let plain = (efforts == 0).then(|| Self::new(Arc::clone(model)));
        let listed = (0..efforts).map(|effort| Self {
            model: Arc::clone(model),
            effort: Some(effort),
        });
        plain.into_iter().chain(listed)
    }

    /// The model.
    pub const fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The effort, where the candidate sets it.
    pub fn effort(&self) -> Option<&Effort> {
        self.model.efforts().get(self.effort?)
    }

    /// The effort's place in [`Model::efforts`].
    pub const fn effort_index(&self) -> Option<usize> {
        self.effort
    }

    /// The score on exactly this task: the effort's, else the model's.
    pub fn quality(&self, task: &Task) -> Option<f64> {
        self.effort()
            .and_then(|effort| effort.quality(task))
            .or_else(|| self.model.quality(task))
    }

    /// How many times as many tokens an answer takes as at the model's usual effort.
    pub fn output_factor(&self) -> f64 {
        self.effort().map_or(1.0, Effort::output_factor)
    }
}

impl PartialEq for Candidate {
    /// The same name at the same effort.
    fn eq(&self, other: &Self) -> bool {
        self.model.name() == other.model.name() && self.effort == other.effort
    }
}

impl Eq for Candidate {}

impl fmt::Display for Candidate {
    /// As in a pool: `name`, or `name@effort`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.name())?;
        match self.effort() {
            Some(effort) => write!(f, "@{}", effort.level()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Candidate({self})")
    }
}
