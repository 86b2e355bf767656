use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use crate::idempotency::{fingerprint::Fingerprint, key::Key, record::Record};

/// What the lock of a store guards.
///
/// Room is counted, never measured: a key takes [`Kept::KEY`] bytes, and what is recorded of its answer what it says.
#[derive(Debug)]
pub(super) struct Kept {
    most: usize,
    /// Of all slots together.
    bytes: usize,
    /// Of those whose calls are under way, which nothing can be taken from.
    open: usize,
    slots: HashMap<Key, Slot>,
    /// Those that are over, each once, in the order in which they ended.
    over: VecDeque<Key>,
}

/// A key that was used.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) print: Fingerprint,
    bytes: usize,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    InFlight,
    Over { since: Instant, end: End },
}

/// How a call ended whose key is remembered.
#[derive(Clone, Debug)]
pub(in crate::idempotency) enum End {
    /// Whole, and here it is.
    Done(Arc<Record>),
    /// Whole, but too large to be kept.
    NotKept,
    /// Not whole, and something was spent.
    Failed,
}

impl End {
    fn bytes(&self) -> usize {
        match self {
            Self::Done(record) => record.bytes(),
            Self::NotKept | Self::Failed => 0,
        }
    }
}

impl Kept {
    /// What a key takes by itself: its slot in a map that may be half empty, its place in the order, and what a record is
    /// apart from its bytes.
    pub(super) const KEY: usize = 1_024;

    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            bytes: 0,
            open: 0,
            slots: HashMap::new(),
            over: VecDeque::new(),
        }
    }

    pub(super) const fn most(&self) -> usize {
        self.most
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Slot> {
        self.slots.get(key)
    }

    /// Takes out what was over before so long. Those that ended first stand first.
    pub(super) fn expire(&mut self, ttl: Duration, gone: &mut Vec<Slot>) {
        while let Some(key) = self.over.front() {
            let since = match self.slots.get(key).map(|slot| &slot.state) {
                Some(State::Over { since, .. }) => *since,
                _ => break,
            };
            if since.elapsed() < ttl {
                break;
            }
            gone.extend(self.take_oldest());
        }
    }

    /// A new key, whose call is under way; says whether there was room for it.
    pub(super) fn open(&mut self, key: Key, print: Fingerprint, gone: &mut Vec<Slot>) -> bool {
        if !self.make_room(Self::KEY, gone) {
            return false;
        }
        self.bytes += Self::KEY;
        self.open += Self::KEY;
        let slot = Slot {
            print,
            bytes: Self::KEY,
            state: State::InFlight,
        };
        self.slots.insert(key, slot);
        true
    }

    /// Lets what a call under way has recorded take so many bytes; says whether there was room.
    pub(super) fn resize(&mut self, key: &Key, record: usize, gone: &mut Vec<Slot>) -> bool {
        let Some(slot) = self.slots.get(key) else {
            return false;
        };
        let (old, new) = (slot.bytes, Self::KEY.saturating_add(record));
        if new > old && !self.make_room(new - old, gone) {
            return false;
        }
        if let Some(slot) = self.slots.get_mut(key) {
            slot.bytes = new;
        }
        self.bytes = self.bytes - old + new;
        self.open = self.open - old + new;
        true
    }

    /// A call under way has ended, and its key is remembered.
    pub(super) fn close(&mut self, key: Key, mut end: End, gone: &mut Vec<Slot>) {
        // What was recorded has its room already, and takes no more.
        if !self.resize(&key, end.bytes(), gone) {
            end = End::NotKept;
            self.resize(&key, 0, gone);
        }
        if let Some(slot) = self.slots.get_mut(&key) {
            let since = Instant::now();
            slot.state = State::Over { since, end };
            self.open -= slot.bytes;
            self.over.push_back(key);
        }
    }

    /// A call under way has ended, and its key is free.
    pub(super) fn free(&mut self, key: &Key) {
        if let Some(slot) = self.slots.remove(key) {
            self.bytes -= slot.bytes;
            self.open -= slot.bytes;
        }
    }

    /// Lets go of those that ended first until so many bytes are free; of none where that is not enough.
    fn make_room(&mut self, bytes: usize, gone: &mut Vec<Slot>) -> bool {
        if self.open.saturating_add(bytes) > self.most {
            return false;
        }
        while self.bytes.saturating_add(bytes) > self.most {
            match self.take_oldest() {
                Some(slot) => gone.push(slot),
                None => return false,
            }
        }
        true
    }

    fn take_oldest(&mut self) -> Option<Slot> {
        let slot = self.slots.remove(&self.over.pop_front()?)?;
        self.bytes -= slot.bytes;
        Some(slot)
    }

    /// Whether what is counted is what is there.
    #[cfg(test)]
    pub(super) fn adds_up(&self) -> bool {
        let open = |slot: &&Slot| matches!(slot.state, State::InFlight);
        let sum =
            |slots: &mut dyn Iterator<Item = &Slot>| slots.map(|slot| slot.bytes).sum::<usize>();
        let real = |slot: &Slot| match &slot.state {
            State::InFlight => slot.bytes >= Self::KEY,
            State::Over { end, .. } => slot.bytes == Self::KEY + end.bytes(),
        };
        sum(&mut self.slots.values()) == self.bytes
            && sum(&mut self.slots.values().filter(open)) == self.open
            && self.bytes <= self.most
            && self.over.len() == self.slots.values().filter(|slot| !open(slot)).count()
            && self.slots.values().all(real)
    }
}
