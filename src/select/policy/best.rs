use super::{Policy, Pool, Question};
use crate::money::Usd;
use crate::observe::Dropped;

/// The best within a cost: those that can cost at most so much, by predicted quality, then by probable cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Best {
    most: Option<Usd>,
}

impl Best {
    /// The best, whatever it costs (within the alias's own `max_cost` and the budgets).
    pub const fn new() -> Self {
        Self { most: None }
    }

    /// The best of those that can cost at most `most` for the call.
    #[must_use]
    pub const fn within(mut self, most: Usd) -> Self {
        self.most = Some(most);
        self
    }
}

impl Policy for Best {
    fn rank(&self, _: &Question<'_>, pool: &mut Pool<'_>) {
        if let Some(most) = self.most {
            pool.drop_where(|entry| match entry.bound() {
                Some(bound) if bound <= most => None,
                Some(bound) => Some(Dropped::TooDear { bound, most }),
                None => Some(Dropped::Unbounded("price".into())),
            });
        }
        pool.sort_by_key(|entry| entry.cost());
        pool.sort_by_score(|entry| entry.quality().unwrap_or(f64::NAN));
        pool.reason("best within the cost");
    }
}
