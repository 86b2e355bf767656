use std::{fmt, sync::Arc};

/// Why a catalog could not be read: everything that is wrong with it, not only the first thing.
///
/// Prints one line a problem, with file, line, item, key, and what to do about it. Never shows a secret: values of
/// headers, keys and addresses are not repeated.
#[derive(Clone, PartialEq, Eq)]
pub struct CatalogError {
    problems: Vec<Problem>,
}

impl CatalogError {
    /// How many problems are printed before the rest is only counted.
    const SHOWN: usize = 20;

    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (&a.source, a.line, a.column).cmp(&(&b.source, b.line, b.column)));
        problems.dedup();
        Self { problems }
    }

    /// All problems, in the order of files and lines.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().take(Self::SHOWN).enumerate() {
            let newline = if i > 0 { "\n" } else { "" };
            write!(f, "{newline}{problem}")?;
        }
        match self.problems.len().saturating_sub(Self::SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more problems"),
        }
    }
}

impl fmt::Debug for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CatalogError({self})")
    }
}

impl std::error::Error for CatalogError {}

/// One thing that is wrong, or merely strange, in a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) source: Option<Arc<str>>,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) item: Box<str>,
    pub(super) key: Box<str>,
    pub(super) what: Box<str>,
}

impl Problem {
    /// The name of the file or text; `None` when the catalog was built in code.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The line, from 1; `None` where there is none.
    pub fn line(&self) -> Option<u32> {
        (self.line > 0).then_some(self.line)
    }

    /// The column in characters, from 1; `None` where there is none.
    pub fn column(&self) -> Option<u32> {
        (self.column > 0).then_some(self.column)
    }

    /// What it is about, such as `model "glm-5"`; empty for the file as a whole.
    pub fn item(&self) -> &str {
        &self.item
    }

    /// The key, such as `price.input`; empty for the item as a whole.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong and what to do.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            f.write_str(source)?;
            if self.line > 0 {
                write!(f, ":{}", self.line)?;
            }
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.item)?;
        if !self.key.is_empty() {
            let comma = if self.item.is_empty() { "" } else { ", " };
            write!(f, "{comma}key {:?}", self.key)?;
        }
        if !self.item.is_empty() || !self.key.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.what)
    }
}

/// Where the keys of an item stand in its source, for problems that are only seen once everything has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) source: Option<Arc<str>>,
    pub(super) item: (u32, u32),
    pub(super) keys: Vec<(Box<str>, (u32, u32))>,
}

impl Places {
    pub(super) fn problem(&self, item: &str, key: &str, what: impl Into<Box<str>>) -> Problem {
        // A key inside another stands where its nearest known parent does.
        let mut name = key;
        let place = loop {
            if let Some((_, place)) = self.keys.iter().find(|(known, _)| **known == *name) {
                break *place;
            }
            match name.rsplit_once('.') {
                Some((parent, _)) => name = parent,
                None => break self.item,
            }
        };
        Problem {
            source: self.source.clone(),
            line: place.0,
            column: place.1,
            item: item.into(),
            key: key.into(),
            what: what.into(),
        }
    }
}
