use std::{collections::BTreeMap, fmt};

use super::{
    super::{Date, Kind, Rate},
    Doubt, Format, Note, NoteKind, Provenance, Slot,
    pattern::Pattern,
};
use crate::query::Capability;

/// What a price list says, as far as it was understood, and what was not.
///
/// Nothing in it is trusted yet: a `Review` compares it with a catalog.
#[derive(Clone)]
pub struct Imported {
    pub(super) provenance: Provenance,
    pub(super) models: Vec<ImportedModel>,
    pub(super) log: Log,
}

impl Imported {
    /// The version of the list, which no list says of itself.
    #[must_use]
    pub fn version(mut self, version: impl Into<Box<str>>) -> Self {
        self.provenance.version = Some(version.into());
        self
    }

    /// The day of the list, which no list says of itself. Prices that were checked later are not replaced.
    #[must_use]
    pub const fn dated(mut self, day: Date) -> Self {
        self.provenance.dated = Some(day);
        self
    }

    /// The day of the import; today in UTC unless given.
    #[must_use]
    pub const fn imported_on(mut self, day: Date) -> Self {
        self.provenance.imported = day;
        self
    }

    /// Where it is from.
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The models, in the order of the list.
    pub fn models(&self) -> &[ImportedModel] {
        &self.models
    }

    /// What did not become a fact; at most 100,000 of them.
    pub fn notes(&self) -> &[Note] {
        &self.log.notes
    }

    /// How many notes were left off beyond those.
    pub const fn notes_left_off(&self) -> usize {
        self.log.left_off
    }

    /// How often each key that is not understood occurs, by kind and key.
    pub fn not_understood(&self) -> BTreeMap<(NoteKind, &str), usize> {
        let mut counts = BTreeMap::new();
        for note in &self.log.notes {
            if !matches!(note.kind, NoteKind::Rounded | NoteKind::Dearer) {
                *counts.entry((note.kind, &*note.key)).or_insert(0) += 1;
            }
        }
        counts
    }

    /// How many values were read as what they are, prices and other facts.
    pub const fn understood(&self) -> usize {
        self.log.understood
    }

    /// How many prices are exact in pico-dollars.
    pub const fn exact(&self) -> usize {
        self.log.exact
    }

    /// How many prices were rounded up to a pico-dollar.
    pub const fn rounded(&self) -> usize {
        self.log.rounded
    }

    /// How many prices are zero, negative, or no numbers.
    pub const fn doubtful(&self) -> usize {
        self.log.doubtful
    }
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imported")
            .field("provenance", &self.provenance)
            .field("models", &self.models.len())
            .field("notes", &self.log.notes.len())
            .finish_non_exhaustive()
    }
}

/// A model of a list.
#[derive(Clone, Debug)]
pub struct ImportedModel {
    pub(super) name: Box<str>,
    pub(super) id: Box<str>,
    pub(super) listed_provider: Box<str>,
    pub(super) provider: Option<&'static str>,
    pub(super) patterns: Option<Pattern>,
    pub(super) kind: Option<Kind>,
    pub(super) rates: Vec<Rate>,
    pub(super) doubts: Vec<(Slot, Doubt)>,
    pub(super) regions: Vec<(Box<str>, u32)>,
    pub(super) context: Option<u64>,
    pub(super) max_output: Option<u64>,
    pub(super) can: Vec<Capability>,
    pub(super) ends: Option<Date>,
    pub(super) deprecated: bool,
    pub(super) line: u32,
}

impl ImportedModel {
    pub(super) fn new(format: Format, listed_provider: &str, name: &str, id: &str) -> Self {
        Self {
            name: name.into(),
            id: id.into(),
            listed_provider: listed_provider.into(),
            provider: super::vendor::ours(format, listed_provider),
            patterns: None,
            kind: None,
            rates: Vec::new(),
            doubts: Vec::new(),
            regions: Vec::new(),
            context: None,
            max_output: None,
            can: Vec::new(),
            ends: None,
            deprecated: false,
            line: 0,
        }
    }

    /// What the list calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its provider calls it, as far as the list's name tells.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the list calls its provider.
    pub fn listed_provider(&self) -> &str {
        &self.listed_provider
    }

    /// What the built-in catalog calls, or would call, its provider; `None` for those that it does not know.
    pub const fn provider(&self) -> Option<&str> {
        self.provider
    }

    /// What it makes, where a catalog has a word for it.
    pub const fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// The rates that could be read, in no order that matters.
    pub fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// The prices that are none, and why.
    pub fn doubts(&self) -> impl Iterator<Item = (&Slot, Doubt)> {
        self.doubts.iter().map(|(slot, doubt)| (slot, *doubt))
    }

    /// Regions and what tokens cost there, in thousandths.
    pub fn region_factors(&self) -> impl Iterator<Item = (&str, u32)> {
        self.regions
            .iter()
            .map(|(region, per_mille)| (&**region, *per_mille))
    }

    /// How many tokens prompt and answer, or the prompt alone, may have.
    pub const fn context(&self) -> Option<u64> {
        self.context
    }

    /// How many tokens an answer may have.
    pub const fn max_output(&self) -> Option<u64> {
        self.max_output
    }

    /// What the list says that it can; silence is no denial.
    pub fn can(&self) -> &[Capability] {
        &self.can
    }

    /// The day on which it ends, or is deprecated: lists do not tell these apart.
    pub const fn ends(&self) -> Option<Date> {
        self.ends
    }

    /// Whether the list calls it deprecated, without a day.
    pub const fn is_deprecated(&self) -> bool {
        self.deprecated
    }

    /// The line of the file on which it begins, from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// What was noticed while reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    pub(super) notes: Vec<Note>,
    pub(super) left_off: usize,
    pub(super) understood: usize,
    pub(super) exact: usize,
    pub(super) rounded: usize,
    pub(super) doubtful: usize,
}

impl Log {
    const MOST: usize = 100_000;
    /// How much of a name is kept.
    pub(super) const SHOWN: usize = 80;

    pub(super) fn note(&mut self, model: &str, key: &str, kind: NoteKind, line: u32) {
        if self.notes.len() >= Self::MOST {
            self.left_off += 1;
            return;
        }
        let shown = |text: &str| {
            text.chars()
                .take(Self::SHOWN)
                .collect::<String>()
                .into_boxed_str()
        };
        self.notes.push(Note {
            model: shown(model),
            key: shown(key),
            kind,
            line,
        });
    }
}
