use super::{Policy, Pool, Question};
use crate::{
    catalog::{Candidate, Threshold},
    money::Usd,
    profile::{
        Consultation, Profile,
        learner::{Advice, Why},
    },
};

/// By experience: what a [`Profile`] has learned from the answers' scores decides, beginning with the catalog's.
///
/// The quality that the alias or the caller asks for is kept on average, as a share of what always asking the best would
/// give, and cost is saved where that allows it.
#[derive(Clone, Debug)]
pub struct Learned {
    profile: Profile,
}

impl Learned {
    /// By this experience.
    pub const fn new(profile: Profile) -> Self {
        Self { profile }
    }

    /// Says what experience predicts of each candidate, for another policy to rank them by.
    pub(in crate::select) fn estimate(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        let advice = self.consult(question, pool, 0.0);
        pool.estimate(&advice.estimates);
    }

    fn consult(&self, question: &Question<'_>, pool: &Pool<'_>, explore: f64) -> Advice {
        let quality = question.wished_quality.unwrap_or_else(|| {
            match question.alias.threshold() {
                Threshold::Relative(share) => share,
                // Its own kind of promise: see `threshold`.
                Threshold::AtLeast(_) => 1.0,
            }
        });
        let mut call = Consultation::new(question.id, question.alias.name(), question.query);
        call.tenant = question.tenant;
        call.quality = quality;
        call.explore = explore;
        call.note = !question.again;
        call.prior_by_task = pool
            .entries()
            .any(|entry| tells_tasks_apart(entry.candidate()));
        let candidates: Vec<_> = pool
            .entries()
            .map(|entry| (entry.candidate(), entry.quality(), usd(entry.cost())))
            .collect();
        self.profile.consult(&call, &candidates)
    }
}

impl Policy for Learned {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        // Whom the learner would try is not known before: nobody may be too dear for that.
        let may = question.explore && pool.entries().all(|entry| question.may_try(entry));
        let explore = if may { question.explore_share } else { 0.0 };
        let advice = self.consult(question, pool, explore);
        pool.estimate(&advice.estimates);
        pool.probabilities(&advice.probabilities);
        pool.arrange(&advice.order);
        let first = advice.order.first();
        let probability = first.and_then(|at| advice.probabilities.get(*at));
        pool.probability(probability.copied().unwrap_or(1.0));
        pool.reason(match advice.why {
            Why::Tradeoff { .. } => "by experience, the best for its cost",
            Why::Explored => "by chance, to learn",
            Why::Constant => "routing is not known to win over always asking this one",
        });
    }
}

/// Whether the catalog scores it on more than one task.
fn tells_tasks_apart(candidate: &Candidate) -> bool {
    let effort = candidate.effort();
    effort.is_some_and(|effort| effort.qualities().nth(1).is_some())
        || candidate.model().qualities().nth(1).is_some()
}

/// Dollars as a number to compare with; without a price there is none.
fn usd(cost: Usd) -> f64 {
    if cost == Usd::MAX {
        f64::INFINITY
    } else {
        cost.nanos() as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_price_is_no_number_that_dwarfs_all_prices() {
        assert_eq!(usd("1.5".parse().unwrap()), 1.5);
        assert!(usd(Usd::MAX).is_infinite());
    }
}
