use super::{Policy, Pool, Question, threshold};

/// The cheapest that qualifies: reaches the threshold, then by probable cost, then by what it can cost at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cheapest;

impl Policy for Cheapest {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        let missed = threshold::apply(question, pool);
        pool.sort_by_key(|entry| (entry.cost(), entry.bound()));
        pool.reason(if missed {
            threshold::MISSED
        } else {
            "cheapest that qualifies"
        });
    }
}
