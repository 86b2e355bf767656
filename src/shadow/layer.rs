use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};
use tower::Layer;

use super::{Judge, Other, Shadow, config::Config, judge::TextOverlap};
use crate::{
    budget::Budget, context::Clock, observe::Observer, profile::Profile, select::LabelRule,
};

/// Layer that also asks another candidate for a share of the calls, and compares.
///
/// See the [module docs](crate::shadow) for an example. Clones, and the services that they make, share one budget, one
/// sequence of chance and one bound of calls at a time.
#[derive(Clone, Debug)]
pub struct ShadowLayer {
    config: Option<Arc<Config>>,
}

impl ShadowLayer {
    /// For this share of the calls, 0..=1, on this budget; what is no number is none. Texts are compared by their
    /// [words](TextOverlap), with the best of the other candidates; at most 8 calls at a time are followed, with answers of at
    /// most 64 KiB, and each other call may take two minutes.
    ///
    /// Scopes of the budget take the place of the caller's. Without a [limit](Budget::limit) it only counts.
    pub fn new(share: f64, budget: Budget) -> Self {
        let share = if share.is_finite() { share } else { 0.0 };
        let config = Config {
            share: share.clamp(0.0, 1.0),
            budget,
            other: Other::Best,
            judge: Arc::new(TextOverlap::new()),
            most: 64 * 1024,
            longest: Duration::from_secs(120),
            room: Arc::new(Semaphore::new(8)),
            random: Arc::new(Mutex::new(fastrand::Rng::new())),
            profile: None,
            observer: None,
            clock: Clock::system(),
            labels: None,
        };
        Self {
            config: Some(Arc::new(config)),
        }
    }

    /// A layer that does nothing.
    pub fn off() -> Self {
        Self { config: None }
    }

    /// Draws the same sequence of calls again for the same seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        let random = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        self.with(|config| config.random = random)
    }

    /// Sets who says how far two answers agree. Default: [`TextOverlap`].
    #[must_use]
    pub fn judge(self, judge: impl Judge + 'static) -> Self {
        self.with(|config| config.judge = Arc::new(judge))
    }

    /// Sets who is asked besides. Default: [`Other::Best`].
    #[must_use]
    pub fn candidate(self, other: Other) -> Self {
        self.with(|config| config.other = other)
    }

    /// Sets the most bytes of text, and of calls of tools, that are kept of an answer; one that says more is not compared.
    /// Default: 64 KiB.
    #[must_use]
    pub fn most(self, bytes: usize) -> Self {
        self.with(|config| config.most = bytes.max(1))
    }

    /// Sets how many calls are followed at a time, from when they are drawn until they are compared. Others that are drawn
    /// meanwhile are not. Default: 8.
    #[must_use]
    pub fn at_once(self, calls: usize) -> Self {
        let room = Arc::new(Semaphore::new(calls.min(Semaphore::MAX_PERMITS)));
        self.with(|config| config.room = room)
    }

    /// Sets how long the other call and its judging may take together; then they are given up. Default: two minutes.
    #[must_use]
    pub fn longest(self, most: Duration) -> Self {
        self.with(|config| config.longest = most)
    }

    /// Teaches a profile what comes out. Default: none. A [`Stack`](crate::stack::Stack) sets its own.
    #[must_use]
    pub fn profile(self, profile: Profile) -> Self {
        self.with(|config| config.profile = Some(profile))
    }

    /// Who is told of what was compared.
    #[must_use]
    pub fn observer(self, observer: impl Observer + 'static) -> Self {
        self.with(|config| config.observer = Some(Arc::new(observer)))
    }

    /// The clock that prices go by.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|config| config.clock = clock)
    }

    /// Where labelled data may go, for models that a judge asks: the selector's own rules. Without them a judge may ask
    /// only models in zones where the call's own candidates run. A [`Stack`](crate::stack::Stack) sets them.
    #[must_use]
    pub fn labels(self, rules: impl IntoIterator<Item = LabelRule>) -> Self {
        let rules = rules.into_iter().collect();
        self.with(|config| config.labels = Some(rules))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        if let Some(config) = &mut self.config {
            change(Arc::make_mut(config));
        }
        self
    }
}

impl<S> Layer<S> for ShadowLayer {
    type Service = Shadow<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Shadow::with(inner, self.config.clone(), Arc::new(watch::channel(()).0))
    }
}
