use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    task::Waker,
};

use bytes::Bytes;

use super::{driver::Head, flight::Flight, place::Place};
use crate::{BodyError, cache::Entry};

/// What the callers of a flight share.
pub(super) struct State {
    pub(super) phase: Phase,
    /// How often something has changed for the callers.
    pub(super) changes: u64,
    pub(super) driver: Place,
    /// There was a wake since the driver was taken out last.
    pub(super) woken: bool,
    pub(super) head: Option<Arc<Head>>,
    /// Whether the leader's stream tells what was used.
    pub(super) tells_usage: bool,
    frames: VecDeque<Part>,
    /// The number of the first of them.
    first: u64,
    /// Bytes of all frames there have been.
    pub(super) total: usize,
    /// There have been too many to keep, and what all have read is let go.
    pub(super) over: bool,
    pub(super) seats: BTreeMap<u64, Seat>,
    pub(super) next_id: u64,
    pub(super) entry: Option<Arc<Entry>>,
    /// How the answer broke: the leader's to tell.
    pub(super) error: Option<BodyError>,
    /// Where those go on who have been given nothing of what broke.
    pub(super) next: Option<Arc<Flight>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Somebody has to lead.
    Vacant,
    /// The inner service was called.
    Calling,
    /// Its answer has begun.
    Open,
    /// It has come to its end; `shared` is whether it may serve those who have been given nothing yet.
    Complete { shared: bool },
    /// There is no answer, or it broke.
    Broken,
}

struct Part {
    /// Bytes before it.
    start: usize,
    bytes: Bytes,
}

/// A caller.
#[derive(Default)]
pub(super) struct Seat {
    /// The number of the frame that it reads next.
    pub(super) at: u64,
    pub(super) waker: Option<Waker>,
    /// It has been given something, or leads.
    pub(super) committed: bool,
    /// It was too slow, or came too late for an answer too large to keep.
    pub(super) out: bool,
}

impl State {
    pub(super) fn new(phase: Phase) -> Self {
        Self {
            phase,
            changes: 0,
            driver: Place::Gone,
            woken: false,
            head: None,
            tells_usage: false,
            frames: VecDeque::new(),
            first: 0,
            total: 0,
            over: false,
            seats: BTreeMap::new(),
            next_id: 0,
            entry: None,
            error: None,
            next: None,
        }
    }

    pub(super) fn sit(&mut self, committed: bool) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let seat = Seat {
            committed,
            ..Seat::default()
        };
        self.seats.insert(id, seat);
        id
    }

    pub(super) fn seat(&mut self, id: u64) -> &mut Seat {
        self.seats.entry(id).or_default()
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Complete { .. } | Phase::Broken)
    }

    /// Goes on to another phase.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.changes += 1;
    }

    pub(super) fn push(&mut self, bytes: Bytes) {
        self.changes += 1;
        let start = self.total;
        self.total += bytes.len();
        self.frames.push_back(Part { start, bytes });
    }

    /// The next frame for a caller, if there is one.
    pub(super) fn read(&mut self, id: u64) -> Option<Bytes> {
        let first = self.first;
        let seat = self.seats.get_mut(&id)?;
        let at = usize::try_from(seat.at - first).ok()?;
        let bytes = self.frames.get(at)?.bytes.clone();
        seat.at += 1;
        if self.over {
            self.release();
        }
        Some(bytes)
    }

    pub(super) fn has_frames(&self) -> bool {
        !self.frames.is_empty()
    }

    /// All frames, where none was let go.
    pub(super) fn whole(&self) -> Option<Vec<Bytes>> {
        (!self.over).then(|| self.frames.iter().map(|part| part.bytes.clone()).collect())
    }

    /// Nothing more is kept than somebody has yet to read.
    pub(super) fn release(&mut self) {
        let reading = self.seats.values().filter(|seat| !seat.out);
        let least = reading.map(|seat| seat.at).min().unwrap_or(u64::MAX);
        while self.first < least && self.frames.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// Those who have been given nothing have to ask themselves: the answer is too large to keep for them.
    pub(super) fn overflow(&mut self) {
        self.over = true;
        self.changes += 1;
        for seat in self.seats.values_mut().filter(|seat| !seat.committed) {
            seat.out = true;
        }
        self.release();
    }

    /// Leaves behind who is further behind than `most` bytes; says whether somebody is.
    pub(super) fn leave_behind(&mut self, most: usize) -> bool {
        let (first, total, frames) = (self.first, self.total, &self.frames);
        let unread = |at: u64| {
            let part = usize::try_from(at.saturating_sub(first)).ok();
            let part = part.and_then(|at| frames.get(at));
            part.map_or(0, |part| total - part.start)
        };
        let mut any = false;
        for seat in self.seats.values_mut().filter(|seat| !seat.out) {
            if unread(seat.at) > most {
                seat.out = true;
                any = true;
            }
        }
        if any {
            self.changes += 1;
            self.release();
        }
        any
    }

    /// The wakers of all who wait.
    pub(super) fn wakers(&mut self) -> Vec<Waker> {
        let seats = self.seats.values_mut();
        seats.filter_map(|seat| seat.waker.take()).collect()
    }
}
