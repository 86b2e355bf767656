use std::{
    fmt,
    future::ready,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    super::{Heard, ProfileStore, StoreError, StoreFuture, Told},
    Kept,
    disk::Disk,
    read, write,
};

/// Keeps what is learned in a file, for one process.
///
/// The file has a line of JSON for each label and each row of sums, so that people can read it. It is written anew, whole,
/// each time there is something new: under another name first (`….half`), and named when all of it is on the disk. Whenever
/// the process or the machine ends, the file is as it was after one exchange or the next. It has at most 1 024 labels of
/// each stream, of some 800 bytes each.
///
/// While it is open it is this process's alone: a lock on the file `….lock` beside it says so. See the
/// [module docs](crate::profile::store) for an example.
pub struct FileStore {
    name: Arc<str>,
    state: Mutex<State>,
}

struct State {
    disk: Disk,
    kept: Kept,
    /// Something was taken in that the file does not have.
    unwritten: bool,
}

impl FileStore {
    /// Opens a file, or will make it where there is none. Reads it: this blocks.
    ///
    /// # Errors
    /// Where it cannot be read, is another process's, makes no sense, or was written by a later version. The file is left
    /// as it is.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let name: Arc<str> = path.display().to_string().into();
        let unavailable =
            |why: &dyn fmt::Display| StoreError::unavailable(format!("{name}: {why}"));
        let disk = Disk::take(path).map_err(|error| unavailable(&error))?;
        let disk = disk.ok_or_else(|| unavailable(&"another process has it open"))?;
        let kept = read::read(disk.path(), &name)?;
        Ok(Self {
            name,
            state: Mutex::new(State {
                disk,
                kept,
                unwritten: false,
            }),
        })
    }

    /// Reads a file and does nothing else: whether it makes sense.
    ///
    /// # Errors
    /// Where it cannot be read, makes no sense, or was written by a later version. One that is not there is none.
    pub fn check(path: impl AsRef<Path>) -> Result<(), StoreError> {
        let path = path.as_ref();
        read::read(path, &path.display().to_string().into()).map(drop)
    }

    fn keep(&self, told: &Told) -> Result<Heard, StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State {
            disk,
            kept,
            unwritten,
        } = &mut *state;
        *unwritten |= told.has_news();
        let heard = kept.take(told);
        if *unwritten {
            let written = disk.write(|file| write::write(kept, file));
            let failed = |error| StoreError::unavailable(format!("{}: {error}", self.name));
            written.map_err(failed)?;
            *unwritten = false;
        }
        Ok(heard)
    }
}

impl ProfileStore for FileStore {
    fn at_hand(&self) -> Heard {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept.all()
    }

    fn exchange<'a>(&'a self, told: &'a Told) -> StoreFuture<'a, Result<Heard, StoreError>> {
        Box::pin(ready(self.keep(told)))
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
