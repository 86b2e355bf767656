use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Estimate,
    learner::{Advice, Ask, Label, Learner},
};

/// One stream of calls that is learned from.
#[derive(Debug)]
pub(super) struct Track(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    learner: Learner,
    random: fastrand::Rng,
}

impl Track {
    pub(super) fn new(random: fastrand::Rng) -> Self {
        Self(Mutex::new(Inner {
            learner: Learner::new(),
            random,
        }))
    }

    pub(super) fn advise(&self, ask: &Ask<'_>) -> Advice {
        // Scored outside of the lock.
        let scorer = self.inner().learner.scorer();
        let estimates: Vec<Estimate> = scorer.score(ask);
        let Inner { learner, random } = &mut *self.inner();
        learner.choose(ask, estimates, random)
    }

    pub(super) fn learn(&self, label: Label) {
        let mut inner = self.inner();
        inner.learner.learn(label);
        if inner.learner.is_due() {
            inner.learner.settle();
        }
    }

    pub(super) fn labels(&self) -> u64 {
        self.inner().learner.seen()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
