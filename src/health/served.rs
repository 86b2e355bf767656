use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Ended, Speed, Timed, shelf::Idle, speed::Fading};
use crate::catalog::{Candidate, Effort, Model};

/// What the answers of a model have shown, whoever's key they were made with: how fast they are at each effort, and
/// which model they say they are of.
#[derive(Debug)]
pub(super) struct Served {
    model: Box<str>,
    provider: Box<str>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    speeds: Vec<AtEffort>,
    /// Which models it has said to be lately, the last at the back.
    names: VecDeque<Box<str>>,
    /// When a change was last told of.
    told: Option<Instant>,
}

#[derive(Debug)]
struct AtEffort {
    level: Option<Box<str>>,
    first_content: Fading,
    tokens_per_second: Fading,
}

/// So many names are known apart: who alternates between them changes nothing.
const NAMES: usize = 8;
/// The longest name that is kept, in bytes.
const LONGEST_NAME: usize = 256;
/// No model is told of more often, whatever it says.
const QUIET: Duration = Duration::from_secs(60);
/// No model has more levels of effort.
const EFFORTS: usize = 16;
/// In shorter answers than this many tokens, chance says more than speed.
const LEAST_TOKENS: u64 = 16;

impl Served {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            model: model.name().into(),
            provider: model.provider().name().into(),
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How fast it is at least in this share of calls; `None` where nothing is known.
    pub(super) fn speed(&self, candidate: &Candidate, share: f64, now: Instant) -> Option<Speed> {
        let mut state = self.lock();
        let speed = state.at(candidate)?.speed(share, now);
        (speed != Speed::default()).then_some(speed)
    }

    /// The medians at each effort.
    pub(super) fn speeds(&self, now: Instant) -> Vec<Timed> {
        let mut state = self.lock();
        let speeds = state.speeds.iter_mut().map(|at| Timed {
            model: self.model.clone(),
            provider: self.provider.clone(),
            effort: at.level.clone(),
            speed: at.speed(0.5, now),
        });
        speeds.collect()
    }

    pub(super) fn first_content(
        &self,
        candidate: &Candidate,
        share: f64,
        now: Instant,
    ) -> Option<Duration> {
        let mut state = self.lock();
        let seconds = state.at(candidate)?.first_content.quantile(now, share)?;
        Some(Duration::from_secs_f64(seconds))
    }

    pub(super) fn tokens_per_second(
        &self,
        candidate: &Candidate,
        share: f64,
        now: Instant,
    ) -> Option<f64> {
        let mut state = self.lock();
        state.at(candidate)?.tokens_per_second.quantile(now, share)
    }

    /// An answer has ended, whole or not. Says which model the one before was of, where this is another one's that was
    /// not seen lately.
    pub(super) fn ended(
        &self,
        candidate: &Candidate,
        ended: &Ended<'_>,
        whole: bool,
        now: Instant,
    ) -> Option<Box<str>> {
        let mut state = self.lock();
        state.timed(candidate, ended, whole, now);
        let name = ended.served_model?;
        state.named(shortened(name), now)
    }
}

impl AtEffort {
    fn speed(&mut self, share: f64, now: Instant) -> Speed {
        let first = self.first_content.quantile(now, share);
        Speed {
            first_content: first.map(Duration::from_secs_f64),
            // Who is fast has many.
            tokens_per_second: self.tokens_per_second.quantile(now, 1.0 - share),
        }
    }
}

impl State {
    fn at(&mut self, candidate: &Candidate) -> Option<&mut AtEffort> {
        let level = candidate.effort().map(Effort::level);
        let mut speeds = self.speeds.iter_mut();
        speeds.find(|speed| speed.level.as_deref() == level)
    }

    fn timed(&mut self, candidate: &Candidate, ended: &Ended<'_>, whole: bool, now: Instant) {
        let first = ended.first_content.filter(|_| ended.streamed);
        let tokens = ended
            .output_tokens
            .filter(|tokens| whole && *tokens >= LEAST_TOKENS);
        if first.is_none() && tokens.is_none() {
            return;
        }
        if self.at(candidate).is_none() && self.speeds.len() < EFFORTS {
            self.speeds.push(AtEffort {
                level: candidate.effort().map(|effort| effort.level().into()),
                first_content: Fading::default(),
                tokens_per_second: Fading::default(),
            });
        }
        let Some(speeds) = self.at(candidate) else {
            return;
        };
        if let Some(first) = first {
            speeds.first_content.add(now, first.as_secs_f64());
        }
        if let Some(tokens) = tokens {
            let took = ended.total.saturating_sub(first.unwrap_or_default());
            #[allow(clippy::cast_precision_loss)]
            let tokens = tokens as f64;
            speeds
                .tokens_per_second
                .add(now, tokens / took.as_secs_f64());
        }
    }

    fn named(&mut self, name: &str, now: Instant) -> Option<Box<str>> {
        if self.names.back().is_some_and(|last| **last == *name) {
            return None;
        }
        if let Some(at) = self.names.iter().position(|known| **known == *name) {
            if let Some(known) = self.names.remove(at) {
                self.names.push_back(known);
            }
            return None;
        }
        let last = self.names.back().cloned();
        if self.names.len() >= NAMES {
            self.names.pop_front();
        }
        self.names.push_back(name.into());
        let last = last?;
        let loud = self
            .told
            .is_some_and(|told| now.saturating_duration_since(told) < QUIET);
        if loud {
            return None;
        }
        self.told = Some(now);
        Some(last)
    }
}

fn shortened(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

impl Idle for Served {
    fn is_idle(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(state: &mut State, name: &str, now: Instant) -> Option<String> {
        state.named(name, now).map(Into::into)
    }

    #[test]
    fn a_change_is_told_once_and_the_first_name_is_none() {
        let (mut state, now) = (State::default(), Instant::now());
        assert_eq!(told(&mut state, "m-1", now), None);
        assert_eq!(told(&mut state, "m-1", now), None);
        assert_eq!(told(&mut state, "m-2", now).as_deref(), Some("m-1"));
        for _ in 0..100 {
            assert_eq!(told(&mut state, "m-1", now), None);
            assert_eq!(told(&mut state, "m-2", now), None);
        }
    }

    #[test]
    fn who_says_something_else_each_time_is_told_of_once_a_minute() {
        let (mut state, start) = (State::default(), Instant::now());
        let mut changes = 0;
        for second in 0..600_u64 {
            let now = start + Duration::from_secs(second);
            let name = format!("m-{second}");
            changes += u32::from(told(&mut state, &name, now).is_some());
        }
        assert_eq!(changes, 10);
        assert!(state.names.len() <= NAMES);
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = "ä".repeat(400);
        assert_eq!(shortened(&name).len(), 256);
        assert_eq!(shortened(&format!("x{name}")).len(), 255);
    }
}
