use super::Candidate;
use crate::query::Task;

/// The scores of a pool on a task, comparable with each other.
///
/// All are from one task, since scores from different benchmarks say nothing about each other: from `task` when any
/// candidate has one there, else from the next [broader](Task::broader), and last from `general`. A candidate
/// without a score where another has one is `None`, and so is everyone when nobody has any.
pub fn scores(pool: &[Candidate], task: &Task) -> Vec<Option<f64>> {
    let mut asked = task.clone();
    loop {
        let found: Vec<_> = pool
            .iter()
            .map(|candidate| candidate.quality(&asked))
            .collect();
        if asked == Task::GENERAL || found.iter().any(Option::is_some) {
            return found;
        }
        asked = asked.broader().unwrap_or(Task::GENERAL);
    }
}
