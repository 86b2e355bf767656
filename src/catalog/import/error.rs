use std::{fmt, sync::Arc};

/// Why a file is no price list, and where in it.
///
/// Prints as `prices.json:12:7: …`. Never repeats what stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    pub(super) file: Arc<str>,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) what: Box<str>,
}

impl ImportError {
    pub(super) fn new(file: &Arc<str>, place: (u32, u32), what: impl Into<Box<str>>) -> Self {
        Self {
            file: Arc::clone(file),
            line: place.0,
            column: place.1,
            what: what.into(),
        }
    }

    /// The name that the file was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1; `None` where it is about the file as a whole.
    pub fn line(&self) -> Option<u32> {
        (self.line > 0).then_some(self.line)
    }

    /// The column in bytes, from 1; `None` where it is about the file as a whole.
    pub fn column(&self) -> Option<u32> {
        (self.column > 0).then_some(self.column)
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for ImportError {}
