#[cfg(feature = "toml")]
use std::sync::{Mutex, PoisonError};
use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;

#[cfg(feature = "toml")]
use super::{CatalogError, Source};
use super::{Info, Quarantine, Snapshot};

/// A handle on the catalog in force; clones share it.
///
/// A call takes a [`snapshot`](Self::snapshot) once and keeps it. Reloading swaps the whole catalog at once: no call
/// ever sees half of one.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    current: ArcSwap<Snapshot>,
    quarantine: Arc<Quarantine>,
    #[cfg(feature = "toml")]
    sources: Vec<Source>,
    /// Two reloads at once would race for which is the newer.
    #[cfg(feature = "toml")]
    reloading: Mutex<()>,
}

impl Catalog {
    /// From a snapshot that was built in code.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            shared: Arc::new(Shared {
                quarantine: Arc::clone(&snapshot.quarantine),
                current: ArcSwap::from_pointee(snapshot),
                #[cfg(feature = "toml")]
                sources: Vec::new(),
                #[cfg(feature = "toml")]
                reloading: Mutex::new(()),
            }),
        }
    }

    /// The catalog in force now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.current.load_full()
    }

    /// Puts another snapshot in force for every clone of this handle. Calls on their way keep theirs.
    pub fn replace(&self, snapshot: impl Into<Arc<Snapshot>>) {
        let mut snapshot = snapshot.into();
        let quarantine = &self.shared.quarantine;
        if !Arc::ptr_eq(&snapshot.quarantine, quarantine) {
            Arc::make_mut(&mut snapshot).quarantine = Arc::clone(quarantine);
        }
        quarantine.reload(&snapshot);
        self.shared.current.store(snapshot);
    }

    /// The prices that bills have shown to be too low: for operators to see and to lift.
    pub fn quarantine(&self) -> &Quarantine {
        &self.shared.quarantine
    }

    /// What the catalog in force was made of.
    pub fn info(&self) -> Info {
        self.snapshot().info().clone()
    }
}

#[cfg(feature = "toml")]
impl Catalog {
    /// The models that this crate knows, at list prices of the day that [`info`](Self::info) names.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[allow(clippy::expect_used)]
    pub fn builtin() -> Self {
        Self::parse(&[Source::builtin()]).expect("the built-in catalog is read by a test")
    }

    /// Reads one text.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn from_toml(text: &str) -> Result<Self, CatalogError> {
        Self::parse(&[Source::text("catalog", text)])
    }

    /// Reads one file.
    ///
    /// # Errors
    /// When the file cannot be read, or with everything that is wrong with it.
    pub fn load(path: impl Into<std::path::PathBuf>) -> Result<Self, CatalogError> {
        Self::parse(&[Source::file(path)])
    }

    /// Reads several sources. Later ones lie on top: a provider, model or alias there replaces the one of the same
    /// name below, as a whole.
    ///
    /// # Errors
    /// When a file cannot be read, or with everything that is wrong.
    pub fn parse(sources: &[Source]) -> Result<Self, CatalogError> {
        let snapshot = super::toml::read(sources)?;
        Ok(Self {
            shared: Arc::new(Shared {
                quarantine: Arc::clone(&snapshot.quarantine),
                current: ArcSwap::from_pointee(snapshot),
                sources: sources.to_vec(),
                reloading: Mutex::new(()),
            }),
        })
    }

    /// Reads the sources again and puts the result in force for every clone of this handle. Blocks while it reads.
    ///
    /// A catalog that was built in code has no sources and stays as it is.
    ///
    /// # Errors
    /// When something is wrong; the catalog in force then stays in force.
    pub fn reload(&self) -> Result<Info, CatalogError> {
        let _one = self
            .shared
            .reloading
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !self.shared.sources.is_empty() {
            self.replace(super::toml::read(&self.shared.sources)?);
        }
        Ok(self.info())
    }
}

impl From<Snapshot> for Catalog {
    fn from(snapshot: Snapshot) -> Self {
        Self::new(snapshot)
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("info", self.snapshot().info())
            .finish_non_exhaustive()
    }
}
