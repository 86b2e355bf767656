use std::sync::{Arc, Mutex, PoisonError};

use tower_genai::{
    observe::{Event, Observer},
    profile::drift::Drift,
};

/// Keeps what is told: whether something has recovered, and what.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<(bool, Drift)>>>);

impl Told {
    pub(crate) fn take(&self) -> Vec<(bool, Drift)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Told {
    fn observe(&self, event: &Event<'_>) {
        let (recovered, drift) = match event {
            Event::Drifted(drift) => (false, *drift),
            Event::Recovered(drift) => (true, *drift),
            _ => return,
        };
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.push((recovered, drift.clone()));
    }
}
