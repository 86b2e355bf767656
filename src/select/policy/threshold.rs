use super::{Pool, Question};
use crate::{catalog::Threshold, observe::Dropped, profile::normal_quantile};

/// What is said where an absolute threshold is not reached.
pub(super) const MISSED: &str = "none reaches the quality asked for; the best there is";

/// Differences of quality below this are noise of floating point, not of models.
const EPSILON: f64 = 1e-9;

/// Leaves out those whose predicted quality is below what is asked, or not known to reach it as surely as the alias wants;
/// where none reaches an absolute threshold, the best ones stay, since an answer beats none. Says whether any had to be kept
/// like that.
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
    let needed = asked.min(best);
    let z = normal_quantile(question.alias.confidence());
    let mut sure = false;
    pool.drop_where(|entry| {
        let quality = entry.quality().unwrap_or(f64::NEG_INFINITY);
        if quality + EPSILON < needed {
            return Some(Dropped::BelowThreshold { needed: asked });
        }
        let low = entry.quality_at_least(z).unwrap_or(f64::NEG_INFINITY);
        let reaches = low + EPSILON >= asked;
        sure |= reaches;
        // The best is as good as itself, however little is known of it.
        let best = quality + EPSILON >= best;
        (!reaches && !best).then_some(Dropped::Unsure { needed: asked })
    });
    matches!(threshold, Threshold::AtLeast(_)) && !sure
}
