use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use super::{
    driver::{Drive, Head},
    flight::Flight,
    place::Place,
    state::Phase,
};
use crate::{
    BodyError,
    cache::{Entry, answer::Form},
    query::Api,
};

/// A caller's part in a flight. Dropping it leaves the flight.
pub(in crate::cache) struct Reader {
    flight: Arc<Flight>,
    id: u64,
    leads: bool,
    /// Bytes given so far.
    given: u64,
    ending: Ending,
}

/// How a broken answer is brought to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Open,
    /// The caller has been given the chance to see what was said last.
    Told,
    Over,
}

/// What becomes of a call that waits for another's answer.
pub(in crate::cache) enum Follow {
    /// It reads along.
    Along(Arc<Head>),
    /// The answer is whole.
    Whole(Arc<Entry>),
    /// The one that it waited for failed, and this one leads now.
    Lead,
    /// It has to ask for itself.
    Alone,
}

/// How the body of an answer goes on.
pub(in crate::cache) enum Next {
    Frame(Bytes),
    End,
    Broken(BodyError),
}

impl Reader {
    /// Takes the lead of a flight that nobody knows yet.
    pub(super) fn lead(flight: Arc<Flight>) -> Self {
        let mut state = flight.lock();
        state.enter(Phase::Calling);
        // It is about to be put in.
        state.driver = Place::Out;
        let id = state.sit(true);
        drop(state);
        Self::new(flight, id, true)
    }

    /// Joins a flight, unless it has grown too large to join.
    pub(super) fn follow(flight: &Arc<Flight>) -> Option<Self> {
        let mut state = flight.lock();
        if state.over || state.is_over() {
            return None;
        }
        let id = state.sit(false);
        drop(state);
        Some(Self::new(Arc::clone(flight), id, false))
    }

    fn new(flight: Arc<Flight>, id: u64, leads: bool) -> Self {
        Self {
            flight,
            id,
            leads,
            given: 0,
            ending: Ending::Open,
        }
    }

    #[cfg(test)]
    pub(super) const fn flight_of_test(&self) -> &Arc<Flight> {
        &self.flight
    }

    /// Puts the leader's call in. `tells_usage` is whether it asks for a stream that says what was used.
    pub(in crate::cache) fn put<D: Drive + 'static>(&self, driver: D, tells_usage: bool) {
        let driver = Box::pin(driver);
        let mut state = self.flight.lock();
        state.tells_usage = tells_usage;
        state.driver = Place::In(driver);
        let wakers = state.wakers();
        drop(state);
        wakers.into_iter().for_each(std::task::Waker::wake);
    }

    /// For the leader: ready when its own answer, or what there is instead, is there.
    pub(in crate::cache) fn poll_head(&self, cx: &Context<'_>) -> Poll<()> {
        loop {
            let state = self.flight.lock();
            if state.phase != Phase::Calling {
                return Poll::Ready(());
            }
            let changes = state.changes;
            drop(state);
            ready!(self.flight.drive(self.id, changes, cx));
        }
    }

    /// For one that follows, and wants the answer in this form.
    pub(in crate::cache) fn poll_follow(&mut self, cx: &Context<'_>, wanted: Form) -> Poll<Follow> {
        loop {
            let mut state = self.flight.lock();
            if let Some(next) = state.next.clone() {
                drop(state);
                let old = std::mem::replace(&mut self.flight, next);
                old.forget(self.id);
                continue;
            }
            if state.seat(self.id).out {
                return Poll::Ready(Follow::Alone);
            }
            match state.phase {
                Phase::Vacant => {
                    state.enter(Phase::Calling);
                    state.driver = Place::Out;
                    state.seat(self.id).committed = true;
                    self.leads = true;
                    return Poll::Ready(Follow::Lead);
                }
                Phase::Broken | Phase::Complete { shared: false } => {
                    return Poll::Ready(Follow::Alone);
                }
                Phase::Complete { shared: true } => {
                    let entry = state.entry.clone();
                    return Poll::Ready(entry.map_or(Follow::Alone, Follow::Whole));
                }
                Phase::Open => {
                    let usage = state.tells_usage;
                    let form = Form::Stream { usage };
                    if let Some(head) = &state.head
                        && head.streams
                        && wanted == form
                        && state.has_frames()
                    {
                        let head = Arc::clone(head);
                        state.seat(self.id).committed = true;
                        return Poll::Ready(Follow::Along(head));
                    }
                }
                Phase::Calling => {}
            }
            let changes = state.changes;
            drop(state);
            ready!(self.flight.drive(self.id, changes, cx));
        }
    }

    /// The next bytes of the answer. `api` is in whose words a caller is told that it was too slow.
    pub(in crate::cache) fn poll_next(&mut self, cx: &Context<'_>, api: Api) -> Poll<Next> {
        loop {
            if self.ending == Ending::Over {
                return Poll::Ready(Next::End);
            }
            let mut state = self.flight.lock();
            let out = state.seat(self.id).out;
            if out && self.ending == Ending::Open {
                drop(state);
                self.ending = Ending::Told;
                return Poll::Ready(Next::Frame(api.error_event(TOO_SLOW)));
            }
            if !out && let Some(bytes) = state.read(self.id) {
                self.given += bytes.len() as u64;
                return Poll::Ready(Next::Frame(bytes));
            }
            match state.phase {
                _ if out => {}
                Phase::Complete { .. } => return Poll::Ready(Next::End),
                Phase::Broken => {}
                Phase::Vacant | Phase::Calling | Phase::Open => {
                    let changes = state.changes;
                    drop(state);
                    ready!(self.flight.drive(self.id, changes, cx));
                    continue;
                }
            }
            let error = state
                .error
                .take_if(|_| self.leads && self.ending == Ending::Told);
            drop(state);
            // A server that is given an error drops what it has not written yet: it gets the chance to write the event
            // that tells of it first.
            if self.ending == Ending::Open {
                self.ending = Ending::Told;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.ending = Ending::Over;
            let why = if out { TOO_SLOW } else { BROKE };
            return Poll::Ready(Next::Broken(error.unwrap_or_else(|| BodyError::new(why))));
        }
    }

    /// Bytes to come, where that is known.
    pub(in crate::cache) fn left(&self) -> Option<u64> {
        let state = self.flight.lock();
        state.head.as_ref()?.size?.checked_sub(self.given)
    }

    /// The answer, once it is whole.
    pub(in crate::cache) fn entry(&self) -> Option<Arc<Entry>> {
        self.flight.lock().entry.clone()
    }
}

const TOO_SLOW: &str = "the answer was read too slowly to be shared to its end";
const BROKE: &str = "the answer broke off before its end";

impl Drop for Reader {
    fn drop(&mut self) {
        self.flight.leave(self.id);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("leads", &self.leads)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
