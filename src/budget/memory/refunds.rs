use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::money::Usd;

const KEPT: usize = 4_096;

/// What was refunded under which id, so that none is done twice: the latest ones.
#[derive(Debug, Default)]
pub(super) struct Refunds {
    done: HashMap<Arc<str>, Usd>,
    order: VecDeque<Arc<str>>,
}

impl Refunds {
    pub(super) fn done(&self, id: &str) -> Option<Usd> {
        self.done.get(id).copied()
    }

    pub(super) fn remember(&mut self, id: &str, amount: Usd) {
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
        let id: Arc<str> = id.into();
        self.order.push_back(Arc::clone(&id));
        self.done.insert(id, amount);
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
