use std::collections::HashMap;

use super::{
    super::{
        super::{Date, Snapshot},
        Applied, Imported, ImportedModel, NoteKind, Provenance, Stale,
        imported::Log,
        stale, vendor,
    },
    Match, ModelReview, ModelState, Rules,
    compare::{compare, new},
    matching::Index,
};

/// A price list beside a catalog: what would change, what is not believed and why. It changes nothing by itself.
///
/// Rates of a model are taken over together or not at all. See the [module docs](super::super) for an example.
#[derive(Clone, Debug)]
pub struct Review {
    provenance: Provenance,
    models: Vec<ModelReview>,
    listed: usize,
    today: Date,
}

impl Review {
    /// Compares a list with a catalog.
    pub fn new(snapshot: &Snapshot, imported: &Imported, rules: &Rules) -> Self {
        let index = Index::new(imported);
        let not_understood = spoilt(imported);
        let mut taken = vec![false; imported.models.len()];
        let mut models = Vec::new();
        for model in snapshot.models() {
            let found = index.find(model);
            for i in found.iter().flat_map(|(_, found)| found) {
                if let Some(taken) = taken.get_mut(*i) {
                    *taken = true;
                }
            }
            let mut entry = ModelReview {
                name: model.name().into(),
                provider: model.provider().name().into(),
                found: None,
                rows: Vec::new(),
                regions: Vec::new(),
                state: ModelState::Missing,
                stale: stale::of(model, rules.today, rules.stale_after),
                not_understood: 0,
            };
            if model.price().is_free() || !model.routable() {
                entry.state = ModelState::Skipped;
            } else if let Some((how, found)) = found {
                let entries: Vec<&ImportedModel> = found
                    .iter()
                    .filter_map(|i| imported.models.get(*i))
                    .collect();
                if let Some(listed) = entries.first() {
                    entry.found = Some(Match {
                        listed: listed.name.clone(),
                        how,
                        line: listed.line,
                    });
                    entry.not_understood = not_understood(&listed.name);
                    compare(&mut entry, model, &entries, imported, rules);
                }
            }
            models.push(entry);
        }
        if rules.new_models {
            for provider in snapshot.providers() {
                for (i, listed) in index.of(vendor::of(provider)) {
                    if taken.get(i) == Some(&false) {
                        taken[i] = true;
                        let not_understood = not_understood(&listed.name);
                        models.push(new(provider.name(), listed, not_understood, rules));
                    }
                }
            }
        }
        Self {
            provenance: imported.provenance.clone(),
            models,
            listed: imported.models.len(),
            today: rules.today,
        }
    }

    /// Where the list is from.
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The models in the order of the catalog, then those that it lacks where they were asked for.
    pub fn models(&self) -> &[ModelReview] {
        &self.models
    }

    /// The review of a model, by its name in the catalog.
    pub fn model(&self, name: &str) -> Option<&ModelReview> {
        self.models.iter().find(|model| &*model.name == name)
    }

    /// How many models the list has.
    pub const fn listed(&self) -> usize {
        self.listed
    }

    /// The prices that nobody has checked for longer than the rules allow, this list left aside.
    pub fn stale(&self) -> impl Iterator<Item = &Stale> {
        self.models.iter().filter_map(ModelReview::stale)
    }

    /// How many models are in which state.
    pub fn totals(&self) -> Totals {
        let of = |state| self.models.iter().filter(|m| m.state == state).count();
        Totals {
            unchanged: of(ModelState::Unchanged),
            changed: of(ModelState::Changed),
            quarantined: of(ModelState::Quarantined),
            missing: of(ModelState::Missing),
            skipped: of(ModelState::Skipped),
            new: of(ModelState::New),
            stale: self.stale().count(),
        }
    }

    /// The models of a catalog whose price changes, with the new prices: a layer to put on top of it. Nothing that
    /// is quarantined is in it, and no model that the catalog lacks.
    ///
    /// Models of which the catalog's price is another by now than it was when they were compared are left as they
    /// are.
    pub fn apply(&self, snapshot: &Snapshot) -> Applied {
        Applied::new(&self.provenance, &self.models, snapshot, self.today)
    }
}

/// How many models are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// The list says the same, or has less.
    pub unchanged: usize,
    /// The list says something else, and is believed.
    pub changed: usize,
    /// The list is not believed.
    pub quarantined: usize,
    /// The list has no such model.
    pub missing: usize,
    /// Free, or never called.
    pub skipped: usize,
    /// The catalog has no such model.
    pub new: usize,
    /// The price was checked too long ago; counted besides the others.
    pub stale: usize,
}

/// How many keys of a model were not understood.
fn spoilt(imported: &Imported) -> impl Fn(&str) -> usize {
    let mut counts: HashMap<Box<str>, usize> = HashMap::new();
    for note in &imported.log.notes {
        if !matches!(note.kind, NoteKind::Rounded | NoteKind::Dearer) {
            *counts.entry(note.model.clone()).or_insert(0) += 1;
        }
    }
    move |name| {
        let noted: String = name.chars().take(Log::SHOWN).collect();
        counts.get(&*noted).copied().unwrap_or(0)
    }
}
