use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Ailment, Breaker, KeyId, Standing,
    circuit::{Circuit, Pace, Ticket},
    ended::Verdict,
    key_cell::{KeyCell, KeyState, refused},
    limits::{Asked, Limits, Mark},
    served::Served,
    shelf::Idle,
    told::Told,
    trouble::{Trouble, Troubles},
    window::Window,
};
use crate::catalog::{Model, Provider};

/// How a candidate does that is called with one key.
#[derive(Debug)]
pub(super) struct Cell {
    model: Box<str>,
    provider: Box<str>,
    key: KeyId,
    /// Which candidate it is, whatever the key.
    place: u64,
    by_key: Arc<KeyCell>,
    /// What is known of the model, whatever the key.
    pub(super) served: Arc<Served>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    circuit: Circuit,
    /// Whether the provider serves the model.
    gone: Circuit,
    limits: Limits,
    in_flight: u32,
    /// Failures since the last success.
    failures: u32,
    window: Window,
    trouble: Trouble,
}

/// What an attempt was let through with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admission {
    key: Ticket,
    circuit: Ticket,
    gone: Ticket,
    mark: Mark,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) verdict: Verdict,
    pub(super) retry_after: Option<Duration>,
    /// When; `None` where nobody has said so.
    pub(super) at: Option<Instant>,
}

impl Cell {
    pub(super) fn new(
        model: &Model,
        at: &Provider,
        key: KeyId,
        place: u64,
        by_key: Arc<KeyCell>,
        served: Arc<Served>,
        troubles: &Troubles,
    ) -> Self {
        Self {
            model: model.name().into(),
            provider: at.name().into(),
            key,
            place,
            by_key,
            served,
            state: Mutex::new(State {
                circuit: Circuit::new(),
                gone: Circuit::new(),
                limits: Limits::default(),
                in_flight: 0,
                failures: 0,
                window: Window::default(),
                trouble: troubles.of_one(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key's state, which is locked before the cell's own wherever both are.
    fn key_state(&self) -> MutexGuard<'_, KeyState> {
        self.by_key.lock()
    }

    /// Why it is not to be asked now.
    pub(super) fn ailment(&self, now: Instant, breaker: &Breaker) -> Option<Ailment> {
        let key = self.key_state().wait(now, &breaker.key_pace);
        let mut state = self.lock();
        let ailment = state.ailment(key, now, Asked::LEAST, breaker);
        // Limits pass by themselves, without anybody saying so.
        state.note(now);
        ailment
    }

    /// How it does now.
    pub(super) fn standing(&self, now: Instant, breaker: &Breaker) -> Standing {
        let ailment = self.ailment(now, breaker);
        let mut state = self.lock();
        let counts = state.window.counts(now, breaker.window);
        let (requests_left, tokens_left) = state.limits.left(now);
        Standing {
            model: self.model.clone(),
            provider: self.provider.clone(),
            key: self.key != KeyId::default(),
            ailment,
            probed: state.circuit.is_probing(),
            failures: state.failures,
            answers: counts.answers,
            failed_answers: counts.failures,
            requests_left,
            tokens_left,
            in_flight: state.in_flight,
        }
    }

    /// Lets an attempt through, or says why not.
    pub(super) fn admit(
        &self,
        now: Instant,
        asked: Asked,
        insist: bool,
        breaker: &Breaker,
    ) -> Result<Admission, Ailment> {
        let mut key = self.key_state();
        let mut state = self.lock();
        if !insist {
            let wait = key.wait(now, &breaker.key_pace);
            if let Some(ailment) = state.ailment(wait, now, asked, breaker) {
                return Err(ailment);
            }
        }
        state.in_flight = state.in_flight.saturating_add(1);
        let admission = Admission {
            key: key.enter(now, &breaker.key_pace),
            circuit: state.circuit.enter(now, &breaker.pace),
            gone: state.gone.enter(now, &breaker.gone_pace),
            mark: state.limits.take(now, asked, breaker.pace.longest()),
        };
        state.note(now);
        Ok(admission)
    }

    /// The head of an answer says something of the provider's limits.
    pub(super) fn told(&self, told: &Told, by: &Admission, now: Instant, breaker: &Breaker) {
        let mut state = self.lock();
        let longest = breaker.pace.longest();
        state.limits.told(told, by.mark, now, longest);
        state.note(now);
    }

    /// The first content of an answer is here.
    pub(super) fn begun(&self, by: &mut Admission, now: Instant, breaker: &Breaker) {
        self.key_state().begun(&mut by.key);
        let mut state = self.lock();
        let was_well = state.is_closed();
        state.gone.begun(&mut by.gone);
        if state.circuit.begun(&mut by.circuit) {
            // One more failure opens it again.
            state.failures = breaker.failures.saturating_sub(1);
        }
        state.note(now);
        let is_well = state.is_closed();
        drop(state);
        if !was_well && is_well {
            self.tell(Verdict::Well, true);
        }
    }

    /// The answer has ended, or there will be none.
    pub(super) fn ended(&self, by: &Admission, end: End, now: Instant, breaker: &Breaker) {
        let floor = end.retry_after;
        let mut keys = false;
        let key_turned = {
            let mut key = self.key_state();
            let was_well = key.is_closed();
            match end.verdict {
                Verdict::Well => key.succeeded(by.key, self.place, now),
                Verdict::Key => {
                    keys = key.refused(by.key, self.place, now, &breaker.key_pace, floor);
                }
                _ => key.left(by.key, now),
            }
            was_well != key.is_closed()
        };
        let (turned, well) = {
            let mut state = self.lock();
            let was_well = state.is_closed();
            state.in_flight = state.in_flight.saturating_sub(1);
            state.judge(by, end, keys, now, breaker);
            state.note(now);
            (was_well != state.is_closed(), state.is_closed())
        };
        if key_turned {
            self.tell(end.verdict, end.verdict == Verdict::Well);
        } else if turned {
            self.tell(end.verdict, well);
        }
    }

    /// Says that it has fallen ill, or is well again.
    fn tell(&self, verdict: Verdict, well: bool) {
        let (model, provider) = (&*self.model, &*self.provider);
        if well {
            return tracing::info!(model, provider, "a candidate is asked again");
        }
        let why = match verdict {
            Verdict::Key => "its provider does not take the key",
            Verdict::Gone => "its provider does not serve it",
            Verdict::Rate => "it has too many requests",
            Verdict::Well | Verdict::Ill | Verdict::Nothing => "it has failed too often",
        };
        tracing::warn!(model, provider, why, "a candidate is not asked for a while");
    }
}

impl State {
    const fn is_closed(&self) -> bool {
        self.circuit.is_closed() && self.gone.is_closed()
    }

    /// Why it is not to be asked now, where its key is not to be used for a while.
    fn ailment(
        &self,
        key: Option<Duration>,
        now: Instant,
        asked: Asked,
        breaker: &Breaker,
    ) -> Option<Ailment> {
        if let Some(wait) = self.gone.wait(now, &breaker.gone_pace) {
            return Some(Ailment::gone("its provider does not serve it", wait));
        }
        if let Some(wait) = key {
            return Some(refused(wait));
        }
        if let Some(wait) = self.circuit.wait(now, &breaker.pace) {
            let why = match self.circuit.is_probing() {
                true => "it has failed too often, and one call tries whether it is well again",
                false => "it has failed too often",
            };
            return Some(Ailment::passing(why, wait));
        }
        let wait = self.limits.wait(now, asked)?;
        Some(Ailment::passing("its rate limit is used up", wait))
    }

    fn judge(&mut self, by: &Admission, end: End, keys: bool, now: Instant, breaker: &Breaker) {
        let floor = end.retry_after;
        match end.verdict {
            Verdict::Gone if self.gone.counts(by.gone) => {
                self.gone.open(now, &breaker.gone_pace, None);
            }
            Verdict::Gone => self.gone.failed(by.gone, now, &breaker.gone_pace, None),
            Verdict::Well => self.gone.succeeded(by.gone),
            _ => self.gone.left(by.gone, now),
        }
        match end.verdict {
            Verdict::Well => self.well(by, now, breaker),
            Verdict::Ill => self.ill(by, floor, now, breaker),
            Verdict::Rate => self.rate(by, floor, now, breaker),
            // A key that others take is not to be used here.
            Verdict::Key if !keys => {
                if self.circuit.counts(by.circuit) {
                    self.open(now, &breaker.key_pace, floor);
                } else {
                    let pace = &breaker.key_pace;
                    self.circuit.failed(by.circuit, now, pace, floor);
                }
            }
            Verdict::Key | Verdict::Gone | Verdict::Nothing => self.circuit.left(by.circuit, now),
        }
    }

    fn well(&mut self, by: &Admission, now: Instant, breaker: &Breaker) {
        if self.circuit.counts(by.circuit) {
            self.failures = 0;
            self.window.count(now, breaker.window, false);
        }
        let was_closed = self.circuit.is_closed();
        self.circuit.succeeded(by.circuit);
        if !was_closed && self.circuit.is_closed() {
            self.failures = 0;
        }
        self.limits.succeeded(by.mark);
    }

    fn ill(&mut self, by: &Admission, floor: Option<Duration>, now: Instant, breaker: &Breaker) {
        if !self.circuit.counts(by.circuit) {
            return self.circuit.failed(by.circuit, now, &breaker.pace, floor);
        }
        self.failures = self.failures.saturating_add(1);
        let counts = self.window.count(now, breaker.window, true);
        let in_a_row = breaker.failures > 0 && self.failures >= breaker.failures;
        if in_a_row || counts.reach(breaker.answers, breaker.share) {
            self.open(now, &breaker.pace, floor);
        }
    }

    fn rate(&mut self, by: &Admission, floor: Option<Duration>, now: Instant, breaker: &Breaker) {
        let longest = breaker.pace.longest();
        if let Some(floor) = floor {
            self.limits.pause(now, floor.min(longest), by.mark);
        }
        if !self.circuit.counts(by.circuit) {
            return self.circuit.failed(by.circuit, now, &breaker.pace, floor);
        }
        let counts = self.window.count(now, breaker.window, true);
        // After a pause that is cut short, one asks whether it is over.
        let cut_short = floor.is_some_and(|floor| floor > longest);
        if cut_short || counts.reach(breaker.answers, breaker.share) {
            self.open(now, &breaker.pace, floor);
        }
    }

    /// What was counted has had its effect.
    fn open(&mut self, now: Instant, pace: &Pace, floor: Option<Duration>) {
        self.circuit.open(now, pace, floor);
        self.failures = 0;
        self.window.clear();
    }

    fn note(&mut self, now: Instant) {
        let trouble = !self.is_closed() || self.limits.wait(now, Asked::LEAST).is_some();
        self.trouble.note(trouble);
    }
}

impl Idle for Cell {
    fn is_idle(&self) -> bool {
        let (state, now) = (self.lock(), Instant::now());
        let circuits = [&state.circuit, &state.gone];
        state.in_flight == 0
            && circuits.iter().all(|circuit| circuit.is_idle(now))
            && state.limits.wait(now, Asked::LEAST).is_none()
    }
}
