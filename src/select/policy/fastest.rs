use std::time::Duration;

use super::{Policy, Pool, Question, threshold};

/// The fastest that qualifies: reaches the threshold, then by the time to the first content, then by probable cost.
///
/// The time is the median of what was measured lately ([`Health::speed`](crate::health::Health::speed)), or, while too
/// little was, the catalog's. A model whose time is not known comes after those whose time is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fastest;

impl Policy for Fastest {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        let missed = threshold::apply(question, pool);
        pool.sort_by_cached_key(|entry| {
            let measured = entry.speed().and_then(|speed| speed.first_content);
            let first = measured.or(entry.candidate().model().first_token());
            (first.unwrap_or(Duration::MAX), entry.cost())
        });
        pool.reason(if missed {
            "none reaches the quality asked for; the best there is"
        } else {
            "fastest that qualifies"
        });
    }
}
