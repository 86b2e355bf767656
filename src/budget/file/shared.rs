use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::waiter::Waiter;
use crate::{
    budget::{
        End, LedgerError,
        book::{Book, Told},
    },
    context::Clock,
};

/// What the ledger and its threads share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Clock,
    /// How long the disk may take for one commit before callers are refused.
    pub(super) patience: Duration,
    state: Mutex<State>,
    /// Wakes the writer: there is something to write.
    pub(super) work: Condvar,
    /// Wakes the watch: a commit has begun after a time without.
    pub(super) watch: Condvar,
    /// Wakes whoever drops the ledger: the file is closed.
    pub(super) over: Condvar,
}

/// What is under the lock. It is never held while the disk works.
#[derive(Debug)]
pub(super) struct State {
    pub(super) book: Book,
    /// Those whom the next commit serves.
    pub(super) waiting: Vec<Waiter>,
    /// Those whom the running one serves.
    pub(super) in_flight: Vec<Waiter>,
    /// When the running commit began.
    pub(super) began: Option<Instant>,
    /// Why nothing can be written now.
    pub(super) failing: Option<LedgerError>,
    /// The writer sleeps until it is told of a change.
    pub(super) idle: bool,
    /// The watch looks at commits.
    pub(super) watching: bool,
    pub(super) stop: bool,
    pub(super) closed: bool,
}

impl Shared {
    pub(super) fn new(clock: Clock, patience: Duration, book: Book) -> Self {
        Self {
            clock,
            patience,
            state: Mutex::new(State {
                book,
                waiting: Vec::new(),
                in_flight: Vec::new(),
                began: None,
                failing: None,
                idle: false,
                watching: false,
                stop: false,
                closed: false,
            }),
            work: Condvar::new(),
            watch: Condvar::new(),
            over: Condvar::new(),
        }
    }

    /// The state is whole also after a panic elsewhere: no step of it calls code of others.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One step of the book. What it has to tell is told when the lock is off.
    pub(super) fn step<T>(&self, step: impl FnOnce(&mut State) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.lock();
        state.book.turn(now);
        let answer = step(&mut state);
        let wake = !state.waiting.is_empty() || (state.idle && state.book.is_changed());
        if wake {
            state.idle = false;
        }
        let told = state.book.told();
        drop(state);
        if wake {
            self.work.notify_one();
        }
        told.into_iter().for_each(Told::tell);
        answer
    }
}

impl State {
    /// All who wait, after nothing could be written: their holds are released.
    pub(super) fn refused(&mut self, error: &LedgerError) -> Vec<Waiter> {
        let mut refused = std::mem::take(&mut self.in_flight);
        refused.append(&mut self.waiting);
        for waiter in &refused {
            if let Waiter::Hold {
                id, forced: false, ..
            } = waiter
            {
                self.book.settle(*id, End::Released.into());
            }
        }
        self.failing = Some(error.clone());
        refused
    }
}
