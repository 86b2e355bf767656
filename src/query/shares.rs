use super::Task;

/// How many tasks have a share.
const TASKS: usize = 13;

static KNOWN: [Task; TASKS] = [
    Task::CODING,
    Task::MATH,
    Task::SCIENCE,
    Task::REASONING,
    Task::COMPUTER_USE,
    Task::CREATIVE,
    Task::KNOWLEDGE,
    Task::PERSONAL,
    Task::GENERAL,
    Task::EXAM,
    Task::COMMONSENSE,
    Task::LOGIC,
    Task::CONSTRAINED,
];

/// How much a query is of each known task: probabilities that sum up to 1.
///
/// What lies between two tasks is told from what is one of them alone, which a single name cannot do.
///
/// ```
/// use tower_genai::query::{Shares, Task};
///
/// let shares = Shares::all(&Task::MATH);
/// assert_eq!(shares.of(&Task::MATH), 1.0);
/// assert_eq!(shares.iter().map(|(_, share)| share).sum::<f32>(), 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares([f32; TASKS]);

impl Shares {
    /// How many there are.
    pub const LEN: usize = TASKS;

    /// The tasks that have shares, always in the same order.
    pub fn tasks() -> &'static [Task; Self::LEN] {
        &KNOWN
    }

    /// Shares in the order of [`tasks`](Self::tasks), brought to a sum of 1; what is negative or no number counts as
    /// nothing. Even ones where nothing is left.
    pub fn new(shares: [f32; Self::LEN]) -> Self {
        let shares = shares.map(|share| {
            if share.is_finite() {
                share.max(0.0)
            } else {
                0.0
            }
        });
        let sum: f32 = shares.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            Self(shares.map(|share| share / sum))
        } else {
            Self([1.0 / TASKS as f32; TASKS])
        }
    }

    /// All of one task; even shares, if it is none of the known ones.
    pub fn all(task: &Task) -> Self {
        Self::new(std::array::from_fn(|at| {
            f32::from(u8::from(KNOWN[at] == *task))
        }))
    }

    /// The share of a task; 0 for one that is not known.
    pub fn of(&self, task: &Task) -> f32 {
        let found = self.iter().find(|(known, _)| *known == task);
        found.map_or(0.0, |(_, share)| share)
    }

    /// Each task and its share.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Task, f32)> {
        KNOWN.iter().zip(self.0)
    }

    /// The shares alone, in the order of [`tasks`](Self::tasks).
    pub fn as_array(&self) -> &[f32; Self::LEN] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_given_sums_up_to_one() {
        for given in [0.0, -1.0, f32::NAN, f32::INFINITY, f32::MAX, 1e-30, 3.0] {
            let mut shares = [given; Shares::LEN];
            shares[2] = 0.5;
            let shares = Shares::new(shares);
            let sum: f32 = shares.iter().map(|(_, share)| share).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{given}: {sum}");
        }
        assert_eq!(Shares::all(&Task::new("legal")).of(&Task::MATH), 1.0 / 13.0);
    }
}
