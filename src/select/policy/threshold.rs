use super::{Pool, Question};
use crate::{catalog::Threshold, observe::Dropped};

/// Differences of quality below this are noise of floating point, not of models.
const EPSILON: f64 = 1e-9;

/// Leaves out those whose predicted quality is below what is asked; where none reaches an absolute threshold, the
/// best ones stay, since an answer beats none. Says whether any had to be kept like that.
pub(super) fn apply(question: &Question<'_>, pool: &mut Pool<'_>) -> bool {
    let best = pool
        .entries()
        .filter_map(super::Entry::quality)
        .fold(f64::NEG_INFINITY, f64::max);
    if best == f64::NEG_INFINITY {
        return false;
    }
    let threshold = match question.wished_quality {
        Some(share) => Threshold::Relative(share),
        None => question.alias.threshold(),
    };
    let asked = threshold.least(best);
    let missed = asked > best + EPSILON;
    let needed = asked.min(best);
    pool.drop_where(|entry| {
        let quality = entry.quality().unwrap_or(f64::NEG_INFINITY);
        (quality + EPSILON < needed).then_some(Dropped::BelowThreshold { needed: asked })
    });
    missed
}
