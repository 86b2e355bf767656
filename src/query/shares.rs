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

    /// The same without some tasks. Even shares, where nothing is left.
    #[must_use]
    pub fn without(&self, is_out: impl Fn(&Task) -> bool) -> Self {
        let left = |at: usize| if is_out(&KNOWN[at]) { 0.0 } else { self.0[at] };
        Self::new(std::array::from_fn(left))
    }

    /// The task that has most, and how much. First that of which all parts together have most; then the part instead,
    /// where it has more than half of that.
    pub fn most(&self) -> (&'static Task, f32) {
        let wholes = KNOWN.iter().filter(|task| !is_part(task));
        let wholes = wholes.map(|task| (task, self.parts(task).map(|(_, share)| share).sum()));
        let (task, share) = largest(wholes);
        let (part, most) = largest(self.parts(task));
        if part != task && most > share / 2.0 {
            (part, most)
        } else {
            (task, share)
        }
    }

    /// A task and what is part of it.
    fn parts(&self, of: &Task) -> impl Iterator<Item = (&'static Task, f32)> {
        self.iter().filter(move |(task, _)| {
            *task == of || (is_part(task) && task.broader().as_ref() == Some(of))
        })
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

/// Whether a task is told only as a part of another. Mathematics is as large as what it is part of.
fn is_part(task: &Task) -> bool {
    task.broader().is_some() && *task != Task::MATH
}

/// That with the largest share; `general`, where none has any.
fn largest(shares: impl Iterator<Item = (&'static Task, f32)>) -> (&'static Task, f32) {
    shares.fold((&KNOWN[8], 0.0), |best, (task, share)| {
        if share > best.1 { (task, share) } else { best }
    })
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
        let of = |tasks: &[(Task, f32)]| {
            let share = |known: &Task| tasks.iter().find(|(task, _)| task == known);
            Shares::new(std::array::from_fn(|at| {
                share(&KNOWN[at]).map_or(0.0, |(_, share)| *share)
            }))
        };
        let parts = [
            (Task::CODING, 0.4),
            (Task::EXAM, 0.25),
            (Task::KNOWLEDGE, 0.35),
        ];
        assert_eq!(of(&parts).most().0, &Task::KNOWLEDGE);
        let parts = [
            (Task::CODING, 0.4),
            (Task::EXAM, 0.35),
            (Task::KNOWLEDGE, 0.25),
        ];
        assert_eq!(of(&parts).most(), (&Task::EXAM, 0.35));
        assert_eq!(Shares::all(&Task::new("legal")).of(&Task::MATH), 1.0 / 13.0);
    }
}
