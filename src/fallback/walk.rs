mod bar;
mod next;
mod slot;

#[cfg(all(test, feature = "toml"))]
mod tests;

use std::sync::Arc;

use tokio::time::Instant;

use self::{next::Ahead, slot::Slot};
use super::{Try, rule::Rule, turn::Turn};
use crate::{
    catalog::Candidate,
    dispatch::Attempt,
    money::Usd,
    observe::{Failure, FailureClass, Outcome},
    select::{Plan, Planned},
};

pub(super) use self::next::Step;

/// A call's way along its plan: who was asked, how often, and who may be asked next.
#[derive(Debug)]
pub(super) struct Walk {
    rule: Arc<Rule>,
    plan: Option<Plan>,
    /// When the call's time is up.
    until: Option<Instant>,
    /// The caller has made the call before.
    again: bool,
    /// One for each candidate; one where there is no plan.
    slots: Vec<Slot>,
    /// Who is asked next.
    ahead: Option<Ahead>,
    /// An attempt of the call, of which all others are.
    first: Option<Attempt>,
    /// The number of the last attempt.
    number: u32,
    /// How many attempts have failed that count.
    asked: u32,
    /// How many were not seen by anybody, and did not count for that.
    free: usize,
    /// What the attempts that failed have cost, or can have; `None` where that is not known.
    spent: Option<Usd>,
    /// Nobody else would help.
    over: bool,
    /// An answer has begun, and is to be gone on with.
    has_begun: bool,
    tries: Vec<Try>,
}

impl Walk {
    /// Of a call whose first attempt is under way.
    pub(super) fn new(
        rule: Arc<Rule>,
        plan: Option<Plan>,
        until: Option<Instant>,
        again: bool,
        first: &Turn,
    ) -> Self {
        let mut slots = match &plan {
            Some(plan) => plan.candidates().iter().map(Slot::of).collect(),
            None => vec![Slot::default()],
        };
        if let Some(slot) = slots.get_mut(first.place) {
            slot.asks();
            slot.last.clone_from(&first.attempt);
        }
        Self {
            rule,
            plan,
            until,
            again,
            slots,
            ahead: None,
            first: first.attempt.clone(),
            number: first.number,
            asked: 0,
            free: 0,
            spent: Some(Usd::ZERO),
            over: false,
            has_begun: false,
            tries: Vec::new(),
        }
    }

    /// An attempt has failed.
    pub(super) fn failed(
        &mut self,
        turn: &Turn,
        failure: Failure,
        outcome: Option<Outcome>,
        now: Instant,
    ) {
        self.over |= match failure.class {
            FailureClass::Caller | FailureClass::Limit => true,
            FailureClass::Filtered => !self.rule.past_filters,
            _ => false,
        };
        if let Some(slot) = self.slots.get_mut(turn.place) {
            slot.ended(failure.sent);
        }
        if failure.sent {
            self.been_at(turn.place);
        }
        self.rest_or_bar(turn, &failure, now);
        self.spend(turn, failure.sent);
        self.asked += u32::from(self.counts(&failure));
        self.tries.push(Try::failed(turn, failure, outcome));
    }

    /// Whether it is one of the attempts that may be made.
    fn counts(&mut self, failure: &Failure) -> bool {
        if failure.sent {
            // Where nobody has said how many, each of a candidate's deployments may be asked.
            return !(self.rule.attempts.is_none() && concerns_the_deployment(failure));
        }
        match failure.class {
            // What was never sent bars whom it concerns, so this ends without being counted.
            FailureClass::Budget
            | FailureClass::Limit
            | FailureClass::Credential
            | FailureClass::Unsupported
            | FailureClass::Busy => false,
            FailureClass::Provider if self.free < self.slots.len() => {
                self.free += 1;
                false
            }
            _ => true,
        }
    }

    /// An attempt was given up because another one of the call was faster.
    pub(super) fn lost(&mut self, turn: &Turn, outcome: Option<Outcome>) {
        if !turn.is_queued() {
            self.been_at(turn.place);
        }
        self.tries.push(Try::lost(turn, outcome));
    }

    /// An attempt besides another was not affordable: as if it had never been begun.
    pub(super) fn withdrawn(&mut self, turn: &Turn) {
        self.number = self.number.saturating_sub(1);
        if let Some(slot) = self.slots.get_mut(turn.place) {
            slot.withdrawn();
        }
    }

    /// Whoever was asked is not ready yet, and was sent nothing: as if it had never been begun.
    pub(super) fn not_ready(&mut self, turn: &Turn, now: Instant) {
        self.number = self.number.saturating_sub(1);
        if let Some(slot) = self.slots.get_mut(turn.place) {
            slot.ended(false);
            slot.is_busy_until(now);
        }
    }

    /// What has failed so far.
    pub(super) fn take_tries(&mut self) -> Vec<Try> {
        std::mem::take(&mut self.tries)
    }

    /// Whether nobody else would help.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    fn candidates(&self) -> &[Planned] {
        self.plan.as_ref().map_or(&[], Plan::candidates)
    }

    fn candidate(&self, place: usize) -> Option<&Candidate> {
        Some(&self.candidates().get(place)?.candidate)
    }
}

/// Whether another deployment of the same candidate helps.
fn concerns_the_deployment(failure: &Failure) -> bool {
    let deployments = matches!(
        failure.class,
        FailureClass::Provider
            | FailureClass::Timeout
            | FailureClass::Rate
            | FailureClass::Credential
            | FailureClass::Busy
            | FailureClass::Malformed
    );
    failure.elsewhere && failure.again && deployments
}
