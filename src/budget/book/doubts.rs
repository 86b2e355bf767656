use std::{
    collections::{HashMap, VecDeque},
    time::SystemTime,
};

use foldhash::fast::RandomState;

use super::{Held, Labels};
use crate::{
    budget::{DoubtfulCharge, HoldId},
    money::Usd,
};

/// Charges whose true cost is not known: the latest ones, the oldest first.
#[derive(Debug)]
pub(in crate::budget) struct Doubts {
    kept: usize,
    charges: HashMap<HoldId, Doubt, RandomState>,
    /// Names of those that are no longer there may stand here too.
    order: VecDeque<HoldId>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(in crate::budget) struct Doubt {
    pub(in crate::budget) held: Held,
    pub(in crate::budget) charged: Usd,
    pub(in crate::budget) refunded: Usd,
    pub(in crate::budget) at: SystemTime,
    /// Nobody ended it.
    pub(in crate::budget) expired: bool,
    /// How many there had been by then, with it.
    #[cfg_attr(not(feature = "redb"), allow(dead_code))] // Only files keep their order.
    pub(in crate::budget) nth: u64,
}

impl Doubts {
    pub(super) fn new(kept: usize) -> Self {
        Self {
            kept,
            charges: HashMap::default(),
            order: VecDeque::new(),
        }
    }

    pub(super) fn keep(&mut self, kept: usize) {
        self.kept = kept;
    }

    /// Lists one; says which one is listed no longer.
    pub(super) fn add(&mut self, id: HoldId, doubt: Doubt) -> Option<HoldId> {
        if self.kept == 0 {
            return None;
        }
        let oldest = if self.charges.len() >= self.kept {
            self.make_room()
        } else {
            None
        };
        self.charges.insert(id, doubt);
        self.order.push_back(id);
        oldest
    }

    /// The oldest goes. Of an expired one the end may come yet, and is to find it: those that have ended go first, and twice
    /// as many as are kept may stand there where all have expired.
    fn make_room(&mut self) -> Option<HoldId> {
        let charges = &self.charges;
        let ended = |id: &HoldId| charges.get(id).is_some_and(|doubt| !doubt.expired);
        if let Some(at) = self.order.iter().position(ended) {
            let id = self.order.remove(at)?;
            self.charges.remove(&id);
            return Some(id);
        }
        if self.charges.len() < self.kept.saturating_mul(2) {
            return None;
        }
        while let Some(id) = self.order.pop_front() {
            if self.charges.remove(&id).is_some() {
                return Some(id);
            }
        }
        None
    }

    pub(super) fn get_mut(&mut self, id: HoldId) -> Option<&mut Doubt> {
        self.charges.get_mut(&id)
    }

    pub(super) fn get(&self, id: HoldId) -> Option<&Doubt> {
        self.charges.get(&id)
    }

    #[cfg(feature = "redb")]
    pub(super) fn ids(&self) -> impl Iterator<Item = HoldId> {
        self.charges.keys().copied()
    }

    /// Takes one off the list that expired: its end is known now.
    pub(super) fn take_expired(&mut self, id: HoldId) -> Option<Doubt> {
        if !self.charges.get(&id)?.expired {
            return None;
        }
        let taken = self.charges.remove(&id);
        // It leaves its name behind. Names are swept before they are twice too many.
        if self.order.len() > 64 + 2 * self.charges.len() {
            self.order.retain(|id| self.charges.contains_key(id));
        }
        taken
    }

    pub(super) fn views(&self, labels: &Labels) -> Vec<DoubtfulCharge> {
        let listed = self.order.iter();
        let listed = listed.filter_map(|id| Some((*id, self.charges.get(id)?)));
        listed
            .map(|(id, doubt)| DoubtfulCharge {
                id,
                label: labels.of(doubt.held.label),
                accounts: doubt.held.accounts(),
                bound: doubt.held.bound,
                charged: doubt.charged,
                refunded: doubt.refunded,
                since: doubt.held.since,
                at: doubt.at,
                expired: doubt.expired,
            })
            .collect()
    }
}
