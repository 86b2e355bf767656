use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

use redb::{Database, DatabaseError, StorageBackend};

use crate::budget::file::disk::{Disk, builder};

/// A disk: what it has, and what of it a power cut would leave.
#[derive(Clone, Debug, Default)]
pub(super) struct Platter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// What is read: a kill of the process leaves this.
    bytes: Vec<u8>,
    /// What is surely kept.
    synced: Vec<u8>,
    /// What happened since, in order.
    unsynced: Vec<Change>,
    /// How many changes and syncs there were.
    pub(super) operations: u64,
    /// How often the head of the file was written, which says which rows count: once in each commit.
    pub(super) commits: u64,
    /// From this operation on nothing works any more.
    pub(super) dies_at: Option<u64>,
    /// Nothing can be written.
    pub(super) full: bool,
    /// Nothing can be synced.
    pub(super) deaf: bool,
    /// Syncs wait until this is off.
    pub(super) stuck: bool,
    /// How many wait.
    pub(super) waiting: u32,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// What a crash leaves of what was not synced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Left {
    Nothing,
    All,
    /// All but the second half of the last write.
    Torn,
    /// Each change or not, by chance.
    Some(u64),
}

impl Platter {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let platter = Self::default();
        let mut state = platter.lock();
        state.synced = bytes.clone();
        state.bytes = bytes;
        drop(state);
        platter
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.0.moved.notify_all();
    }

    /// Waits until a sync is stuck.
    pub(super) fn wait_until_stuck(&self) {
        let state = self.lock();
        drop(self.0.moved.wait_while(state, |state| state.waiting == 0));
    }

    /// What is there after a crash.
    pub(super) fn after_crash(&self, left: Left) -> Vec<u8> {
        let state = self.lock();
        let mut bytes = state.synced.clone();
        let mut chance = match left {
            Left::Some(seed) => fastrand::Rng::with_seed(seed),
            Left::Nothing => return bytes,
            Left::All | Left::Torn => fastrand::Rng::with_seed(0),
        };
        let last = state.unsynced.len().saturating_sub(1);
        for (at, change) in state.unsynced.iter().enumerate() {
            match change {
                _ if matches!(left, Left::Some(_)) && chance.bool() => {}
                Change::Write(offset, data) if matches!(left, Left::Torn) && at == last => {
                    apply(
                        &mut bytes,
                        &Change::Write(*offset, data[..data.len() / 2].to_vec()),
                    );
                }
                change => apply(&mut bytes, change),
            }
        }
        bytes
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => bytes.resize(*length, 0),
        Change::Write(offset, data) => {
            let end = offset + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*offset..end].copy_from_slice(data);
        }
    }
}

impl State {
    /// Puts other bytes into the place of all, on a disk that is well.
    pub(super) fn replace(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes.clone();
        self.synced = bytes;
        self.unsynced.clear();
        self.deaf = false;
    }

    fn operation(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.dies_at {
            Some(at) if self.operations >= at => Err(io::Error::other("the machine is off")),
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        self.operation()?;
        if self.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        apply(&mut self.bytes, &change);
        self.unsynced.push(change);
        Ok(())
    }
}

impl Disk for Platter {
    fn open(&self) -> Result<Database, DatabaseError> {
        if self.lock().bytes.is_empty() {
            // As a file gets its name once it is whole.
            let whole = Self::of(Vec::new());
            drop(builder(false).create_with_backend(whole.clone())?);
            let bytes = whole.after_crash(Left::All);
            self.lock().replace(bytes);
        }
        builder(true).create_with_backend(self.clone())
    }

    fn name(&self) -> String {
        "platter".into()
    }
}

impl StorageBackend for Platter {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let state = self.lock();
        let found = state.bytes.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        self.lock().change(Change::Length(length))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.operation()?;
        state.waiting += 1;
        self.0.moved.notify_all();
        let mut state = self.0.moved.wait_while(state, |state| state.stuck).unwrap();
        state.waiting -= 1;
        if state.deaf {
            return Err(io::Error::other("fsync failed"));
        }
        state.synced = state.bytes.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let mut state = self.lock();
        state.commits += u64::from(offset == 0);
        state.change(Change::Write(offset, data.to_vec()))
    }
}
