use std::fmt;

/// Something in a list that did not become a fact, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub(super) model: Box<str>,
    pub(super) key: Box<str>,
    pub(super) kind: NoteKind,
    pub(super) line: u32,
}

impl Note {
    /// The model as the list calls it; empty for the list as a whole.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The key in the list, at most 80 characters of it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Why.
    pub const fn kind(&self) -> NoteKind {
        self.kind
    }

    /// The line of the file, from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {:?}", self.line, self.model)?;
        write!(f, ", {:?}: {}", self.key, self.kind)
    }
}

/// Why something in a list did not become a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// Nobody here knows the key.
    Unknown,
    /// It is about money, and there is no word for it in a catalog.
    NoWord,
    /// The value is not of the shape that the key has.
    Misshapen,
    /// Finer than a pico-dollar: rounded up.
    Rounded,
    /// Two keys price the same: the dearer counts.
    Dearer,
    /// The list gives the key twice: neither counts.
    Repeated,
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "not understood",
            Self::NoWord => "a price that a catalog has no word for",
            Self::Misshapen => "not of the expected shape",
            Self::Rounded => "finer than a pico-dollar, rounded up",
            Self::Dearer => "priced twice, the dearer counts",
            Self::Repeated => "given twice, neither counts",
        })
    }
}
