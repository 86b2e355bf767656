use tokio::time::Instant;

use super::{Walk, concerns_the_deployment, slot::State};
use crate::{
    dispatch::{Attempt, Unseen},
    fallback::turn::{Turn, provider_of},
    money::Usd,
    observe::{Failure, FailureClass},
    select::{Plan, Planned},
};

impl Walk {
    /// Keeps the candidate that has failed, and all for whom the same holds, from being asked next.
    pub(super) fn rest_or_bar(&mut self, turn: &Turn, failure: &Failure, now: Instant) {
        if let Some(slot) = self.slots.get_mut(turn.place) {
            let elsewhere = concerns_the_deployment(failure);
            let unseen = turn.attempt.as_ref().and_then(Attempt::unseen);
            let turned_away = !failure.sent && unseen == Some(Unseen::TurnedAway);
            match failure.class {
                _ if elsewhere => {
                    slot.state = State::Next;
                    return;
                }
                FailureClass::Provider if turned_away && !slot.turned_away => {
                    slot.turned_away = true;
                    slot.state = State::Next;
                    return;
                }
                FailureClass::Rate
                | FailureClass::Provider
                | FailureClass::Malformed
                | FailureClass::Timeout
                    if failure.again =>
                {
                    slot.failures += 1;
                    let pause = self.rule.backoff.after(slot.failures);
                    let pause = failure.retry_after.map_or(pause, |after| after.max(pause));
                    slot.state = now.checked_add(pause).map_or(State::Barred, State::Resting);
                    return;
                }
                FailureClass::Busy if !turn.insists() => {
                    let after = failure.retry_after.unwrap_or_default();
                    // What lasts for ever may be tried at once as well as later.
                    slot.is_busy_until(now.checked_add(after).unwrap_or(now));
                    return;
                }
                _ => slot.state = State::Barred,
            }
        }
        match failure.class {
            FailureClass::ModelGone => {
                if let Some(next) = self.slots.get_mut(turn.place + 1)
                    && matches!(next.state, State::InReserve)
                {
                    next.state = State::Fresh;
                }
            }
            FailureClass::Credential => self.bar(turn, |failed, other| {
                provider_of(failed) == provider_of(other)
            }),
            FailureClass::ContextTooLong => self.bar(turn, |failed, other| {
                let context = |one: &Planned| one.candidate.model().context();
                match (context(failed), context(other)) {
                    (Some(failed), Some(other)) => other <= failed,
                    // A context that nobody knows may be larger, but not for the same model.
                    _ => failed.candidate.model().name() == other.candidate.model().name(),
                }
            }),
            FailureClass::Budget => self.bar(turn, |failed, other| {
                let bound = |one: &Planned| one.quote.bound.bound();
                bound(failed).is_none_or(|most| bound(other).is_none_or(|bound| bound >= most))
            }),
            _ => {}
        }
    }

    /// Counts what the attempt has cost, and bars who could make the call cost more than it may.
    pub(super) fn spend(&mut self, turn: &Turn, sent: bool) {
        let plan = self.plan.as_ref();
        let Some((plan, most)) = plan.and_then(|plan| Some((plan, plan.most()?))) else {
            return;
        };
        let cost = if sent {
            let told = turn.attempt.as_ref().and_then(Attempt::cost);
            told.or_else(|| bound_of(plan.candidates().get(turn.place)?))
        } else {
            Some(Usd::ZERO)
        };
        self.spent = self.spent.zip(cost).map(|(a, b)| a.saturating_add(b));
        for (other, slot) in plan.candidates().iter().zip(&mut self.slots) {
            let whole = self.spent.zip(bound_of(other));
            // Who is being asked is paid for.
            if slot.state != State::Asked
                && whole.is_none_or(|(spent, bound)| spent.saturating_add(bound) > most)
            {
                slot.state = State::Barred;
            }
        }
    }

    fn bar(&mut self, turn: &Turn, concerns: impl Fn(&Planned, &Planned) -> bool) {
        let candidates = self.plan.as_ref().map_or(&[][..], Plan::candidates);
        let Some(failed) = candidates.get(turn.place) else {
            return;
        };
        for (other, slot) in candidates.iter().zip(&mut self.slots) {
            if concerns(failed, other) {
                slot.state = State::Barred;
            }
        }
    }
}

pub(super) fn bound_of(planned: &Planned) -> Option<Usd> {
    planned.quote.bound.bound()
}
