use std::{fmt, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;

use super::{Date, Model, Snapshot};
use crate::money::Usd;

/// Prices that a bill has shown to be too low: a call cost more than the most that it was held at.
///
/// While one is in here, calls under a hard budget are not sent to its model, since no bound by it holds; others are.
/// Only calls under a hard budget put one in, and none whose images could have been larger than their bytes said: what
/// a caller can choose takes no model away from others.
///
/// An entry is of a provider, its id for the model and the very price, so that it counts for every name that the catalog
/// has for that: once a reload has changed the price, it is lifted. Shared by all snapshots of a
/// [`Catalog`](super::Catalog); asking is lock-free, and costs next to nothing where it is empty.
#[derive(Default)]
pub struct Quarantine {
    entries: ArcSwap<Vec<Quarantined>>,
}

/// A price in [`Quarantine`], and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// The name in the catalog of the model that cost more.
    pub model: Box<str>,
    /// Its provider's.
    pub provider: Box<str>,
    /// The provider's name for it.
    pub id: Box<str>,
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
    /// Whether it is of this model at its price, by whichever name.
    fn is(&self, model: &Model) -> bool {
        *self.id == *model.id()
            && *self.provider == *model.provider().name()
            && self.fingerprint == model.price().fingerprint()
    }
}

impl Quarantine {
    /// Puts a model's price in, unless it is there. Says whether it is new.
    pub fn put(&self, model: &Model, bound: Usd, cost: Usd, since: SystemTime) -> bool {
        let price = model.price();
        let entry = Quarantined {
            model: model.name().into(),
            provider: model.provider().name().into(),
            id: model.id().into(),
            bound,
            cost,
            since,
            source: price.source().map(Into::into),
            checked: price.checked(),
            fingerprint: price.fingerprint(),
        };
        let known = |one: &Quarantined| one.is(model);
        let before = self.entries.rcu(|entries| {
            if entries.iter().any(known) {
                return Arc::clone(entries);
            }
            Arc::new(entries.iter().chain([&entry]).cloned().collect())
        });
        !before.iter().any(known)
    }

    /// Whether a model's price is in it.
    pub fn has(&self, model: &Model) -> bool {
        self.entries.load().iter().any(|one| one.is(model))
    }

    /// All entries, the oldest first.
    pub fn list(&self) -> Vec<Quarantined> {
        self.entries.load().to_vec()
    }

    /// Takes a model's price out again, by the name of its provider, and that of the [entry](Quarantined::model) or the
    /// provider's [own](Quarantined::id); says whether it was in. A call that again costs more than its bound puts it
    /// back.
    pub fn lift(&self, provider: &str, model: &str) -> bool {
        let named = |one: &Quarantined| {
            *one.provider == *provider && (*one.model == *model || *one.id == *model)
        };
        self.retain(|one| !named(one)).iter().any(named)
    }

    /// Takes out what is of another price than the one in force.
    pub(super) fn reload(&self, snapshot: &Snapshot) {
        self.retain(|one| snapshot.models().iter().any(|model| one.is(model)));
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
