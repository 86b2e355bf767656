use crate::profile::Vector;

/// A call whose answer was scored.
#[derive(Clone, Debug)]
pub struct Label {
    /// The query.
    pub vector: Vector,
    /// Its task, as in [`Ask::task`](super::Ask::task).
    pub task: u32,
    /// Who answered, as in [`Arm::key`](super::Arm::key).
    pub arm: u32,
    /// The catalog's quality of who answered on the task, when it was asked.
    pub prior: Option<f64>,
    /// What was predicted when it was asked.
    pub predicted: f64,
    /// The score, 0..=1.
    pub score: f64,
    /// How much it counts beside an explicit one, above 0 and at most 1.
    pub weight: f64,
    /// When it was scored, in seconds since a time that is the same for all labels: older ones count less.
    pub at: f64,
}

impl Label {
    /// Whether anything can be learned from it.
    pub(super) fn counts(&self) -> bool {
        let number = self.score.is_finite() && self.weight.is_finite() && self.at.is_finite();
        number && self.weight > 0.0
    }
}
