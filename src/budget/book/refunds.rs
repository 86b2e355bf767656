use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::money::Usd;

const KEPT: usize = 4_096;

/// What was refunded under which id, so that none is done twice: the latest ones.
#[derive(Debug, Default)]
pub(in crate::budget) struct Refunds {
    done: HashMap<Arc<str>, Usd>,
    order: VecDeque<Arc<str>>,
}

impl Refunds {
    pub(in crate::budget) fn done(&self, id: &str) -> Option<Usd> {
        self.done.get(id).copied()
    }

    /// Remembers one; says which one is forgotten for it.
    pub(in crate::budget) fn remember(&mut self, id: &str, amount: Usd) -> Option<Arc<str>> {
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
        self.done.insert(id, amount);
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
            refunds.remember(&id.to_string(), Usd::ZERO);
        }
        assert_eq!(refunds.done("0"), None);
        assert_eq!(refunds.done("1"), Some(Usd::ZERO));
        assert_eq!((refunds.done.len(), refunds.order.len()), (KEPT, KEPT));
    }
}
