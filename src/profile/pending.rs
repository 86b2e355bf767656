use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
};

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{Source, Vector, guard::Judged, store::StreamName};
use crate::{context::Tenant, observe::DecisionId};

/// A call that was decided, and may be scored.
pub(super) struct Asked {
    pub(super) tenant: Option<Tenant>,
    /// By name: a stream that takes too much is let go whatever waits to be scored.
    pub(super) stream: Arc<StreamName>,
    pub(super) vector: Vector,
    pub(super) task: u32,
    pub(super) arms: SmallVec<[Foreseen; 4]>,
    /// Place in `arms` of who was chosen.
    pub(super) chosen: usize,
    /// Whether that was left to the policy: neither a conversation's nor the only one's.
    pub(super) free: bool,
    /// The share of the best quality that is to be kept.
    pub(super) wished: f32,
    /// Key of who has answered.
    pub(super) answered: Option<u32>,
    /// Who has scored it, a bit each.
    pub(super) scored: u8,
    /// Whether another candidate's answer has been compared.
    pub(super) compared: bool,
    /// Whether the caller has bounded the answer's length itself.
    pub(super) limited: bool,
    /// Whether an observer was told that the answer is whole.
    pub(super) ended: bool,
}

/// What was known of a candidate when it was asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreseen {
    pub(super) key: u32,
    pub(super) prior: Option<f32>,
    pub(super) predicted: f32,
    pub(super) cost: f32,
    pub(super) probability: f32,
    /// With which probability the learner alone would have chosen it.
    pub(super) routed: f32,
}

impl Asked {
    /// Whether this source may score it: once, and none after an explicit score.
    pub(super) const fn may_score(&self, source: Source) -> bool {
        self.scored & (1 << source as u8 | 1 << Source::Explicit as u8) == 0
    }

    /// Takes note that this source has scored it.
    pub(super) const fn score_by(&mut self, source: Source) {
        self.scored |= 1 << source as u8;
    }

    /// What a guard is to know of it, where the choice was left to the policy and who was chosen has answered.
    pub(super) fn judged(&self) -> Option<SmallVec<[Judged; 8]>> {
        let chosen = self.arms.get(self.chosen)?.key;
        (self.free && self.answered == Some(chosen)).then(|| {
            let judged = |one: &Foreseen| Judged {
                arm: one.key,
                predicted: one.predicted.into(),
                routed: one.routed.into(),
                chosen: one.probability.into(),
                cost: one.cost.into(),
            };
            self.arms.iter().map(judged).collect()
        })
    }

    /// What was predicted of a candidate.
    pub(super) fn foreseen(&self, key: u32) -> Option<&Foreseen> {
        self.arms.iter().find(|arm| arm.key == key)
    }
}

/// Decisions that may still be scored: bounded, the oldest goes first.
pub(super) struct Pending {
    most: usize,
    asked: HashMap<DecisionId, Asked, RandomState>,
    order: VecDeque<DecisionId>,
}

impl Pending {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            asked: HashMap::default(),
            order: VecDeque::new(),
        }
    }

    pub(super) fn put(&mut self, id: DecisionId, asked: Asked) {
        if let Some(known) = self.asked.get_mut(&id) {
            *known = asked;
            return;
        }
        while self.order.len() >= self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.asked.remove(&oldest);
        }
        self.asked.insert(id, asked);
        self.order.push_back(id);
    }

    pub(super) fn get_mut(&mut self, id: DecisionId) -> Option<&mut Asked> {
        self.asked.get_mut(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("asked", &self.len())
            .field("most", &self.most)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_in_flight_is_small() {
        // What more than four candidates take comes on top.
        assert!(size_of::<Asked>() <= 520, "{}", size_of::<Asked>());
    }

    #[test]
    fn the_oldest_goes_first_whatever_comes() {
        let mut pending = Pending::new(3);
        let stream = Arc::new(StreamName::new(None, "auto"));
        let ids: Vec<DecisionId> = (0..10).map(|_| DecisionId::random()).collect();
        for id in ids.iter().chain(&ids[8..]) {
            let asked = Asked {
                tenant: None,
                stream: Arc::clone(&stream),
                vector: Vector::of(&crate::query::Prompt::new("Hello?")),
                task: 0,
                arms: SmallVec::new(),
                chosen: 0,
                free: true,
                wished: 1.0,
                answered: None,
                scored: 0,
                compared: false,
                limited: false,
                ended: false,
            };
            pending.put(*id, asked);
            assert!(pending.len() <= 3 && pending.order.len() == pending.len());
        }
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(pending.get_mut(*id).is_some(), at >= 7, "{at}");
        }
    }
}
