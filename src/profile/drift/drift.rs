use crate::{catalog::Candidate, context::Tenant, query::Task};

use super::What;

/// A candidate is not any more what it was, or is again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Drift {
    /// Who.
    pub candidate: Candidate,
    /// On whose calls it was seen; `None` where they are nobody's, or all tenants' calls teach for all.
    pub tenant: Option<Tenant>,
    /// On the calls of which alias.
    pub alias: Box<str>,
    /// On which task; `None` over all tasks.
    pub task: Option<Task>,
    /// What has changed.
    pub what: What,
    /// Whether that is bad news.
    pub worse: bool,
    /// What was before, in the unit of [`what`](Self::what); 0 for a model's name.
    pub before: f64,
    /// What is since.
    pub after: f64,
    /// About so many outcomes ago it began.
    pub since: u64,
    /// So many outcomes were seen.
    pub calls: u64,
}
