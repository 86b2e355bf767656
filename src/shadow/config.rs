use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::{Judge, Other};
use crate::{
    budget::Budget, context::Clock, observe::Observer, profile::Profile, select::LabelRule,
};

/// What a [`ShadowLayer`](super::ShadowLayer) says.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) share: f64,
    pub(super) budget: Budget,
    pub(super) other: Other,
    pub(super) judge: Arc<dyn Judge>,
    pub(super) most: usize,
    pub(super) longest: Duration,
    pub(super) room: Arc<Semaphore>,
    pub(super) random: Arc<Mutex<fastrand::Rng>>,
    pub(super) profile: Option<Profile>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) clock: Clock,
    /// Where labelled data may go, where that was said.
    pub(super) labels: Option<Arc<[LabelRule]>>,
}

impl Config {
    /// Whether a call is drawn; then a number by which one of several is chosen. Both at once, so that what is drawn does
    /// not depend on when answers end.
    pub(super) fn draw(&self) -> Option<u32> {
        if self.share <= 0.0 {
            return None;
        }
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        (random.f64() < self.share).then(|| random.u32(..))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("share", &self.share)
            .field("budget", &self.budget.name())
            .field("other", &self.other)
            .field("most", &self.most)
            .field("longest", &self.longest)
            .field("free", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}
