use std::{mem::size_of, sync::Arc};

use super::{Considered, Decision, Outcome};
use crate::catalog::Candidate;

/// By whom an answer was made, and why: what is kept of it beside an answer that is to be given again.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    decision: Option<Arc<Decision>>,
    candidate: Candidate,
    pub(crate) served_model: Option<Box<str>>,
}

impl Made {
    pub(crate) fn by(outcome: &Outcome) -> Self {
        Self {
            decision: outcome.decision().cloned(),
            candidate: outcome.candidate().clone(),
            served_model: outcome
                .get()
                .and_then(|finished| finished.served_model.clone()),
        }
    }

    /// Of a call that the answer is given to again.
    pub(crate) fn again(&self) -> Outcome {
        Outcome::cached(self.decision.clone(), self.candidate.clone())
    }

    /// About how many bytes of memory the decision takes beside itself.
    pub(crate) fn bytes(&self) -> usize {
        let considered = self.decision.as_ref().map(|one| one.candidates.len());
        considered.unwrap_or_default() * size_of::<Considered>()
    }
}
