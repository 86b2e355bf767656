use std::time::Duration;

use super::{Cheapest, Policy, Pool, Question, threshold, wait::Wait};
use crate::query::Pace;

/// The fastest that qualifies: reaches the threshold, then by how long somebody waits, then by probable cost.
///
/// Of a streamed answer that is the time to its first content, and as much of the rest as comes slower than people read
/// (10 tokens a second); of any other the time to its end. Times are what was measured lately
/// ([`Health::speed`](crate::health::Health::speed)), at the alias's
/// [quantile](crate::catalog::Alias::latency_quantile), or, while too little was, the catalog's; 50 tokens a second where
/// neither says. An answer is taken to be as long as those on its task were on average
/// ([`Health::length`](crate::health::Health::length)), or, while too few are known, 200 tokens and up to 800 more by
/// difficulty; an effort's factor counts, and no limit is exceeded.
///
/// A model whose time is not known comes after those whose time is. So that it becomes known, a share of calls
/// ([`Alias::explore`](crate::catalog::Alias::explore)) goes to one that nobody has measured yet,
/// [where chance may choose](crate::select#chance).
///
/// Where [nobody waits](Pace::Batch), it is the [`Cheapest`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Fastest;

impl Policy for Fastest {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        if question.pace == Pace::Batch {
            return Cheapest.rank(question, pool);
        }
        let missed = threshold::apply(question, pool);
        let wait = Wait::new(question, pool);
        pool.sort_by_cached_key(|entry| (wait.of(entry).unwrap_or(Duration::MAX), entry.cost()));
        pool.reason(if missed {
            threshold::MISSED
        } else {
            "fastest that qualifies"
        });
        measure(question, &wait, pool);
    }
}

/// Puts one in front now and then of which nobody knows how fast it is.
fn measure(question: &Question<'_>, wait: &Wait<'_>, pool: &mut Pool<'_>) {
    let share = question.explore_share;
    if !question.explore || share <= 0.0 || !pool.is_watched() {
        return;
    }
    let others = pool.entries().enumerate().skip(1);
    let unknown = others.filter(|(_, entry)| !wait.is_measured(*entry) && question.may_try(*entry));
    let unknown: Vec<usize> = unknown.map(|(place, _)| place).collect();
    if unknown.is_empty() {
        return;
    }
    #[allow(clippy::cast_precision_loss, reason = "as many as there are models")]
    let count = unknown.len() as f64;
    let mut chances = vec![0.0; pool.len()];
    chances[0] = 1.0 - share;
    for place in &unknown {
        chances[*place] = share / count;
    }
    pool.probabilities(&chances);
    if question.draw >= share {
        return pool.probability(1.0 - share);
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among them"
    )]
    let drawn = (question.draw / share * count) as usize;
    if let Some(place) = unknown.get(drawn).or(unknown.last()) {
        pool.arrange(&[*place]);
        pool.probability(share / count);
        pool.reason("by chance, to learn how fast it is");
    }
}
