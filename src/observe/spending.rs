use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::money::Usd;

/// What the attempts of a call have come to, for a layer further out that has to know whether making the call again
/// could be paid for twice. Dispatch tells it, attempt by attempt, those that were given up included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spending(Arc<Sums>);

#[derive(Debug, Default)]
struct Sums {
    sent: AtomicU64,
    ended: AtomicU64,
    cost: AtomicBool,
}

impl Spending {
    /// An attempt is about to be sent.
    pub(crate) fn sent(&self) {
        self.0.sent.fetch_add(1, Ordering::AcqRel);
    }

    /// An attempt that was sent has ended, at a cost; `None` where nobody knows it.
    pub(crate) fn ended(&self, cost: Option<Usd>) {
        if cost != Some(Usd::ZERO) {
            self.0.cost.store(true, Ordering::Release);
        }
        self.0.ended.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether an attempt was sent by who tells of it.
    pub(crate) fn is_told(&self) -> bool {
        self.0.sent.load(Ordering::Acquire) > 0
    }

    /// Whether something was spent, or may be by an attempt that has not ended.
    pub(crate) fn may_cost(&self) -> bool {
        let ended = self.0.ended.load(Ordering::Acquire);
        self.0.cost.load(Ordering::Acquire) || self.0.sent.load(Ordering::Acquire) > ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_free_may_have_cost_something() {
        let spending = Spending::default();
        assert!(!spending.is_told() && !spending.may_cost());
        spending.sent();
        assert!(spending.is_told() && spending.may_cost(), "under way");
        spending.ended(Some(Usd::ZERO));
        assert!(!spending.may_cost());
        for cost in [None, Some("0.01".parse().unwrap())] {
            let spending = Spending::default();
            spending.sent();
            spending.ended(cost);
            spending.sent();
            spending.ended(Some(Usd::ZERO));
            assert!(
                spending.may_cost(),
                "a free attempt after it changes nothing"
            );
        }
    }
}
