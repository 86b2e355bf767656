use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    shared::{Shared, State},
    store::Store,
    waiter::Waiter,
};
use crate::budget::{LedgerError, book::Told};

/// How long a change may stay unwritten that nobody waits for.
const LATEST: Duration = Duration::from_millis(50);
/// How long to wait before the disk is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Writes down what has changed, until the ledger is dropped. One commit serves all who wait when it begins.
pub(super) fn write(shared: &Arc<Shared>, mut store: Store) {
    let mut pause = FIRST_PAUSE;
    loop {
        let stop = wait(shared, pause);
        if commit(shared, &mut store) {
            pause = FIRST_PAUSE;
        } else {
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        if stop {
            break;
        }
    }
    // The file is free before anybody is told so.
    drop(store);
    let mut state = shared.lock();
    state.closed = true;
    drop(state);
    shared.over.notify_all();
    shared.watch.notify_all();
}

/// Waits for work; says whether it is the last.
fn wait(shared: &Shared, pause: Duration) -> bool {
    let mut state = shared.lock();
    let mut until = None;
    loop {
        if state.stop {
            return true;
        }
        let pause = match &state.failing {
            Some(_) => pause,
            None if !state.waiting.is_empty() => return false,
            None if state.book.is_changed() => LATEST,
            None => {
                until = None;
                state.idle = true;
                state = sleep(shared, state, None);
                state.idle = false;
                continue;
            }
        };
        let now = Instant::now();
        let until = *until.get_or_insert(now + pause);
        if now >= until {
            return false;
        }
        state = sleep(shared, state, Some(until - now));
    }
}

fn sleep<'a>(
    shared: &Shared,
    state: MutexGuard<'a, State>,
    length: Option<Duration>,
) -> MutexGuard<'a, State> {
    match length {
        Some(length) => {
            let woken = shared.work.wait_timeout(state, length);
            woken.unwrap_or_else(PoisonError::into_inner).0
        }
        None => {
            let woken = shared.work.wait(state);
            woken.unwrap_or_else(PoisonError::into_inner)
        }
    }
}

/// One commit; says whether all is well.
pub(super) fn commit(shared: &Shared, store: &mut Store) -> bool {
    // Where the disk has failed, nothing is copied before it can be opened again.
    if let Err(error) = store.ready() {
        fail(shared, &error, |_| {});
        return false;
    }
    let mut state = shared.lock();
    let flushed = state.waiting.iter().any(|w| matches!(w, Waiter::Flush(_)));
    if !state.book.is_changed() && !flushed && state.failing.is_none() {
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting
            .into_iter()
            .for_each(|w| w.written(|| store.closed()));
        return true;
    }
    let batch = state.book.write_down();
    state.in_flight = std::mem::take(&mut state.waiting);
    state.began = Some(Instant::now());
    let asleep = !std::mem::replace(&mut state.watching, true);
    drop(state);
    if asleep {
        shared.watch.notify_one();
    }
    match store.commit(&batch) {
        Ok(()) => {
            let mut state = shared.lock();
            state.began = None;
            let served = std::mem::take(&mut state.in_flight);
            let recovered = state.failing.take().is_some();
            drop(state);
            if recovered {
                tracing::info!("the ledger's file is written again");
            }
            served
                .into_iter()
                .for_each(|w| w.written(|| store.closed()));
            true
        }
        Err(error) => {
            fail(shared, &error, |state| state.book.unwritten(Some(batch)));
            false
        }
    }
}

/// Refuses all who wait.
fn fail(shared: &Shared, error: &LedgerError, first: impl FnOnce(&mut State)) {
    let mut state = shared.lock();
    state.began = None;
    first(&mut state);
    refuse(state, error);
}

fn refuse(mut state: MutexGuard<'_, State>, error: &LedgerError) {
    let known = state.failing.is_some();
    let refused = state.refused(error);
    let told = state.book.told();
    drop(state);
    if !known {
        tracing::error!(%error, "the ledger's file cannot be written; budgets refuse until it can");
    }
    told.into_iter().for_each(Told::tell);
    refused.into_iter().for_each(|waiter| waiter.failed(error));
}

/// Refuses whoever waits for a disk that does not answer, until the ledger is dropped.
pub(super) fn watch(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    while !state.closed {
        let Some(began) = state.began else {
            state.watching = false;
            let woken = shared.watch.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let waits = !(state.in_flight.is_empty() && state.waiting.is_empty());
        if began.elapsed() >= shared.patience && waits {
            let error = LedgerError::Unavailable("the disk does not answer in time".into());
            refuse(state, &error);
            state = shared.lock();
        }
        let tick = (shared.patience / 4).max(Duration::from_millis(1));
        let woken = shared.watch.wait_timeout(state, tick);
        state = woken.unwrap_or_else(PoisonError::into_inner).0;
    }
}
