use std::{fmt, sync::Arc, time::SystemTime};

use super::{super::Date, Format};

/// Where prices were taken from.
///
/// Prints as it stands in a price's [`source`](super::super::Price::source) once it has been taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    pub(super) format: Format,
    pub(super) file: Arc<str>,
    pub(super) version: Option<Box<str>>,
    pub(super) dated: Option<Date>,
    pub(super) hash: Box<str>,
    pub(super) imported: Date,
}

impl Provenance {
    pub(super) fn new(format: Format, file: &Arc<str>, bytes: &[u8]) -> Self {
        Self {
            format,
            file: Arc::clone(file),
            version: None,
            dated: None,
            hash: blake3::hash(bytes).to_hex().as_str().into(),
            imported: Date::of(SystemTime::now()),
        }
    }

    /// Whose list it is.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The name that the file was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The version of the list, where somebody said it: no list does.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The day of the list, where somebody said it.
    pub const fn dated(&self) -> Option<Date> {
        self.dated
    }

    /// The BLAKE3 hash of the file, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The day of the import, in UTC.
    pub const fn imported(&self) -> Date {
        self.imported
    }

    /// The day on which its prices can be said to have been right: the list's own, else that of the import.
    pub fn as_of(&self) -> Date {
        self.dated.unwrap_or(self.imported)
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format.name())?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        if let Some(day) = self.dated {
            write!(f, " of {day}")?;
        }
        write!(f, ", imported {}", self.imported)?;
        write!(f, ", blake3 {}", self.hash.get(..16).unwrap_or(&self.hash))
    }
}
