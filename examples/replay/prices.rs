use std::{sync::Arc, time::SystemTime};

use tower_genai::catalog::{Catalog, Snapshot, Terms, Usage};

use crate::log::Logged;

/// What answers cost: by the log, or by the prices of a catalog.
pub(crate) struct Prices {
    catalog: Option<Arc<Snapshot>>,
    terms: Terms,
}

/// How a cost is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It was paid, or follows from what was used by the catalog's prices.
    Exactly,
    /// As if the answer had been as long as the one that was given.
    ByUsage,
    /// In proportion to what was guessed of both before the call.
    ByGuess,
}

impl Prices {
    /// By the log alone, unless there is a catalog.
    pub(crate) fn new(catalog: Option<&str>) -> Result<Self, String> {
        let load = |file| {
            Catalog::load(file)
                .map_err(|error: tower_genai::catalog::CatalogError| error.to_string())
        };
        let catalog = catalog.map(load).transpose()?;
        Ok(Self {
            catalog: catalog.map(|catalog| catalog.snapshot()),
            terms: Terms::new(SystemTime::now()),
        })
    }

    /// The names of a log's candidates that the catalog does not know.
    pub(crate) fn unknown<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let Some(catalog) = &self.catalog else {
            return Vec::new();
        };
        names
            .filter(|name| catalog.model(model(name)).is_none())
            .collect()
    }

    /// What a policy would have reckoned with.
    pub(crate) fn guess(&self, logged: &Logged, at: usize) -> Option<f64> {
        let listed = logged.usage.as_ref();
        listed
            .and_then(|usage| self.listed(&logged.candidates[at].name, usage))
            .or(logged.candidates[at].cost)
    }

    /// What a candidate's answer would have cost.
    pub(crate) fn cost(&self, logged: &Logged, at: usize) -> Option<(f64, Known)> {
        let own = at == logged.chosen;
        let listed = logged.usage.as_ref();
        let listed = listed.and_then(|usage| self.listed(&logged.candidates[at].name, usage));
        if let Some(cost) = listed {
            let known = if own { Known::Exactly } else { Known::ByUsage };
            return Some((cost, known));
        }
        let paid = logged.cost?;
        if own && self.catalog.is_none() {
            return Some((paid, Known::Exactly));
        }
        if own {
            return Some((paid, Known::ByGuess));
        }
        let guessed = logged.candidates[logged.chosen].cost?;
        let guess = logged.candidates[at].cost?;
        let cost = if guessed > 0.0 {
            paid * guess / guessed
        } else {
            guess
        };
        Some((cost, Known::ByGuess))
    }

    /// By the catalog, where there is one that knows the model.
    fn listed(&self, name: &str, usage: &Usage) -> Option<f64> {
        let model = self.catalog.as_ref()?.model(model(name))?;
        let cost = model.price().cost(usage, &self.terms).bound()?;
        Some(cost.as_f64())
    }
}

fn model(name: &str) -> &str {
    name.split_once('@').map_or(name, |(model, _)| model)
}
