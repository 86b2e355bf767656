use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::money::Usd;

const KEPT: usize = 4_096;

/// What was refunded under which id, so that none is done twice: the latest ones.
#[derive(Debug, Default)]
pub(in crate::budget) struct Refunds {
    done: HashMap<Arc<str>, Done>,
    order: VecDeque<Arc<str>>,
    count: u64,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(in crate::budget) struct Done {
    pub(in crate::budget) amount: Usd,
    /// How many there had been by then, with it.
    #[cfg_attr(not(feature = "redb"), allow(dead_code))] // Only files keep their order.
    pub(in crate::budget) nth: u64,
}

impl Refunds {
    pub(in crate::budget) fn done(&self, id: &str) -> Option<Usd> {
        self.get(id).map(|done| done.amount)
    }

    pub(super) fn get(&self, id: &str) -> Option<Done> {
        self.done.get(id).copied()
    }

    #[cfg(feature = "redb")]
    pub(super) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.order.iter()
    }

    /// The number of the next one.
    pub(super) fn next(&self) -> u64 {
        self.count + 1
    }

    /// Remembers one; says which one is forgotten for it.
    pub(in crate::budget) fn remember(
        &mut self,
        id: &str,
        amount: Usd,
        nth: u64,
    ) -> Option<Arc<str>> {
        let oldest = if self.order.len() >= KEPT {
            self.order.pop_front()
        } else {
            None
        };
        if let Some(oldest) = &oldest {
            self.done.remove(oldest);
        }
        let id: Arc<str> = id.into();
        self.order.push_back(Arc::clone(&id));
        self.done.insert(id, Done { amount, nth });
        self.count = self.count.max(nth);
        oldest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_oldest() {
        let mut refunds = Refunds::default();
        for id in 0..=KEPT {
            let nth = refunds.next();
            refunds.remember(&id.to_string(), Usd::ZERO, nth);
        }
        assert_eq!(refunds.done("0"), None);
        assert_eq!(refunds.done("1"), Some(Usd::ZERO));
        assert_eq!((refunds.done.len(), refunds.order.len()), (KEPT, KEPT));
    }
}
