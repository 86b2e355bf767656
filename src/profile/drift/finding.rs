use super::What;

/// What [`Drifts`](super::Drifts) has found of a candidate, which it knows by a number.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::profile) struct Finding {
    pub(in crate::profile) arm: u32,
    /// `None` over all tasks.
    pub(in crate::profile) task: Option<u32>,
    pub(in crate::profile) what: What,
    /// Whether it is as it was before it changed.
    pub(in crate::profile) recovered: bool,
    pub(in crate::profile) worse: bool,
    pub(in crate::profile) before: f64,
    pub(in crate::profile) after: f64,
    pub(in crate::profile) since: u64,
    pub(in crate::profile) of: u64,
    /// The names of the models, where that is what has changed.
    pub(in crate::profile) names: Option<(Box<str>, Box<str>)>,
}
