use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Try, rule::Rule};
use crate::{
    catalog::Candidate,
    dispatch::Attempt,
    money::Usd,
    observe::{Failure, FailureClass, Outcome},
    select::{Plan, Planned},
};

/// A call's way along its plan: who was asked, how often, and who may be asked next.
#[derive(Debug)]
pub(super) struct Walk {
    rule: Arc<Rule>,
    plan: Option<Plan>,
    /// Where in the plan the candidate stands whose turn it is.
    place: usize,
    /// The number of the attempt whose turn it is, from 1.
    number: u32,
    /// How many attempts have counted so far.
    asked: u32,
    deadline: Option<Instant>,
    /// One for each candidate; none before something has failed.
    slots: Vec<Slot>,
    /// The attempt under way.
    turn: Option<Attempt>,
    /// Nobody else is left than who is not to be asked now.
    insist: bool,
    /// What the attempts that failed have cost, or can have; `None` where that is not known.
    spent: Option<Usd>,
    tries: Vec<Try>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    failures: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Fresh,
    /// Stands in for the one before it, should that be gone.
    InReserve,
    /// May be asked again then.
    Resting(Instant),
    /// Is not to be asked now; it is, where nobody else can be.
    Busy,
    Barred,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next attempt, after a pause.
    Go(Duration),
    /// No further attempt.
    Stop,
}

impl Walk {
    pub(super) fn new(rule: Arc<Rule>, plan: Option<Plan>, now: Instant) -> Self {
        Self {
            deadline: rule.deadline.and_then(|most| now.checked_add(most)),
            rule,
            plan,
            place: 0,
            number: 1,
            asked: 0,
            slots: Vec::new(),
            turn: None,
            insist: false,
            spent: Some(Usd::ZERO),
            tries: Vec::new(),
        }
    }

    /// What Dispatch is told of whose turn it is.
    pub(super) fn turn(&mut self) -> Option<Attempt> {
        let candidate = self.candidate()?.clone();
        let turn = Attempt::new(candidate, self.place, self.number).ending(self.deadline);
        let turn = turn.insisting(self.insist);
        self.turn = Some(match &self.turn {
            Some(before) => turn.after(before),
            None => turn,
        });
        self.turn.clone()
    }

    /// Whose turn it is; `None` without a plan.
    pub(super) fn candidate(&self) -> Option<&Candidate> {
        let planned = self.candidates().get(self.place)?;
        Some(&planned.candidate)
    }

    /// The provider whose turn it is, for failures that nobody has put a name to.
    pub(super) fn provider(&self) -> &str {
        self.candidate()
            .map_or("unknown", |one| one.model().provider().name())
    }

    /// When the attempt that begins now has to be answered.
    pub(super) fn until(&self, now: Instant) -> Option<Instant> {
        let alone = self.rule.first_content_timeout;
        let alone = alone.and_then(|most| now.checked_add(most));
        self.deadline.into_iter().chain(alone).min()
    }

    /// The attempt has taken too long, and is about to be dropped.
    pub(super) fn too_late(&self) -> Failure {
        let failure = Failure::new(FailureClass::Timeout, self.provider());
        match &self.turn {
            Some(turn) => {
                let failure = failure.with_elsewhere(turn.elsewhere());
                turn.give_up(failure.clone());
                failure
            }
            None => failure,
        }
    }

    /// The attempt has failed.
    pub(super) fn failed(
        &mut self,
        failure: Failure,
        outcome: Option<Outcome>,
        now: Instant,
    ) -> Step {
        if self.slots.is_empty() {
            self.slots = self.first_slots();
        }
        let stop = match failure.class {
            FailureClass::Caller | FailureClass::Limit => true,
            FailureClass::Filtered => !self.rule.past_filters,
            _ => false,
        };
        self.rest_or_bar(&failure, now);
        self.spend(failure.sent);
        // What was never sent bars whom it concerns, so this ends without being counted.
        let counts = failure.sent
            || !matches!(
                failure.class,
                FailureClass::Budget
                    | FailureClass::Limit
                    | FailureClass::Credential
                    | FailureClass::Unsupported
                    | FailureClass::Busy
            );
        self.asked += u32::from(counts);
        self.tries.push(Try {
            candidate: self.candidate().cloned(),
            failure,
            outcome,
        });
        if stop || self.asked >= self.rule.attempts(self.candidates().len()) {
            return Step::Stop;
        }
        self.next(now)
    }

    /// What has failed so far.
    pub(super) fn take_tries(&mut self) -> Vec<Try> {
        std::mem::take(&mut self.tries)
    }

    /// Whether another may be asked for what one has filtered.
    pub(super) fn goes_past_filters(&self) -> bool {
        self.rule.past_filters
    }

    fn candidates(&self) -> &[Planned] {
        self.plan.as_ref().map_or(&[], Plan::candidates)
    }

    fn first_slots(&self) -> Vec<Slot> {
        let slot = |state| Slot { failures: 0, state };
        if self.plan.is_none() {
            return vec![slot(State::Fresh)];
        }
        let states = self.candidates().iter().map(|one| match one.only_if_gone {
            true => State::InReserve,
            false => State::Fresh,
        });
        states.map(slot).collect()
    }

    /// Keeps the candidate that has failed, and all for whom the same holds, from being asked next.
    fn rest_or_bar(&mut self, failure: &Failure, now: Instant) {
        let here = self.place;
        match failure.class {
            FailureClass::Rate
            | FailureClass::Provider
            | FailureClass::Malformed
            | FailureClass::Timeout
                if failure.again =>
            {
                let Some(slot) = self.slots.get_mut(here) else {
                    return;
                };
                slot.failures += 1;
                let pause = self.rule.backoff.after(slot.failures);
                let pause = failure.retry_after.map_or(pause, |after| after.max(pause));
                slot.state = now.checked_add(pause).map_or(State::Barred, State::Resting);
                return;
            }
            FailureClass::Busy if !self.insist => {
                if let Some(slot) = self.slots.get_mut(here) {
                    slot.state = State::Busy;
                }
                return;
            }
            FailureClass::ModelGone => {
                if let Some(next) = self.slots.get_mut(here + 1)
                    && matches!(next.state, State::InReserve)
                {
                    next.state = State::Fresh;
                }
            }
            FailureClass::Credential => self.bar(|failed, other| {
                let provider = |one: &Planned| one.candidate.model().provider().name().to_owned();
                provider(failed) == provider(other)
            }),
            FailureClass::ContextTooLong => self.bar(|failed, other| {
                let context = |one: &Planned| one.candidate.model().context();
                match (context(failed), context(other)) {
                    (Some(failed), Some(other)) => other <= failed,
                    // A context that nobody knows may be larger, but not for the same model.
                    _ => failed.candidate.model().name() == other.candidate.model().name(),
                }
            }),
            FailureClass::Budget => self.bar(|failed, other| {
                let bound = |one: &Planned| one.quote.bound.bound();
                bound(failed).is_none_or(|most| bound(other).is_none_or(|bound| bound >= most))
            }),
            _ => {}
        }
        if let Some(slot) = self.slots.get_mut(here) {
            slot.state = State::Barred;
        }
    }

    /// Counts what the attempt has cost, and bars who could make the call cost more than it may.
    fn spend(&mut self, sent: bool) {
        let Some((plan, most)) = self
            .plan
            .as_ref()
            .and_then(|plan| Some((plan, plan.most()?)))
        else {
            return;
        };
        let bound = |one: &Planned| one.quote.bound.bound();
        let cost = if sent {
            let told = self.turn.as_ref().and_then(Attempt::cost);
            told.or_else(|| bound(plan.candidates().get(self.place)?))
        } else {
            Some(Usd::ZERO)
        };
        self.spent = self.spent.zip(cost).map(|(a, b)| a.saturating_add(b));
        for (other, slot) in plan.candidates().iter().zip(&mut self.slots) {
            let whole = self.spent.zip(bound(other));
            if whole.is_none_or(|(spent, bound)| spent.saturating_add(bound) > most) {
                slot.state = State::Barred;
            }
        }
    }

    fn bar(&mut self, concerns: impl Fn(&Planned, &Planned) -> bool) {
        let candidates = self.plan.as_ref().map_or(&[][..], Plan::candidates);
        let Some(failed) = candidates.get(self.place) else {
            return;
        };
        for (other, slot) in candidates.iter().zip(&mut self.slots) {
            if concerns(failed, other) {
                slot.state = State::Barred;
            }
        }
    }

    /// The first who was not asked yet; else who has rested, or has rested soonest.
    fn next(&mut self, now: Instant) -> Step {
        let fresh = self
            .slots
            .iter()
            .position(|slot| matches!(slot.state, State::Fresh));
        let rested = || {
            let resting = self.slots.iter().enumerate();
            let resting = resting.filter_map(|(at, slot)| match slot.state {
                State::Resting(until) => Some((at, until.max(now))),
                _ => None,
            });
            resting.min_by_key(|(at, until)| (*until, *at))
        };
        let busy = || {
            let mut slots = self.slots.iter();
            slots.position(|slot| matches!(slot.state, State::Busy))
        };
        let well = fresh.map(|place| (place, now)).or_else(rested);
        let Some((place, at)) = well.or_else(|| busy().map(|place| (place, now))) else {
            return Step::Stop;
        };
        self.insist = well.is_none();
        let wait = at.saturating_duration_since(now);
        let late = self.deadline.is_some_and(|deadline| at >= deadline);
        if late || wait > self.rule.longest_wait {
            return Step::Stop;
        }
        self.place = place;
        self.number += 1;
        Step::Go(wait)
    }
}

#[cfg(all(test, feature = "toml"))]
mod tests;
