use std::{ops::Range, sync::Arc, time::Duration};

use ::toml::de::DeTable;

use super::{
    super::{
        CatalogError, Problem,
        build::{hint, quoted},
    },
    file::File,
    section::Section,
};
use crate::money::Usd;

/// A table of a file that is a catalog and more: what reads the rest of such a file gives the same messages.
pub(crate) struct Reader<'a>(Section<'a>);

/// What was found in a file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What makes it unusable.
    pub(crate) wrong: Vec<Problem>,
    /// What is to be looked at.
    pub(crate) strange: Vec<Problem>,
}

impl Findings {
    /// All that is wrong, as an error.
    pub(crate) fn into_error(self) -> CatalogError {
        CatalogError::new(self.wrong)
    }
}

impl<'a> Reader<'a> {
    /// Reads a text; what `read` makes of it is `None` where the text is no TOML.
    pub(crate) fn read<T>(
        name: Arc<str>,
        text: &str,
        read: impl FnOnce(&Reader<'_>) -> T,
    ) -> (Option<T>, Findings) {
        let file = File::new(name, text);
        let made = match DeTable::parse(text) {
            Ok(table) => Some(read(&Reader(Section::top(&file, table.get_ref())))),
            Err(error) => {
                let span: Option<Range<usize>> = error.span();
                let place = span.map_or((0, 0), |span| file.place(span.start));
                file.wrong(place, "", "", error.message());
                None
            }
        };
        let (wrong, strange) = file.into_findings();
        (made, Findings { wrong, strange })
    }

    pub(crate) fn wrong(&self, key: &str, what: impl Into<Box<str>>) {
        self.0.wrong(key, what);
    }

    /// Reports a name that stands for nothing, with the known one that is most like it.
    pub(crate) fn wrong_name<'n>(
        &self,
        key: &str,
        name: &str,
        what: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        self.0
            .wrong(key, format!("{} {what}{}", quoted(name), hint(name, known)));
    }

    /// Reports what is wrong with a key without showing the key.
    pub(crate) fn hidden(&self, key: &str, what: impl Into<Box<str>>) {
        self.0.hidden(key, what);
    }

    pub(crate) fn strange(&self, key: &str, what: impl Into<Box<str>>) {
        self.0.strange(key, what);
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.has(key)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.names()
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.0.pairs()
    }

    pub(crate) fn keys(&self, known: &[&str]) {
        self.0.keys(known);
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.0.text(key)
    }

    pub(crate) fn needed(&self, key: &str) -> Option<&'a str> {
        self.0.needed(key)
    }

    pub(crate) fn texts(&self, key: &str) -> Vec<&'a str> {
        self.0.texts(key)
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.0.flag(key)
    }

    pub(crate) fn whole(&self, key: &str) -> Option<u64> {
        self.0.whole(key)
    }

    pub(crate) fn digits(&self, key: &str) -> Option<&'a str> {
        self.0.digits(key)
    }

    pub(crate) fn usd(&self, key: &str) -> Option<Usd> {
        self.0.usd(key)
    }

    pub(crate) fn duration(&self, key: &str) -> Option<Duration> {
        self.0.duration(key)
    }

    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&'static str, T)]) -> Option<T> {
        self.0.word(key, words)
    }

    pub(crate) fn section(&self, key: &str) -> Option<Reader<'a>> {
        self.0.section(key).map(Self)
    }

    pub(crate) fn entries(&self, key: &str) -> Vec<Reader<'a>> {
        self.0.entries(key).into_iter().map(Self).collect()
    }
}
