use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Estimate, Source,
    drift::{Ended, Found},
    guard::{Judged, Verdict},
    learner::{Ask, Label, Learner},
    limit::Share,
    outlook::Outlook,
    store::StreamName,
    watching::{Guarded, Watching},
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
    watching: Mutex<Watching>,
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
            watching: Mutex::default(),
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

    pub(super) fn advise(&self, ask: &Ask<'_>) -> Guarded {
        // Scored outside of the lock.
        let scorer = self.inner().learner.scorer();
        let mut estimates: Vec<Estimate> = scorer.score(ask);
        self.watching().correct(ask, &mut estimates);
        self.beside()
            .outlook
            .predicted(ask.task, ask.arms, &estimates);
        let Inner { learner, random } = &mut *self.inner();
        self.watching().choose(learner, ask, estimates, random)
    }

    pub(super) fn learn(&self, label: Label) {
        self.beside().outlook.learned(&label);
        let mut inner = self.inner();
        inner.learner.learn(label);
        if inner.learner.is_due() {
            inner.learner.settle();
        }
    }

    /// Learns what was kept, or what others have learned: many at once, worked in at once.
    pub(super) fn recall(&self, labels: Vec<Label>) {
        {
            let outlook = &mut self.beside().outlook;
            labels.iter().for_each(|label| outlook.learned(label));
        }
        let mut inner = self.inner();
        for label in labels {
            inner.learner.learn(label);
        }
        inner.learner.settle();
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
        self.inner().learner.seen()
    }

    /// An answer was scored by somebody who says so: whether that is as it was.
    pub(super) fn scored(&self, label: &Label) -> Found {
        self.watching().scored(label)
    }

    /// An attempt has ended: whether as they did.
    pub(super) fn ended(&self, arm: u32, task: u32, ended: &Ended<'_>) -> Found {
        self.watching().ended(arm, task, ended)
    }

    /// A call that was left to the policy is answered.
    pub(super) fn answered(&self, arm: u32) {
        self.watching().answered(arm);
    }

    /// The answer to such a call was scored. What is done from now on, where that has changed.
    pub(super) fn compare(
        &self,
        arms: &[Judged],
        arm: u32,
        scored: (f64, f64),
        wished: f64,
    ) -> Option<Verdict> {
        let mut watching = self.watching();
        let changed = watching.compare(arms, arm, scored, wished);
        changed.then(|| watching.verdict())
    }

    fn watching(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beside(&self) -> MutexGuard<'_, Beside> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
