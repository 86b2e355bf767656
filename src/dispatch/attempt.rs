use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::catalog::{Candidate, Provider};

/// One try of one candidate: an extension of the request that goes to the client, for
/// [`PerProvider`](super::PerProvider) and for the app's own layers around a client.
#[derive(Clone, Debug)]
pub struct Attempt {
    candidate: Candidate,
    number: u32,
    queued: Arc<AtomicBool>,
}

impl Attempt {
    pub(crate) fn new(candidate: Candidate, number: u32) -> Self {
        let queued = Arc::default();
        Self {
            candidate,
            number,
            queued,
        }
    }

    /// Who is asked.
    pub const fn candidate(&self) -> &Candidate {
        &self.candidate
    }

    /// Where it is.
    pub fn provider(&self) -> &Provider {
        self.candidate.model().provider()
    }

    /// Which try of the call this is, from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Says that the request waits in the client and nothing of it has left. A call that is cancelled meanwhile, or
    /// fails, costs nothing.
    pub fn queue(&self) {
        self.queued.store(true, Ordering::Release);
    }

    /// Says that the request may leave now. Call it before it can, not after.
    pub fn leave(&self) {
        self.queued.store(false, Ordering::Release);
    }

    pub(super) fn is_queued(&self) -> bool {
        self.queued.load(Ordering::Acquire)
    }
}
