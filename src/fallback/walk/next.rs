use std::time::Duration;

use tokio::time::Instant;

use super::{Walk, bar::bound_of, slot::State};
use crate::{
    budget::{Allowance, Scope},
    catalog::Candidate,
    dispatch::Attempt,
    fallback::{
        rule::Rule,
        turn::{Turn, provider},
    },
};

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fallback) enum Step {
    /// The next attempt, after a pause.
    Go(Duration),
    /// No further attempt.
    Stop,
}

/// Who is asked next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    pub(super) place: usize,
    wait: Duration,
    /// Nobody else is left: it is asked though it may be ill, and waited for.
    insist: bool,
    /// It is the same try still, at another deployment or of a call that was turned away.
    same: bool,
}

impl Walk {
    /// What follows, where nobody is asked right now.
    pub(in crate::fallback) fn next(&mut self, now: Instant) -> Step {
        let all = self.rule.attempts(self.candidates().len());
        if self.over || self.asked >= all || self.number >= Rule::MOST {
            return Step::Stop;
        }
        while let Some(ahead) = self.choose(now) {
            if self.is_affordable(&ahead) {
                self.ahead = Some(ahead);
                return Step::Go(ahead.wait);
            }
            self.slots[ahead.place].state = State::Barred;
        }
        Step::Stop
    }

    /// An answer has begun: nobody else is asked than who is fit to go on with it, and who does has one chance.
    pub(in crate::fallback) fn keep(&mut self, is_fit: impl Fn(&Candidate) -> bool) {
        self.has_begun = true;
        for place in 0..self.slots.len() {
            if !self.candidate(place).is_some_and(&is_fit) {
                self.slots[place].state = State::Barred;
            }
        }
    }

    /// Who is asked next.
    pub(in crate::fallback) fn ahead(&self) -> Option<&Candidate> {
        self.candidate(self.ahead?.place)
    }

    /// The first who was not asked yet; else who has rested, or has rested soonest; else, so that nobody is left out
    /// for what is only known of it, who is busy. One attempt is kept for each of those: what is known of them is older
    /// than what the others have just shown.
    fn choose(&self, now: Instant) -> Option<Ahead> {
        let at = |place, wait, insist, same| Ahead {
            place,
            wait,
            insist,
            same,
        };
        let is = |state| move |slot: &super::Slot| slot.state == state;
        if self.until.is_some_and(|until| now >= until) {
            return None;
        }
        if let Some(place) = self.slots.iter().position(is(State::Next)) {
            return Some(at(place, Duration::ZERO, false, true));
        }
        if let Some(place) = self.slots.iter().position(is(State::Fresh)) {
            return Some(at(place, Duration::ZERO, false, false));
        }
        let soonest = |busy_only: bool| {
            let slots = self.slots.iter().enumerate();
            let rested = slots.filter_map(|(place, slot)| match slot.state {
                State::Resting(until) if !busy_only => Some((until, place)),
                State::Busy(until) => Some((until, place)),
                _ => None,
            });
            rested.min()
        };
        let left = match self.has_begun {
            true => 1,
            false => self.rule.attempts(self.candidates().len()) - self.asked,
        };
        let unasked = self.slots.iter().filter(|slot| slot.is_unasked()).count();
        let spare = usize::try_from(left).is_ok_and(|left| left > unasked);
        if let Some((until, place)) = soonest(false).filter(|_| spare) {
            let wait = until.saturating_duration_since(now);
            let in_time = self.until.is_none_or(|end| until < end);
            if in_time && wait <= self.rule.longest_wait {
                return Some(at(place, wait, true, false));
            }
        }
        let (_, place) = soonest(true)?;
        Some(at(place, Duration::ZERO, true, false))
    }

    /// Whether the provider's retry budget has room for it. Counts it there.
    fn is_affordable(&self, ahead: &Ahead) -> bool {
        let Some(monitor) = &self.rule.monitor else {
            return true;
        };
        let provider = self.provider(ahead.place);
        let been = self
            .of_provider(ahead.place)
            .any(|place| self.slots[place].sent > 0);
        ahead.same || !(been || self.is_forced(ahead.insist)) || monitor.may_repeat(provider)
    }

    /// Where a call has been somewhere already, whoever is likely to be down costs what a repeat costs.
    fn is_forced(&self, insist: bool) -> bool {
        insist && self.slots.iter().any(|slot| slot.sent > 0)
    }

    fn provider(&self, place: usize) -> &str {
        self.candidate(place).map_or("unknown", provider)
    }

    /// The places of the same provider's.
    fn of_provider(&self, place: usize) -> impl Iterator<Item = usize> {
        let same = move |other: &usize| self.provider(*other) == self.provider(place);
        (0..self.slots.len()).filter(same)
    }

    /// The next attempt begins.
    pub(in crate::fallback) fn go(&mut self) -> Turn {
        let (place, insist) = match self.ahead {
            Some(ahead) => (ahead.place, ahead.insist),
            None => (0, false),
        };
        let others = self.slots.iter().enumerate().any(|(other, slot)| {
            other != place
                && matches!(
                    slot.state,
                    State::Fresh | State::Next | State::Resting(_) | State::Busy(_)
                )
        });
        self.begin(place, insist, others && !insist)
    }

    fn begin(&mut self, place: usize, insist: bool, yields: bool) -> Turn {
        self.number += 1;
        // What was taken from a budget earns it nothing.
        if self.is_forced(insist) {
            self.slots[place].told = true;
        }
        self.slots[place].asks();
        let attempt = self.candidate(place).map(|candidate| {
            let attempt = Attempt::new(candidate.clone(), place, self.number)
                .insisting(insist)
                .yielding(yields)
                .ending(self.until)
                .resumable(self.rule.resume);
            match self.slots[place].last.as_ref().or(self.first.as_ref()) {
                Some(before) => attempt.after(before),
                None => attempt,
            }
        });
        self.slots[place].last.clone_from(&attempt);
        Turn {
            attempt,
            place,
            number: self.number,
        }
    }

    /// Tells a provider's retry budget, once, that the call has been there.
    pub(in crate::fallback) fn been_at(&mut self, place: usize) {
        if let Some(monitor) = &self.rule.monitor
            && !self.of_provider(place).any(|other| self.slots[other].told)
        {
            monitor.first_try(self.provider(place), self.again);
        }
        if let Some(slot) = self.slots.get_mut(place) {
            slot.told = true;
        }
    }

    /// After how long others are asked, should who was asked last not be ready: they may be sooner.
    pub(in crate::fallback) fn leaves_queue_after(&self) -> Option<Duration> {
        let waits = self.ahead.is_some_and(|ahead| ahead.insist);
        let mut slots = self.slots.iter();
        let others = slots.any(|slot| matches!(slot.state, State::Busy(_)));
        (waits && others).then(|| self.rule.backoff.after(1))
    }

    /// Who is asked besides the one that is: the next, or the same once more, if there is nobody else. Nobody, where it
    /// might cost more than is left, or be one attempt too many.
    pub(in crate::fallback) fn hedge(
        &mut self,
        running: &Turn,
        scopes: &[Scope],
        now: Instant,
    ) -> Option<Turn> {
        let all = self.rule.attempts(self.candidates().len());
        let late = self.until.is_some_and(|until| now >= until);
        if self.over || late || self.asked + 2 > all || self.number >= Rule::MOST {
            return None;
        }
        let fresh = self.slots.iter().position(super::Slot::is_fresh);
        let place = fresh.unwrap_or(running.place);
        let bound = |place: usize| bound_of(self.candidates().get(place)?);
        if let Some(most) = self.plan.as_ref()?.most() {
            let both = bound(running.place)?.saturating_add(bound(place)?);
            if self.spent?.saturating_add(both) > most {
                return None;
            }
        }
        // What runs is held already.
        if let Some(left) = Allowance::tightest(scopes)
            && bound(place)? > left.left()
        {
            return None;
        }
        if !running.is_queued() {
            self.been_at(running.place);
        }
        if let Some(monitor) = &self.rule.monitor
            && !monitor.may_repeat(running.provider())
        {
            return None;
        }
        Some(self.begin(place, false, true))
    }
}
