use std::{fmt, fs::File, path::PathBuf};

use redb::{Builder, Database, DatabaseError};

/// Of a file that is read whole when it is opened, and then only written.
const CACHE_BYTES: usize = 16 << 20;

/// Where the file is, so that it can be opened again after it failed.
pub(super) trait Disk: fmt::Debug + Send + Sync {
    /// Opens it, or makes it where there is none.
    fn open(&self) -> Result<Database, DatabaseError>;

    /// For messages.
    fn name(&self) -> String;
}

/// How all are opened: what was changed behind redb's back is found before it is believed.
pub(super) fn builder(checked: bool) -> Builder {
    let mut builder = Builder::new();
    builder
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(checked);
    builder
}

/// A file of the file system.
#[derive(Debug)]
pub(super) struct Path(pub(super) PathBuf);

impl Disk for Path {
    fn open(&self) -> Result<Database, DatabaseError> {
        let is_new = std::fs::metadata(&self.0).map_or(true, |found| found.len() == 0);
        let database = builder(!is_new).create(&self.0)?;
        if is_new {
            // A file whose name is not on the disk is gone after a power cut.
            let folder = self.0.parent().filter(|at| !at.as_os_str().is_empty());
            let folder = folder.unwrap_or(std::path::Path::new("."));
            if cfg!(unix) {
                let synced = File::open(folder).and_then(|folder| folder.sync_all());
                synced.map_err(redb::StorageError::from)?;
            }
        }
        Ok(database)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}
