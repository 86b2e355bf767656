use std::{collections::HashMap, sync::Arc, time::SystemTime};

use super::{Alias, Info, Model, Provider, Quarantine, SnapshotBuilder, nearest::nearest};
use crate::{money::Usd, query::Manner};

/// How many successors are followed. Circles are refused at load; this holds whatever happens.
const STEPS: usize = 64;

/// A catalog at one moment: what one call sees from its hold to its settlement, whatever is reloaded meanwhile.
#[derive(Clone, Debug)]
pub struct Snapshot {
    providers: Vec<Arc<Provider>>,
    models: Vec<Arc<Model>>,
    aliases: Vec<Arc<Alias>>,
    by_provider: HashMap<Box<str>, usize>,
    /// By name and by `provider/name`.
    by_model: HashMap<Box<str>, usize>,
    /// By provider, then by the provider's id.
    by_id: HashMap<Box<str>, HashMap<Box<str>, usize>>,
    /// What callers may write.
    names: HashMap<Box<str>, Named>,
    info: Info,
    pub(super) quarantine: Arc<Quarantine>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    Model(usize),
    Alias(usize),
}

impl Snapshot {
    /// Begins a snapshot from entries in code.
    pub fn builder() -> SnapshotBuilder {
        SnapshotBuilder::default()
    }

    pub(super) fn new(
        providers: Vec<Arc<Provider>>,
        models: Vec<Arc<Model>>,
        aliases: Vec<Arc<Alias>>,
        by_model: HashMap<Box<str>, usize>,
        names: HashMap<Box<str>, Named>,
        info: Info,
    ) -> Self {
        let by_provider = providers
            .iter()
            .enumerate()
            .map(|(i, p)| (p.name().into(), i))
            .collect();
        let mut by_id: HashMap<Box<str>, HashMap<Box<str>, usize>> = HashMap::new();
        for (i, model) in models.iter().enumerate() {
            let ids = by_id.entry(model.provider().name().into()).or_default();
            ids.entry(model.id().into()).or_insert(i);
        }
        Self {
            providers,
            models,
            aliases,
            by_provider,
            by_model,
            by_id,
            names,
            info,
            quarantine: Arc::default(),
        }
    }

    /// What a name in a request means at an instant, whatever schedules move conversations elsewhere. The cost is one look-up, except for unknown names.
    pub fn resolve(&self, name: &str, at: SystemTime) -> Resolved<'_> {
        self.known(name, at).unwrap_or_else(|| {
            let names = self.models.iter().map(|model| model.name());
            let names = names.chain(self.aliases.iter().map(|alias| alias.name()));
            Resolved::Unknown {
                nearest: nearest(name, names),
            }
        })
    }

    /// The same for names that mean something here.
    pub(crate) fn known(&self, name: &str, at: SystemTime) -> Option<Resolved<'_>> {
        Some(match self.named(name)? {
            Named::Alias(i) => Resolved::Alias(&self.aliases[*i]),
            Named::Model(i) => self.in_service(&self.models[*i], at),
        })
    }

    /// What is called like this; an alias also with a manner behind its name, as in `auto:fast`.
    fn named(&self, name: &str) -> Option<&Named> {
        self.names.get(name).or_else(|| {
            let (name, _) = Manner::of(name)?;
            let named = self.names.get(name)?;
            matches!(named, Named::Alias(_)).then_some(named)
        })
    }

    /// A model, or who took over from it.
    fn in_service<'a>(&'a self, asked: &'a Arc<Model>, at: SystemTime) -> Resolved<'a> {
        let mut model = asked;
        for _ in 0..STEPS {
            if !model.lifecycle().is_gone(at) {
                return Resolved::Model {
                    model,
                    instead_of: (!Arc::ptr_eq(model, asked)).then_some(asked),
                };
            }
            match model
                .lifecycle()
                .successor()
                .and_then(|name| self.model(name))
            {
                Some(next) if next.routable() => model = next,
                _ => break,
            }
        }
        Resolved::Gone { model: asked }
    }

    /// Who takes over from a model: the first of its successors that is in service.
    pub fn successor(&self, model: &Model, at: SystemTime) -> Option<&Arc<Model>> {
        let next = self.model(model.lifecycle().successor()?)?;
        match self.in_service(next, at) {
            Resolved::Model { model, .. } if model.routable() => Some(model),
            _ => None,
        }
    }

    /// All models in the order of the catalog, those that are never candidates included.
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// All providers.
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// All aliases, `auto` included.
    pub fn aliases(&self) -> &[Arc<Alias>] {
        &self.aliases
    }

    /// The model of a name, also written `provider/name`, whether or not an alias hides it.
    pub fn model(&self, name: &str) -> Option<&Arc<Model>> {
        self.by_model.get(name).map(|i| &self.models[*i])
    }

    /// The provider of a name.
    pub fn provider(&self, name: &str) -> Option<&Arc<Provider>> {
        self.by_provider.get(name).map(|i| &self.providers[*i])
    }

    /// The alias of a name.
    pub fn alias(&self, name: &str) -> Option<&Arc<Alias>> {
        match self.names.get(name) {
            Some(Named::Alias(i)) => Some(&self.aliases[*i]),
            _ => None,
        }
    }

    /// The model that a provider's answer names by its id. A date at the end (`-2026-03-05`, `-20260305`) is
    /// overlooked where no model has the id with it.
    pub fn served(&self, provider: &str, id: &str) -> Option<&Arc<Model>> {
        let ids = self.by_id.get(provider)?;
        let found = ids.get(id).or_else(|| ids.get(without_date(id)?));
        found.map(|i| &self.models[*i])
    }

    /// Notes that a call of a model cost more than its bound: its price is no bound for hard budgets any more. Says
    /// whether that is new. All snapshots of a catalog see it.
    pub fn quarantine(&self, model: &Model, bound: Usd, cost: Usd, since: SystemTime) -> bool {
        self.quarantine.put(model, bound, cost, since)
    }

    /// Whether a model's price, as it is here, is in [`Quarantine`].
    pub fn is_quarantined(&self, model: &Model) -> bool {
        self.quarantine.has(model)
    }

    /// What it was made of.
    pub const fn info(&self) -> &Info {
        &self.info
    }
}

pub(super) fn without_date(id: &str) -> Option<&str> {
    for length in [11, 9] {
        let Some((rest, tail)) = id
            .len()
            .checked_sub(length)
            .and_then(|at| id.split_at_checked(at))
        else {
            continue;
        };
        let shape = tail.bytes().enumerate().all(|(i, b)| match (length, i) {
            (_, 0) | (11, 5 | 8) => b == b'-',
            _ => b.is_ascii_digit(),
        });
        if shape && !rest.is_empty() {
            return Some(rest);
        }
    }
    None
}

/// What a name in a request means.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Resolved<'a> {
    /// This model. It may not be [routable](Model::routable).
    Model {
        /// The one to call.
        model: &'a Arc<Model>,
        /// The one that was asked for, when it is past its sunset and `model` took over.
        instead_of: Option<&'a Arc<Model>>,
    },
    /// A choice.
    Alias(&'a Arc<Alias>),
    /// A model past its sunset that nothing took over from.
    Gone {
        /// The one that was asked for.
        model: &'a Arc<Model>,
    },
    /// No model and no alias.
    Unknown {
        /// The name most like it, if one is alike enough for a slip.
        nearest: Option<&'a str>,
    },
}
