use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use tokio::runtime::Handle;

use super::{
    Estimate, Source,
    drift::{Ended, Found},
    guard::{Judged, Verdict},
    learner::{Ask, Label, Learner, Work},
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
    name: Arc<StreamName>,
    inner: Mutex<Inner>,
    /// What is only looked at by people, or when an answer has ended.
    beside: Mutex<Beside>,
    watching: Mutex<Watching>,
}

/// A stream with the bytes that it took when that was last looked at, since a cache must find the same again.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    pub(super) track: Arc<Track>,
    bytes: u64,
}

/// Weighs streams by the bytes that they take.
#[derive(Clone, Debug)]
pub(super) struct ByBytes;

impl Weighter<StreamName, Weighed> for ByBytes {
    fn weight(&self, _: &StreamName, weighed: &Weighed) -> u64 {
        weighed.bytes
    }
}

/// Streams of which so many are known at most, and no more than take so many bytes.
pub(super) fn by_bytes(most: usize, bytes: u64) -> Cache<StreamName, Weighed, ByBytes> {
    // Each shard has its part of the bytes, which is to be far more than what a stream takes.
    let options = OptionsBuilder::new()
        .estimated_items_capacity(most)
        .weight_capacity(bytes)
        .shards(SHARDS)
        .build()
        .expect("all that it needs is given");
    Cache::with_options(
        options,
        ByBytes,
        DefaultHashBuilder::default(),
        DefaultLifecycle::default(),
    )
}

/// Of so many parts, each behind its own lock.
const SHARDS: usize = 4;
/// What a stream of which nothing is known yet is taken to have: with it, no more than 4 096 are known.
const LEAST: u64 = 128 << 10;

#[derive(Debug)]
struct Inner {
    learner: Learner,
    random: fastrand::Rng,
}

/// Labels to be worked in, which is done when this is dropped, be it because there is no runtime any more.
struct Elsewhere {
    track: Arc<Track>,
    work: Option<Work>,
}

/// Work that is being done: should it panic, the stream goes on learning without the labels in it.
struct Underway<'a>(Option<&'a Track>);

/// With so few labels they are worked in at once: that takes microseconds.
const AT_ONCE: usize = 32;

#[derive(Debug)]
struct Beside {
    outlook: Outlook,
    balances: Balances,
    share: Share,
    random: fastrand::Rng,
}

impl Weighed {
    pub(super) fn new(track: Arc<Track>) -> Self {
        let bytes = LEAST + track.bytes();
        Self { track, bytes }
    }

    /// The same with what it takes now, where that is more by some labels.
    pub(super) fn grown(&self) -> Option<Self> {
        let now = Self::new(Arc::clone(&self.track));
        (now.bytes > self.bytes + LEAST).then_some(now)
    }
}

impl Inner {
    fn begin(&mut self) -> Option<Work> {
        let due = self.learner.is_due();
        due.then(|| self.learner.begin()).flatten()
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        if let Some(track) = self.0 {
            track.inner().learner.give_up();
        }
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.track.work(work);
        }
    }
}

impl Track {
    pub(super) fn new(name: StreamName, mut random: fastrand::Rng) -> Self {
        Self {
            name: Arc::new(name),
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
    pub(super) fn name(&self) -> &StreamName {
        &self.name
    }

    /// The same, to be kept.
    pub(super) fn its_name(&self) -> Arc<StreamName> {
        Arc::clone(&self.name)
    }

    pub(super) fn advise(&self, ask: &Ask<'_>) -> Guarded {
        // Scored outside of the lock.
        let scorer = self.inner().learner.scorer();
        let mut estimates: Vec<Estimate> = scorer.score(ask);
        self.watching().correct(ask, &mut estimates);
        if !ask.again {
            let outlook = &mut self.beside().outlook;
            outlook.predicted(ask.task, ask.arms, &estimates);
        }
        let Inner { learner, random } = &mut *self.inner();
        self.watching().choose(learner, ask, estimates, random)
    }

    pub(super) fn learn(self: &Arc<Self>, label: Label) {
        self.beside().outlook.learned(&label);
        let work = {
            let mut inner = self.inner();
            inner.learner.learn(label);
            inner.begin()
        };
        let Some(work) = work else {
            return;
        };
        if work.len() <= AT_ONCE {
            self.work(work);
            return;
        }
        // Without a runtime nobody waits for anything else on this thread.
        let elsewhere = Elsewhere {
            track: Arc::clone(self),
            work: Some(work),
        };
        match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn_blocking(|| drop(elsewhere));
            }
            Err(_) => drop(elsewhere),
        }
    }

    /// Learns what was kept, or what others have learned: many at once, worked in before this ends.
    pub(super) fn recall(&self, labels: Vec<Label>) {
        {
            let outlook = &mut self.beside().outlook;
            labels.iter().for_each(|label| outlook.learned(label));
        }
        let work = {
            let learner = &mut self.inner().learner;
            labels.into_iter().for_each(|label| learner.learn(label));
            // Whoever is at it goes on with these.
            learner.begin()
        };
        if let Some(work) = work {
            self.work(work);
        }
    }

    /// Works labels in, and those that came meanwhile, while calls go on.
    fn work(&self, work: Work) {
        let mut next = Some(work);
        while let Some(work) = next {
            let mut underway = Underway(Some(self));
            let worked = work.run();
            underway.0 = None;
            let mut inner = self.inner();
            inner.learner.finish(worked);
            next = inner.begin();
        }
    }

    /// How many bytes it takes, about.
    fn bytes(&self) -> u64 {
        let learner = self.inner().learner.bytes();
        let outlook = self.beside().outlook.bytes();
        learner + outlook + self.watching().bytes()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{profile::Vector, query::Prompt};

    fn label(at: u32) -> Label {
        Label {
            vector: Vector::of(&Prompt::new(&format!("question {at}"))),
            task: 0,
            arm: at % 2,
            prior: Some(0.5),
            predicted: 0.5,
            score: f64::from(at % 2),
            weight: 1.0,
            at: f64::from(at),
        }
    }

    fn track(name: &str) -> Arc<Track> {
        let random = fastrand::Rng::with_seed(1);
        Arc::new(Track::new(StreamName::new(None, name), random))
    }

    #[test]
    fn streams_that_have_learned_much_make_others_go() {
        const MOST: u64 = 4 << 20;
        let tracks = by_bytes(4_096, MOST);
        for at in 0..40 {
            let track = track(&at.to_string());
            let weighed = Weighed::new(Arc::clone(&track));
            assert!(weighed.grown().is_none());
            tracks.insert(track.name().clone(), weighed.clone());
            track.recall((0..300).map(label).collect());
            let grown = weighed.grown().unwrap();
            assert!((300_000..600_000).contains(&grown.bytes), "{grown:?}");
            let _ = tracks.replace(track.name().clone(), grown, true);
            assert!(tracks.weight() <= MOST);
        }
        assert!((5..20).contains(&tracks.len()), "{}", tracks.len());
    }

    #[tokio::test]
    async fn what_is_learned_on_a_runtime_is_known_soon_and_nothing_is_lost_meanwhile() {
        let track = track("auto");
        for at in 0..500 {
            track.learn(label(at));
            let inner = track.inner();
            let known = inner.learner.labels().count();
            // What is worked in is seen twice for the moment before it is brought back.
            assert!(known >= at as usize, "{known} of {at}");
        }
        while track.inner().learner.is_working() {
            tokio::task::yield_now().await;
        }
        assert!(!track.inner().learner.is_due());
        assert_eq!(track.inner().learner.labels().count(), 500);
    }

    #[test]
    fn what_a_runtime_drops_is_worked_in_all_the_same() {
        let track = track("auto");
        (0..64).for_each(|at| track.inner().learner.learn(label(at)));
        let work = track.inner().learner.begin();
        // Nobody is let in twice.
        assert!(work.is_some() && track.inner().learner.begin().is_none());
        (64..70).for_each(|at| track.inner().learner.learn(label(at)));
        drop(Elsewhere {
            track: Arc::clone(&track),
            work,
        });
        let inner = track.inner();
        assert!(!inner.learner.is_working() && !inner.learner.is_due());
        let kept: Vec<f64> = inner.learner.labels().map(|label| label.at).collect();
        assert_eq!(kept, (0..70).map(f64::from).collect::<Vec<_>>());
    }
}
