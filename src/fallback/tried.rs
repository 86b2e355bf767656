use std::sync::Arc;

use crate::{
    catalog::Candidate,
    money::Usd,
    observe::{Failure, Outcome},
};

/// What was tried before the answer that carries it, or in vain: an extension of answers for which more than one
/// attempt was made, or none succeeded.
#[derive(Clone, Debug)]
pub struct Tried(Arc<[Try]>);

/// One attempt that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Try {
    /// Who was asked; `None` where there was no plan.
    pub candidate: Option<Candidate>,
    /// How it failed.
    pub failure: Failure,
    /// What became of the attempt; `None` where it was not sent, or was given up before there was an answer.
    pub outcome: Option<Outcome>,
}

impl Tried {
    pub(super) fn new(tries: Vec<Try>) -> Self {
        Self(tries.into())
    }

    /// The failed attempts in the order in which they were made.
    pub fn tries(&self) -> &[Try] {
        &self.0
    }

    /// Whether this is what became of one of them.
    pub(crate) fn has(&self, outcome: &Outcome) -> bool {
        let mut outcomes = self.0.iter().filter_map(|one| one.outcome.as_ref());
        outcomes.any(|one| one.is(outcome))
    }

    /// What they have cost, as far as that is known: an attempt that was given up without an answer is in the ledger
    /// and not in here.
    pub fn cost(&self) -> Usd {
        let outcomes = self.0.iter().filter_map(|one| one.outcome.as_ref());
        outcomes
            .filter_map(|outcome| outcome.get()?.cost)
            .fold(Usd::ZERO, Usd::saturating_add)
    }
}
