use std::{fmt, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;

use super::{Date, Model, Snapshot};
use crate::money::Usd;

/// Prices that a bill has shown to be too low: a call cost more than the most that it was held at.
///
/// While one is in here, calls under a hard budget are not sent to its model, since no bound by it holds; others are.
/// An entry is of a model, its provider and the very price: once a reload has changed the price, it is lifted. Shared
/// by all snapshots of a [`Catalog`](super::Catalog); asking is lock-free, and costs next to nothing where it is empty.
#[derive(Default)]
pub struct Quarantine {
    entries: ArcSwap<Vec<Quarantined>>,
}

/// A price in [`Quarantine`], and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// The model's name in the catalog.
    pub model: Box<str>,
    /// Its provider's.
    pub provider: Box<str>,
    /// The most that the call could cost by the price.
    pub bound: Usd,
    /// What it cost.
    pub cost: Usd,
    /// When that was seen.
    pub since: SystemTime,
    /// Where the price is from.
    pub source: Option<Box<str>>,
    /// When the price was last compared with its source.
    pub checked: Option<Date>,
    fingerprint: [u8; 16],
}

impl Quarantined {
    fn is(&self, model: &Model) -> bool {
        *self.model == *model.name() && *self.provider == *model.provider().name()
    }
}

impl Quarantine {
    /// Puts a model's price in, unless it is there. Says whether it is new.
    pub fn put(&self, model: &Model, bound: Usd, cost: Usd, since: SystemTime) -> bool {
        let price = model.price();
        let entry = Quarantined {
            model: model.name().into(),
            provider: model.provider().name().into(),
            bound,
            cost,
            since,
            source: price.source().map(Into::into),
            checked: price.checked(),
            fingerprint: price.fingerprint(),
        };
        let known = |one: &Quarantined| one.is(model) && one.fingerprint == entry.fingerprint;
        let before = self.entries.rcu(|entries| {
            if entries.iter().any(known) {
                return Arc::clone(entries);
            }
            let others = entries.iter().filter(|one| !one.is(model));
            Arc::new(others.chain([&entry]).cloned().collect())
        });
        !before.iter().any(known)
    }

    /// Whether a model's price is in it.
    pub fn has(&self, model: &Model) -> bool {
        let entries = self.entries.load();
        let entry = entries.iter().find(|one| one.is(model));
        entry.is_some_and(|one| one.fingerprint == model.price().fingerprint())
    }

    /// All entries, the oldest first.
    pub fn list(&self) -> Vec<Quarantined> {
        self.entries.load().to_vec()
    }

    /// Takes a model's price out again, by the names of its provider and itself; says whether it was in. A call that
    /// again costs more than its bound puts it back.
    pub fn lift(&self, provider: &str, model: &str) -> bool {
        let named = |one: &Quarantined| *one.provider == *provider && *one.model == *model;
        self.retain(|one| !named(one)).iter().any(named)
    }

    /// Takes out what is of another price than the one in force.
    pub(super) fn reload(&self, snapshot: &Snapshot) {
        self.retain(|one| {
            let model = snapshot.model(&one.model).filter(|model| one.is(model));
            model.is_some_and(|model| model.price().fingerprint() == one.fingerprint)
        });
    }

    fn retain(&self, keep: impl Fn(&Quarantined) -> bool) -> Arc<Vec<Quarantined>> {
        self.entries.rcu(|entries| {
            if entries.iter().all(&keep) {
                return Arc::clone(entries);
            }
            Arc::new(entries.iter().filter(|one| keep(one)).cloned().collect())
        })
    }
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.entries.load().iter().map(|one| &one.model))
            .finish()
    }
}
