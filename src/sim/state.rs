use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use super::{Dialect, Fault, Model, OnDisconnect, Pace, fault_queue::FaultQueue, log::Log};

/// What the connections of one provider share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) dialect: Dialect,
    pub(crate) key: Option<Key>,
    pub(crate) models: Vec<Model>,
    pub(crate) pace: Pace,
    pub(crate) clients_leave: OnDisconnect,
    pub(crate) max_body: usize,
    pub(crate) at_once: usize,
    pub(crate) active: AtomicUsize,
    pub(crate) log: Log,
    pub(crate) faults: Mutex<FaultQueue>,
    pub(crate) calls: AtomicU64,
    pub(crate) stopping: AtomicBool,
}

/// A key that is never printed.
#[derive(Clone)]
pub(crate) struct Key(pub(crate) String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

impl State {
    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes one of the places for calls at once, if there is one.
    pub(crate) fn enter(&self) -> bool {
        let enter = |active| (active < self.at_once).then_some(active + 1);
        let (order, active) = (Ordering::AcqRel, &self.active);
        active.fetch_update(order, Ordering::Acquire, enter).is_ok()
    }

    pub(crate) fn leave(&self) {
        self.active.fetch_sub(1, Ordering::AcqRel);
    }

    pub(crate) fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    pub(crate) fn take_fault(&self) -> Option<Fault> {
        self.queue(FaultQueue::take)
    }

    pub(crate) fn queue<T>(&self, change: impl FnOnce(&mut FaultQueue) -> T) -> T {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
