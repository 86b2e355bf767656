use std::fmt;

use thiserror::Error;

use crate::catalog::{CatalogError, Problem};

/// Why a configuration could not be read: everything that is wrong with it, not only the first thing.
///
/// Prints one line a problem, with file, line, key, and what to do about it. Shows no secret.
#[derive(Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ConfigError(CatalogError);

impl ConfigError {
    pub(super) const fn new(error: CatalogError) -> Self {
        Self(error)
    }

    /// All problems, in the order of files and lines.
    pub fn problems(&self) -> &[Problem] {
        self.0.problems()
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigError({self})")
    }
}
