use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    driver::{Drive, Step},
    flights::Flights,
    place::Place,
    state::{Phase, Seat, State},
};
use crate::{
    BodyError,
    cache::{
        Entry, Key,
        answer::{Facts, Form},
        config::Config,
    },
    observe::{Ending, Made, Outcome},
};

/// One call of the inner service and all who share its answer.
pub(in crate::cache) struct Flight {
    flights: Arc<Flights>,
    pub(super) terms: Terms,
    /// Whether it took over from one that failed.
    second: bool,
    state: Mutex<State>,
}

/// What is asked, and how the answer is kept.
#[derive(Clone, Debug)]
pub(in crate::cache) struct Terms {
    pub(in crate::cache) key: Key,
    /// How many choices the answer is to have.
    pub(in crate::cache) choices: u32,
    pub(in crate::cache) config: Arc<Config>,
}

impl Flight {
    pub(super) fn new(flights: &Arc<Flights>, terms: &Terms) -> Arc<Self> {
        Arc::new(Self {
            flights: Arc::clone(flights),
            terms: terms.clone(),
            second: false,
            state: Mutex::new(State::new(Phase::Vacant)),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the driver go on, on behalf of a caller who has read all there was after so many `changes`. Ready when there
    /// may be more.
    pub(super) fn drive(self: &Arc<Self>, id: u64, changes: u64, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.changes != changes {
            return Poll::Ready(());
        }
        let behind = if state.over && state.leave_behind(self.terms.config.largest) {
            state.wakers()
        } else {
            Vec::new()
        };
        // Before the driver is polled: from here on no wake is lost.
        let old = state.seat(id).waker.replace(cx.waker().clone());
        let driver = state.driver.take();
        if driver.is_some() {
            state.woken = false;
        }
        drop(state);
        drop(old);
        behind.into_iter().for_each(Waker::wake);
        match driver {
            Some(driver) => self.poll_driver(driver, id),
            // Somebody else is at it, and will say when there is more.
            None => Poll::Pending,
        }
    }

    fn poll_driver(self: &Arc<Self>, mut driver: Pin<Box<dyn Drive>>, id: u64) -> Poll<()> {
        let waker = Waker::from(Arc::clone(self));
        let mut cx = Context::from_waker(&waker);
        let mut changed = Poll::Pending;
        let mut out = Out {
            flight: self,
            busy: true,
        };
        loop {
            let step = driver.as_mut().poll(&mut cx);
            let mut again = false;
            match step {
                Poll::Pending => {}
                Poll::Ready(Step::Head(head)) => {
                    changed = Poll::Ready(());
                    let mut state = self.lock();
                    state.enter(Phase::Open);
                    state.head = Some(Arc::new(head));
                }
                Poll::Ready(Step::Frame(bytes, last)) => {
                    changed = Poll::Ready(());
                    // The end is looked for at once: a caller who has all it wants may not ask again.
                    again = last || says_done(&bytes);
                    self.frame(bytes);
                }
                Poll::Ready(last) => {
                    match last {
                        Step::Broken(error) => self.end(Phase::Broken, None, Some(error)),
                        Step::Failed => self.end(Phase::Broken, None, None),
                        _ => self.complete(),
                    }
                    out.busy = false;
                    return Poll::Ready(());
                }
            }
            if again {
                continue;
            }
            out.busy = false;
            let mut state = self.lock();
            state.driver = Place::In(driver);
            let wakers = if changed.is_ready() {
                // Who polls goes on by itself.
                state.seat(id).waker = None;
                state.wakers()
            } else if state.woken {
                // Who came after the wake has not heard of it, and who polls may not come back soon.
                state.wakers()
            } else {
                Vec::new()
            };
            drop(state);
            wakers.into_iter().for_each(Waker::wake);
            return changed;
        }
    }

    fn frame(&self, bytes: Bytes) {
        let mut state = self.lock();
        state.push(bytes);
        if state.over || state.total <= self.terms.config.largest {
            return;
        }
        drop(state);
        // Nobody is to join any more.
        let mut flights = self.flights.lock();
        self.leave_map(&mut flights, None);
        self.lock().overflow();
    }

    /// The answer has come to its end: whether it is one is read from it.
    fn complete(&self) {
        let state = self.lock();
        let (frames, head, tells_usage) = (state.whole(), state.head.clone(), state.tells_usage);
        drop(state);
        let (Some(frames), Some(head)) = (frames, head) else {
            return self.end(Phase::Complete { shared: true }, None, None);
        };
        let body = match <[Bytes; 1]>::try_from(frames) {
            // A copy: what was read may be a small part of a large buffer, which it would keep.
            Ok([one]) => Bytes::copy_from_slice(&one),
            Err(frames) => frames.concat().into(),
        };
        let config = &self.terms.config;
        let outcome = head.outcome.as_ref();
        let finished = outcome.and_then(Outcome::get);
        let facts = match (outcome, finished) {
            // Of several choices it is not said which have ended.
            (Some(_), Some(seen)) if self.terms.choices == 1 => {
                Facts::seen(seen, &body, head.streams, tells_usage)
            }
            (Some(_), Some(seen)) if seen.ending != Ending::Complete => Facts::default(),
            (Some(_), Some(_)) => Facts::read(&body, head.streams, self.terms.choices),
            (Some(_), None) => Facts::default(),
            (None, _) => Facts::read(&body, head.streams, self.terms.choices),
        };
        let shared = facts.whole;
        let failed = outcome.is_some_and(|outcome| outcome.failure().is_some());
        let kept = facts.is_final(config.tool_calls) && !failed;
        let usage = finished.and_then(|finished| finished.usage.clone());
        let entry = Arc::new(Entry {
            form: match head.streams {
                true => Form::Stream {
                    usage: facts.usage || (tells_usage && usage.is_none()),
                },
                false => Form::Whole,
            },
            body,
            headers: head.headers.clone(),
            finish_reasons: facts.reasons,
            usage,
            made: head.outcome.as_ref().map(Made::by),
            since: Instant::now(),
            ttl: config.ttl,
        });
        // Before the flight leaves the map: whoever comes then finds the entry.
        if shared && kept && !config.ttl.is_zero() {
            config.store.put(self.terms.key, Arc::clone(&entry));
        }
        self.end(Phase::Complete { shared }, Some(entry), None);
    }

    /// There is nothing more to come. Those who have been given nothing, and cannot have this, go on together once more.
    fn end(&self, phase: Phase, entry: Option<Arc<Entry>>, error: Option<BodyError>) {
        let mut flights = self.flights.lock();
        let mut state = self.lock();
        state.enter(phase);
        state.driver = Place::Gone;
        (state.entry, state.error) = (entry, error);
        let next = if phase == (Phase::Complete { shared: true }) || self.second {
            None
        } else {
            self.successor(&state)
        };
        state.next.clone_from(&next);
        let wakers = state.wakers();
        drop(state);
        self.leave_map(&mut flights, next);
        drop(flights);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// A flight for those who have been given nothing, where one of them is to lead.
    fn successor(&self, state: &State) -> Option<Arc<Self>> {
        let mut next = State::new(Phase::Vacant);
        next.next_id = state.next_id;
        let left = state
            .seats
            .iter()
            .filter(|(_, seat)| !seat.committed && !seat.out);
        next.seats = left.map(|(id, _)| (*id, Seat::default())).collect();
        (!next.seats.is_empty()).then(|| {
            Arc::new(Self {
                flights: Arc::clone(&self.flights),
                terms: self.terms.clone(),
                second: true,
                state: Mutex::new(next),
            })
        })
    }

    /// Leaves its place in the map, if it has one, to another flight or to none.
    fn leave_map(&self, flights: &mut Under, next: Option<Arc<Self>>) {
        let key = &self.terms.key;
        if !flights
            .get(key)
            .is_some_and(|flight| std::ptr::eq(&**flight, self))
        {
            return;
        }
        match next {
            Some(next) => flights.insert(*key, next),
            None => flights.remove(key),
        };
    }

    /// A caller goes on elsewhere.
    pub(super) fn forget(&self, id: u64) {
        let seat = self.lock().seats.remove(&id);
        drop(seat);
    }

    /// A caller goes, whether it has had all it wanted or not.
    pub(super) fn leave(&self, id: u64) {
        let mut flights = self.flights.lock();
        let mut state = self.lock();
        let Some(seat) = state.seats.remove(&id) else {
            return;
        };
        let mut driver = None;
        if state.seats.is_empty() && !state.is_over() {
            driver = state.driver.take();
            state.enter(Phase::Broken);
            self.leave_map(&mut flights, None);
        } else if state.over {
            state.release();
        }
        // Another may have waited for this one to go on.
        let wakers = state.wakers();
        let next = state.next.clone().filter(|_| !seat.committed);
        drop(state);
        drop(flights);
        drop(seat);
        drop(driver);
        wakers.into_iter().for_each(Waker::wake);
        if let Some(next) = next {
            next.leave(id);
        }
    }
}

/// What the lock of the map guards.
type Under = std::collections::HashMap<Key, Arc<Flight>>;

/// While the driver is out: if it panics, or the store does, nobody is to wait for it.
struct Out<'a> {
    flight: &'a Flight,
    busy: bool,
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        if self.busy {
            self.flight.end(Phase::Broken, None, None);
        }
    }
}

impl Wake for Flight {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        state.woken = true;
        let wakers = state.wakers();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Whether a frame seems to bring a stream's last event.
fn says_done(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(16)..];
    memchr::memmem::find(tail, b"[DONE]").is_some()
}
