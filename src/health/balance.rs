use std::{
    collections::HashMap,
    fmt,
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use foldhash::fast::RandomState;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::load::Load;
use crate::catalog::{Model, Provider};

/// How long a provider's prompt cache stays warm without use, at the least of those that say.
const WARM: Duration = Duration::from_secs(300);
/// How many conversations are remembered with where they were.
const CONVERSATIONS: usize = 16 * 1024;
/// How much worse the deployment may be that has a conversation's prompt in its cache.
const WORTH: f64 = 4.0;

/// Which of a provider's deployments gets a call.
///
/// The better of two that chance picks, by [`Load`]: as good as asking all, and callers do not all run to the same one.
/// A conversation stays where its prompt is cached while that is warm and not much busier.
pub(super) struct Balance {
    loads: Mutex<HashMap<u64, Load, RandomState>>,
    hasher: RandomState,
    warm: Cache<u64, (u8, Instant)>,
}

impl Balance {
    /// The place among the provider's deployments, of those whose bit in `avoid` is not set and that `well` does not
    /// rule out; of all where that leaves none.
    pub(super) fn pick(
        &self,
        model: &Model,
        streamed: bool,
        conversation: Option<u64>,
        avoid: u64,
        well: impl Fn(&Provider) -> bool,
    ) -> usize {
        let all = model.provider().deployments();
        let free = |at: &usize| avoid & (1 << at) == 0;
        let mut left: Vec<usize> = (0..all.len())
            .filter(free)
            .filter(|at| well(&all[*at]))
            .collect();
        if left.is_empty() {
            left = (0..all.len()).filter(free).collect();
        }
        if left.is_empty() {
            left = (0..all.len()).collect();
        }
        let now = Instant::now();
        let loads = self.loads();
        let load = |at: usize| {
            let load = loads.get(&self.key(model, &all[at], streamed));
            load.copied().unwrap_or_default()
        };
        let chance = |from: &mut Vec<usize>| {
            let at = fastrand::usize(..from.len().max(1));
            (at < from.len()).then(|| from.swap_remove(at))
        };
        let warm = conversation.and_then(|key| self.warm.get(&key));
        let warm = warm.filter(|(_, since)| now.saturating_duration_since(*since) < WARM);
        let warm = warm.map(|(at, _)| usize::from(at));
        let warm = warm.filter(|at| left.contains(at));
        let first = chance(&mut left).unwrap_or_default();
        let second = chance(&mut left).unwrap_or(first);
        let better = if load(second).cost(now) < load(first).cost(now) {
            second
        } else {
            first
        };
        let chosen = match warm {
            Some(warm) if load(warm).expected() <= WORTH * load(better).expected() => warm,
            _ => better,
        };
        drop(loads);
        if let Some(key) = conversation {
            let at = u8::try_from(chosen).unwrap_or_default();
            self.warm.insert(key, (at, now));
        }
        chosen
    }

    /// A call is about to go to a deployment.
    pub(super) fn take(self: &Arc<Self>, model: &Model, at: &Provider, streamed: bool) -> Seat {
        let key = self.key(model, at, streamed);
        self.loads().entry(key).or_default().begins();
        Seat {
            balance: Arc::clone(self),
            key,
            took: None,
        }
    }

    /// Models differ in how long they take, and whole answers from streams: each is compared with its like.
    fn key(&self, model: &Model, at: &Provider, streamed: bool) -> u64 {
        self.hasher.hash_one((model.name(), at.name(), streamed))
    }

    fn loads(&self) -> MutexGuard<'_, HashMap<u64, Load, RandomState>> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Balance {
    fn default() -> Self {
        Self {
            loads: Mutex::default(),
            hasher: RandomState::default(),
            warm: Cache::new(CONVERSATIONS),
        }
    }
}

impl fmt::Debug for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.loads().fmt(f)
    }
}

/// A call at a deployment, from before it is sent until its answer's body has ended.
pub(crate) struct Seat {
    balance: Arc<Balance>,
    key: u64,
    took: Option<(Duration, bool)>,
}

impl Seat {
    /// How long its answer took to begin, or to fail. Without it the call says nothing of the deployment.
    pub(crate) const fn took(&mut self, time: Duration, failed: bool) {
        self.took = Some((time, failed));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut loads = self.balance.loads();
        let Some(load) = loads.get_mut(&self.key) else {
            return;
        };
        load.ends();
        match self.took {
            Some((time, true)) => load.failed(time, now),
            Some((time, false)) => load.took(time, now),
            None => {}
        }
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}
