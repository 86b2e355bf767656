use std::{cell::RefCell, ops::Range, sync::Arc};

use ::toml::de::DeTable;

use super::{
    super::{Date, SnapshotBuilder, error::Problem},
    alias, model, provider,
    section::Section,
};

/// A text being read, and what was found wrong with it.
pub(super) struct File<'t> {
    pub(super) name: Arc<str>,
    text: &'t str,
    /// Where lines begin.
    lines: Vec<usize>,
    wrong: RefCell<Vec<Problem>>,
    strange: RefCell<Vec<Problem>>,
}

impl<'t> File<'t> {
    /// Beyond this many, the file is something else than a catalog.
    const MOST: usize = 100;

    pub(super) fn new(name: Arc<str>, text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let lines = std::iter::once(0)
            .chain(breaks.map(|(i, _)| i + 1))
            .collect();
        Self {
            name,
            text,
            lines,
            wrong: RefCell::default(),
            strange: RefCell::default(),
        }
    }

    /// Line and column, from 1, of a byte.
    pub(super) fn place(&self, at: usize) -> (u32, u32) {
        let line = self
            .lines
            .partition_point(|begin| *begin <= at)
            .saturating_sub(1);
        let begin = self.lines.get(line).copied().unwrap_or(0);
        let before = self
            .text
            .get(begin..at)
            .map_or(0, |text| text.chars().count());
        let small = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        (small(line), small(before))
    }

    pub(super) fn wrong(
        &self,
        place: (u32, u32),
        item: &str,
        key: &str,
        what: impl Into<Box<str>>,
    ) {
        let mut wrong = self.wrong.borrow_mut();
        if wrong.len() < Self::MOST {
            wrong.push(self.problem(place, item, key, what));
        }
    }

    pub(super) fn strange(
        &self,
        place: (u32, u32),
        item: &str,
        key: &str,
        what: impl Into<Box<str>>,
    ) {
        self.strange
            .borrow_mut()
            .push(self.problem(place, item, key, what));
    }

    fn problem(
        &self,
        place: (u32, u32),
        item: &str,
        key: &str,
        what: impl Into<Box<str>>,
    ) -> Problem {
        Problem {
            source: Some(Arc::clone(&self.name)),
            line: place.0,
            column: place.1,
            item: item.into(),
            key: key.into(),
            what: what.into(),
        }
    }

    pub(super) fn into_findings(self) -> (Vec<Problem>, Vec<Problem>) {
        (self.wrong.into_inner(), self.strange.into_inner())
    }

    /// Reads the entries; the day that the file says its facts are of.
    pub(super) fn read(&self, allowed: &[Box<str>], draft: &mut SnapshotBuilder) -> Option<Date> {
        let table = match DeTable::parse(self.text) {
            Ok(table) => table,
            Err(error) => {
                let span: Option<Range<usize>> = error.span();
                let place = span.map_or((0, 0), |span| self.place(span.start));
                // The message says what was expected and never what stood there.
                self.wrong(place, "", "", error.message());
                return None;
            }
        };
        let top = Section::top(self, table.get_ref());
        let mut known = vec!["provider", "model", "alias", "as_of"];
        known.extend(allowed.iter().map(|key| &**key));
        top.keys(&known);
        let as_of = top.date("as_of");
        for entry in top.entries("provider") {
            if let Some(provider) = provider::read(&entry) {
                draft.add_provider(provider);
            }
        }
        for entry in top.entries("model") {
            if let Some(model) = model::read(&entry, as_of) {
                draft.add_model(model);
            }
        }
        for entry in top.entries("alias") {
            if let Some(alias) = alias::read(&entry) {
                draft.add_alias(alias);
            }
        }
        as_of
    }
}
