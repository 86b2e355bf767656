use crate::profile::Vector;

/// A candidate as a [`Learner`](super::Learner) sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// Which candidate: the same number for the same one at every call.
    pub key: u32,
    /// The catalog's quality on the query's task, 0..=1; `None` where it has none.
    pub prior: Option<f64>,
    /// What the call probably costs there, in USD.
    pub cost: f64,
}

/// What a [`Learner`](super::Learner) is asked of one call.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The query.
    pub vector: &'a Vector,
    /// A number for the query's task: the same for the same task at every call.
    pub task: u32,
    /// How sure the classifier is of the task, 0..=1.
    pub confidence: f64,
    /// Whether the catalog's scores differ by task, so that they say more than one mean per model.
    pub prior_by_task: bool,
    /// The candidates that qualify, at least one.
    pub arms: &'a [Arm],
    /// The share of the best candidate's quality that is to be kept on average, 0..=1.
    pub quality: f64,
    /// The share of calls on which chance plays a part in the long run, 0..=1; up to ten times that while fewer than some
    /// sixty scores are known. 0 where it may play none on this one, as where it is labelled or pinned.
    pub explore: f64,
    /// Whether a call is asked about a second time, so that it does not count again.
    pub again: bool,
}

impl Ask<'_> {
    /// Whether chance may play a part.
    pub(in crate::profile) fn explores(&self) -> bool {
        self.explore > 0.0
    }
}
