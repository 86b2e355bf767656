use std::sync::Arc;

use super::turn::Turn;
use crate::{
    catalog::Candidate,
    dispatch::Attempt,
    money::Usd,
    observe::{Failure, FailureClass, Outcome},
};

/// What was tried besides the answer that carries it, or in vain: an extension of answers for which more than one
/// attempt was made, or none succeeded.
#[derive(Clone, Debug)]
pub struct Tried(Arc<[Try]>);

/// One attempt that came to nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Try {
    /// Who was asked; `None` where there was no plan.
    pub candidate: Option<Candidate>,
    /// How it failed; of one that [lost](field@Self::lost), that it was not in time.
    pub failure: Failure,
    /// What became of the attempt; `None` where it was not sent, or was given up before there was an answer.
    pub outcome: Option<Outcome>,
    /// It has not failed: two were asked at a time, the other was faster, and this one was given up.
    pub lost: bool,
    attempt: Option<Attempt>,
}

impl Try {
    pub(super) fn failed(turn: &Turn, failure: Failure, outcome: Option<Outcome>) -> Self {
        Self {
            candidate: turn.candidate().cloned(),
            failure,
            outcome,
            lost: false,
            attempt: turn.attempt.clone(),
        }
    }

    pub(super) fn lost(turn: &Turn, outcome: Option<Outcome>) -> Self {
        let failure = Failure::new(FailureClass::Timeout, turn.provider());
        Self {
            lost: true,
            ..Self::failed(turn, failure, outcome)
        }
    }

    /// What it has cost, as far as that is known: of one that is read to its end in the background only then, of one
    /// that was never sent nothing.
    pub fn cost(&self) -> Option<Usd> {
        let told = self.attempt.as_ref().and_then(Attempt::cost);
        let known = || self.outcome.as_ref()?.get()?.cost;
        told.or_else(known)
    }
}

impl Tried {
    pub(super) fn new(tries: Vec<Try>) -> Self {
        Self(tries.into())
    }

    /// The attempts in the order in which they came to nothing.
    pub fn tries(&self) -> &[Try] {
        &self.0
    }

    /// Whether this is what became of one of them.
    pub(crate) fn has(&self, outcome: &Outcome) -> bool {
        let mut outcomes = self.0.iter().filter_map(|one| one.outcome.as_ref());
        outcomes.any(|one| one.is(outcome))
    }

    /// What they have cost, as far as that is known: see [`Try::cost`].
    pub fn cost(&self) -> Usd {
        let costs = self.0.iter().filter_map(Try::cost);
        costs.fold(Usd::ZERO, Usd::saturating_add)
    }
}
