use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use foldhash::fast::RandomState;

use super::{KeptLabel, MOST, Stream, StreamName};

/// So many labels wait for a store, of all streams.
const ALL: usize = 65_536;
/// So many streams are told apart; others are not kept.
const STREAMS: usize = 16_384;

/// What waits to be told to a store.
#[derive(Default)]
pub(in crate::profile) struct Outbox(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    streams: HashMap<StreamName, Waiting, RandomState>,
    labels: usize,
    lost: u64,
}

#[derive(Default)]
struct Waiting {
    anew: bool,
    labels: VecDeque<KeptLabel>,
}

impl Outbox {
    /// There is such a stream, of which the process has nothing yet, or has what was at hand. Whether it is to be kept:
    /// where there are too many, it is not.
    pub(in crate::profile) fn know(&self, name: &StreamName, anew: bool) -> bool {
        let mut inner = self.inner();
        let room = inner.streams.len() < STREAMS || inner.streams.contains_key(name);
        if room {
            inner.streams.entry(name.clone()).or_default().anew = anew;
        }
        room
    }

    /// One more label. Where there are too many, the oldest of the stream goes.
    pub(in crate::profile) fn put(&self, name: &StreamName, label: KeptLabel) {
        let mut inner = self.inner();
        let full = inner.labels >= ALL;
        let Some(waiting) = inner.streams.get_mut(name) else {
            inner.lost += 1;
            return;
        };
        if full && waiting.labels.is_empty() {
            inner.lost += 1;
            return;
        }
        let over = full || waiting.labels.len() >= MOST;
        if over {
            waiting.labels.pop_front();
        }
        waiting.labels.push_back(label);
        if over {
            inner.lost += 1;
        } else {
            inner.labels += 1;
        }
    }

    /// Everything, which waits no more; and how many labels had no room.
    pub(super) fn take(&self) -> (Vec<Stream>, u64) {
        let mut inner = self.inner();
        let streams = inner.streams.iter_mut().map(|(name, waiting)| Stream {
            name: name.clone(),
            anew: std::mem::take(&mut waiting.anew),
            labels: std::mem::take(&mut waiting.labels).into(),
        });
        let streams = streams.collect();
        inner.labels = 0;
        (streams, std::mem::take(&mut inner.lost))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_struct("Outbox")
            .field("streams", &inner.streams.len())
            .field("labels", &inner.labels)
            .finish()
    }
}
