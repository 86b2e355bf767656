use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Estimate, Source,
    learner::{Advice, Ask, Label, Learner},
    limit::Share,
    outlook::Outlook,
    store::StreamName,
    weak::{Balances, Weak},
};
use crate::context::Tenant;

/// One stream of calls that is learned from.
#[derive(Debug)]
pub(super) struct Track {
    name: StreamName,
    inner: Mutex<Inner>,
    /// What is only looked at by people, or when an answer has ended.
    beside: Mutex<Beside>,
}

#[derive(Debug)]
struct Inner {
    learner: Learner,
    random: fastrand::Rng,
}

#[derive(Debug)]
struct Beside {
    outlook: Outlook,
    balances: Balances,
    share: Share,
    random: fastrand::Rng,
}

impl Track {
    pub(super) fn new(name: StreamName, mut random: fastrand::Rng) -> Self {
        Self {
            name,
            beside: Mutex::new(Beside {
                outlook: Outlook::default(),
                balances: Balances::default(),
                share: Share::default(),
                random: random.fork(),
            }),
            inner: Mutex::new(Inner {
                learner: Learner::new(),
                random,
            }),
        }
    }

    /// Whose calls, by which alias.
    pub(super) const fn name(&self) -> &StreamName {
        &self.name
    }

    pub(super) fn advise(&self, ask: &Ask<'_>) -> Advice {
        // Scored outside of the lock.
        let scorer = self.inner().learner.scorer();
        let estimates: Vec<Estimate> = scorer.score(ask);
        self.beside()
            .outlook
            .predicted(ask.task, ask.arms, &estimates);
        let Inner { learner, random } = &mut *self.inner();
        learner.choose(ask, estimates, random)
    }

    pub(super) fn learn(&self, label: Label) {
        self.beside().outlook.learned(&label);
        let mut inner = self.inner();
        inner.learner.learn(label);
        if inner.learner.is_due() {
            inner.learner.settle();
        }
    }

    /// Whether one more label of a tenant's is to be learned, where tenants learn together.
    pub(super) fn share(&self, tenant: Option<&Tenant>) -> bool {
        self.beside().share.take(tenant)
    }

    /// Takes note of whether an answer shows a weak sign; the label that it is worth.
    pub(super) fn weak(&self, seen: bool, source: Source, predicted: f64) -> Option<Weak> {
        let Beside {
            balances, random, ..
        } = &mut *self.beside();
        balances.of(source)?.see(seen, source, predicted, random)
    }

    /// What is thought of each candidate on each task.
    pub(super) fn outlook<T>(&self, read: impl FnOnce(&Outlook) -> T) -> T {
        read(&self.beside().outlook)
    }

    pub(super) fn labels(&self) -> u64 {
        self.inner().learner.labels()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beside(&self) -> MutexGuard<'_, Beside> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
