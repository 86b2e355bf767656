use std::{sync::Arc, time::SystemTime};

use super::Problem;

/// What a snapshot was made of.
#[derive(Clone, Debug)]
pub struct Info {
    pub(super) sources: Vec<SourceInfo>,
    pub(super) hash: Box<str>,
    pub(super) models: usize,
    pub(super) providers: usize,
    pub(super) aliases: usize,
    pub(super) warnings: Vec<Problem>,
    pub(super) loaded: SystemTime,
}

impl Info {
    /// The sources, in the order in which they were laid on top of each other. None when built in code.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.sources
    }

    /// The BLAKE3 hash of all sources' text, in hexadecimal: equal where the catalogs are. Empty when built in code.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many models there are, those that are never candidates included.
    pub const fn models(&self) -> usize {
        self.models
    }

    /// How many providers there are.
    pub const fn providers(&self) -> usize {
        self.providers
    }

    /// How many aliases there are, `auto` included.
    pub const fn aliases(&self) -> usize {
        self.aliases
    }

    /// What is strange but no error: old prices, a sunset that is near, words that look like slips.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// When it was made.
    pub const fn loaded(&self) -> SystemTime {
        self.loaded
    }
}

/// One source of a snapshot.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    pub(super) name: Arc<str>,
    pub(super) modified: Option<SystemTime>,
    pub(super) as_of: Option<super::Date>,
}

impl SourceInfo {
    /// The file's path, or the name given to the text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the file was last changed, as far as the file system says.
    pub const fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// The day that the source says its facts are of (`as_of`).
    pub const fn as_of(&self) -> Option<super::Date> {
        self.as_of
    }
}
