use super::What;
use crate::{context::Tenant, query::Task};

/// A candidate is not any more what it was, or is again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Drift {
    /// The model, by its name in the catalog.
    pub model: Box<str>,
    /// At which effort.
    pub effort: Option<Box<str>>,
    /// On whose calls it was seen; `None` where they are nobody's, or all tenants' calls teach for all.
    pub tenant: Option<Tenant>,
    /// On the calls of which alias.
    pub alias: Box<str>,
    /// On which task; `None` over all tasks.
    pub task: Option<Task>,
    /// What has changed.
    pub what: What,
    /// Whether that is bad news: lower scores, more errors or refusals, longer waits or answers.
    pub worse: bool,
    /// What was before, in the unit of [`what`](Self::what); 0 for a model's name.
    pub before: f64,
    /// What is since, alike.
    pub after: f64,
    /// The names of the model that answered before and the one that does now, where that is what has changed.
    pub models: Option<(Box<str>, Box<str>)>,
    /// It began about so many outcomes ago.
    pub since: u64,
    /// Of so many that were seen of the candidate.
    pub calls: u64,
}
