use std::time::Duration;

use super::{Policy, Pool, Question, threshold};

/// The fastest that qualifies: reaches the threshold, then by the catalog's time to the first token, then by probable
/// cost. A model whose time is not known comes after those whose time is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fastest;

impl Policy for Fastest {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        let missed = threshold::apply(question, pool);
        pool.sort_by_key(|entry| {
            let first_token = entry.candidate().model().first_token();
            (first_token.unwrap_or(Duration::MAX), entry.cost())
        });
        pool.reason(if missed {
            "none reaches the quality asked for; the best there is"
        } else {
            "fastest that qualifies"
        });
    }
}
