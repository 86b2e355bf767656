use crate::catalog::{Candidate, Provider};

/// One try of one candidate: an extension of the request that goes to the client, for
/// [`PerProvider`](super::PerProvider) and for the app's own layers around a client.
#[derive(Clone, Debug)]
pub struct Attempt {
    candidate: Candidate,
    number: u32,
}

impl Attempt {
    pub(crate) const fn new(candidate: Candidate, number: u32) -> Self {
        Self { candidate, number }
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
}
