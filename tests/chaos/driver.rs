use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use fastrand::Rng;
use tower_genai::{
    observe::DecisionId,
    sim::{Server, Times},
};

use super::kind::{KINDS, Kind};

/// Lets one provider fail at any time, and another one, or in another way, when enough calls have come.
///
/// A call may so meet two that fail, the one of its beginning and the next one, but never all three: the next change
/// waits until the calls from before the last one are answered.
pub(crate) struct Driver {
    sims: Vec<Server>,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    /// Who is to fail and how, the last first.
    deck: Vec<(usize, Kind)>,
    /// What has happened so far, the present last.
    spells: Vec<Spell>,
    /// The calls of this spell that are to come.
    left: usize,
    /// In which spell each call has begun that is under way.
    open: HashMap<DecisionId, usize>,
}

/// The time for which one provider fails in one way.
#[derive(Clone, Debug)]
pub(crate) struct Spell {
    /// The failing provider's place.
    pub(crate) who: usize,
    pub(crate) kind: Kind,
    /// How many calls have begun in it.
    pub(crate) calls: usize,
}

impl Driver {
    pub(crate) fn start(seed: u64, sims: &[Server]) -> Self {
        let mut state = State {
            rng: Rng::with_seed(seed),
            deck: Vec::new(),
            spells: Vec::new(),
            left: 0,
            open: HashMap::new(),
        };
        state.change(sims);
        Self {
            sims: sims.to_vec(),
            state: Mutex::new(state),
        }
    }

    fn with<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        what(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A call has begun; answers in which spell.
    pub(crate) fn begins(&self, id: DecisionId) -> usize {
        self.with(|state| {
            let now = state.spells.len() - 1;
            state.open.insert(id, now);
            state.spells[now].calls += 1;
            state.left = state.left.saturating_sub(1);
            state.change_when_due(&self.sims);
            now
        })
    }

    /// A call is answered, or nobody is asked any more for it.
    pub(crate) fn ends(&self, id: DecisionId) {
        self.with(|state| {
            state.open.remove(&id);
            state.change_when_due(&self.sims);
        });
    }

    pub(crate) fn spells(&self) -> Vec<Spell> {
        self.with(|state| state.spells.clone())
    }
}

impl State {
    fn change_when_due(&mut self, sims: &[Server]) {
        let now = self.spells.len() - 1;
        if self.left == 0 && self.open.values().all(|spell| *spell == now) {
            self.change(sims);
        }
    }

    fn change(&mut self, sims: &[Server]) {
        if self.deck.is_empty() {
            let all = (0..sims.len()).flat_map(|who| KINDS.map(|kind| (who, kind)));
            self.deck = all.collect();
            self.rng.shuffle(&mut self.deck);
        }
        let Some((who, kind)) = self.deck.pop() else {
            return;
        };
        for sim in sims {
            sim.heal();
        }
        let failing = &sims[who];
        failing.fail(kind.fault(failing.dialect()), Times::Always);
        self.left = self.rng.usize(16..64);
        self.spells.push(Spell {
            who,
            kind,
            calls: 0,
        });
    }
}
