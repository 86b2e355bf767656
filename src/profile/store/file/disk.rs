use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// What a file that is being written ends with.
const HALF: &str = ".half";

/// The file's folder, and what stands there beside it.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    /// Held as long as the store is open: two processes would undo what the other has written.
    _lock: File,
}

impl Disk {
    /// Takes the file for this process. `None` where it is another one's.
    pub(super) fn take(path: PathBuf) -> io::Result<Option<Self>> {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(&path, ".lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // A process was killed while it wrote.
        match fs::remove_file(beside(&path, HALF)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(Some(Self { path, _lock: lock })),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it anew: under another name, which becomes its own when all of it is on the disk. Nobody ever sees a half of
    /// it, whenever the process or the machine ends.
    pub(super) fn write(
        &self,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let half = beside(&self.path, HALF);
        let mut file = BufWriter::new(File::create(&half)?);
        content(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&half, &self.path)?;
        // A name that is not on the disk is gone after a power cut.
        if cfg!(unix) {
            let folder = self.path.parent().filter(|at| !at.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Ok(())
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
