use std::{
    fmt,
    fs::File,
    io::{self, ErrorKind},
    path::PathBuf,
};

use redb::{Builder, Database, DatabaseError, StorageError};

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

impl Path {
    /// Makes an empty file, which gets its name when it is whole: nobody ever sees a half of it.
    fn create(&self) -> io::Result<()> {
        let mut name = self.0.clone().into_os_string();
        name.push(format!(".{:016x}.new", fastrand::u64(..)));
        let half = PathBuf::from(name);
        let made = builder(false).create(&half).map_err(io::Error::other);
        let named = made
            .map(drop)
            .and_then(|()| match std::fs::hard_link(&half, &self.0) {
                // Another process was faster, and its file is as good.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                // There are file systems without second names.
                Err(_) => std::fs::rename(&half, &self.0),
                Ok(()) => Ok(()),
            });
        let _ = std::fs::remove_file(&half);
        named?;
        // A file whose name is not on the disk is gone after a power cut.
        if cfg!(unix) {
            let folder = self.0.parent().filter(|at| !at.as_os_str().is_empty());
            File::open(folder.unwrap_or(std::path::Path::new(".")))?.sync_all()?;
        }
        Ok(())
    }
}

impl Disk for Path {
    fn open(&self) -> Result<Database, DatabaseError> {
        match std::fs::metadata(&self.0) {
            Ok(found) if found.len() > 0 => {}
            // Somebody has made room for it. Killed while it is made, it is no ledger, and says so.
            Ok(_) => return builder(false).create(&self.0),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.create().map_err(StorageError::from)?;
            }
            Err(error) => return Err(StorageError::from(error).into()),
        }
        builder(true).create(&self.0)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}
