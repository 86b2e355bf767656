use std::time::Duration;

use super::Sharing;
use crate::context::Clock;

/// What a profile is told before it begins.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) sharing: Sharing,
    pub(super) seed: Option<u64>,
    pub(super) pending: usize,
    pub(super) half_life: Duration,
    pub(super) labels_per_minute: u32,
    pub(super) explores: bool,
    pub(super) signals: bool,
    pub(super) save_every: Duration,
    pub(super) clock: Clock,
}

impl Settings {
    /// The time as a store keeps it, in seconds since 1970; 0 before that.
    pub(super) fn now(&self) -> f64 {
        seconds(&self.clock)
    }

    /// A generator of chance: the same for the same seed.
    pub(super) fn random(&self) -> fastrand::Rng {
        self.seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }
}

fn seconds(clock: &Clock) -> f64 {
    let since = clock.now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sharing: Sharing::default(),
            seed: None,
            pending: 100_000,
            half_life: Duration::from_secs(7 * 86_400),
            labels_per_minute: 600,
            explores: true,
            signals: true,
            save_every: Duration::from_secs(60),
            clock: Clock::system(),
        }
    }
}
