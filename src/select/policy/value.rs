use super::{Policy, Pool, Question};
use crate::{money::Usd, profile::normal_quantile};

/// Quality at a price that the caller is willing to pay: ranks by quality × `worth` − probable cost.
///
/// `worth` is what an answer of quality 1 is worth over one of quality 0, in dollars per call: at 0.10 a model that
/// is better by 0.05 may cost half a cent more. Where experience speaks of a candidate, its quality counts as far as it
/// is known with the alias's [confidence](crate::catalog::Alias::confidence).
#[derive(Clone, Copy, Debug)]
pub struct Value {
    worth: Usd,
}

impl Value {
    /// With what a perfect answer is worth.
    pub const fn new(worth: Usd) -> Self {
        Self { worth }
    }
}

impl Policy for Value {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        let worth = self.worth.as_f64();
        let z = normal_quantile(question.alias.confidence());
        pool.sort_by_key(|entry| entry.cost());
        pool.sort_by_score(|entry| {
            entry
                .quality_at_least(z)
                .unwrap_or(f64::NAN)
                .mul_add(worth, -entry.cost().as_f64())
        });
        pool.reason("most quality for its price");
    }
}
