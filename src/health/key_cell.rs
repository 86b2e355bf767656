use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Ailment, Breaker,
    circuit::{Circuit, Pace, Ticket},
    shelf::Idle,
    trouble::{Trouble, Troubles},
};

/// How a provider takes one key.
#[derive(Debug)]
pub(super) struct KeyCell(Mutex<KeyState>);

#[derive(Debug)]
pub(super) struct KeyState {
    circuit: Circuit,
    /// Which candidate's answer has last shown that the key is good.
    proof: Option<(u64, Instant)>,
    trouble: Trouble,
}

/// For so long an answer of one candidate shows that another's refusal is its own, and not the key's.
const PROOF: Duration = Duration::from_secs(60);

impl KeyCell {
    pub(super) fn new(troubles: &Troubles) -> Self {
        Self(Mutex::new(KeyState {
            circuit: Circuit::new(),
            proof: None,
            trouble: troubles.of_one(),
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, KeyState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nobody is to be asked with it now.
    pub(super) fn ailment(&self, now: Instant, breaker: &Breaker) -> Option<Ailment> {
        self.lock().wait(now, &breaker.key_pace).map(refused)
    }
}

/// The ailment of who is called with a key that was refused.
pub(super) fn refused(wait: Duration) -> Ailment {
    Ailment::passing("its provider does not take the key", wait)
}

impl KeyState {
    pub(super) fn wait(&self, now: Instant, pace: &Pace) -> Option<Duration> {
        self.circuit.wait(now, pace)
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.circuit.is_closed()
    }

    pub(super) fn enter(&mut self, now: Instant, pace: &Pace) -> Ticket {
        self.circuit.enter(now, pace)
    }

    /// A candidate has answered, called with it.
    pub(super) fn succeeded(&mut self, ticket: Ticket, place: u64, now: Instant) {
        self.proof = Some((place, now));
        self.circuit.succeeded(ticket);
        self.note();
    }

    /// A candidate refuses it. Says whether that is the key's matter: who else takes it says that it is not.
    pub(super) fn refused(
        &mut self,
        ticket: Ticket,
        place: u64,
        now: Instant,
        pace: &Pace,
        floor: Option<Duration>,
    ) -> bool {
        let proven = self
            .proof
            .is_some_and(|(by, at)| by != place && now.saturating_duration_since(at) < PROOF);
        if proven {
            self.circuit.left(ticket, now);
        } else if self.circuit.counts(ticket) {
            self.circuit.open(now, pace, floor);
        } else {
            self.circuit.failed(ticket, now, pace, floor);
        }
        self.note();
        !proven
    }

    pub(super) fn begun(&mut self, ticket: &mut Ticket) {
        if self.circuit.begun(ticket) {
            self.note();
        }
    }

    pub(super) fn left(&mut self, ticket: Ticket, now: Instant) {
        self.circuit.left(ticket, now);
    }

    fn note(&mut self) {
        let trouble = !self.circuit.is_closed();
        self.trouble.note(trouble);
    }
}

impl Idle for KeyCell {
    fn is_idle(&self) -> bool {
        self.lock().circuit.is_idle(Instant::now())
    }
}
