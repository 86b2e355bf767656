use std::{collections::HashMap, sync::Arc};

use super::{
    super::{Candidate, Model, Provider},
    AliasBuilder,
    check::{Check, hint, quoted},
};

/// What pools are compiled from.
pub(super) struct Pools<'a> {
    pub(super) models: &'a [Arc<Model>],
    pub(super) providers: &'a [Arc<Provider>],
    /// By name and by `provider/name`.
    pub(super) by_name: &'a HashMap<Box<str>, usize>,
}

impl Pools<'_> {
    pub(super) fn is_model(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The candidates that the patterns name, each once, in the order of the patterns and then of the catalog.
    pub(super) fn compile(&self, alias: &AliasBuilder, check: &mut Check<'_>) -> Vec<Candidate> {
        let all = ["*".into()];
        let patterns = if alias.models.is_empty() {
            &all[..]
        } else {
            &alias.models
        };
        let mut pool = Vec::new();
        for pattern in patterns {
            let found = match pattern.strip_suffix('*') {
                Some("") => self.models_of(None, alias),
                Some(provider) if provider.ends_with('/') => {
                    self.models_of_provider(provider.trim_end_matches('/'), alias, check)
                }
                _ => self.named(pattern, alias, "models", check),
            };
            for candidate in found {
                // A pool is read for every call: its order and that nobody is in it twice are settled here.
                if !pool.contains(&candidate) {
                    pool.push(candidate);
                }
            }
        }
        pool
    }

    pub(super) fn split(
        &self,
        alias: &AliasBuilder,
        check: &mut Check<'_>,
    ) -> Vec<(Candidate, u32)> {
        let mut split: Vec<(Candidate, u32)> = Vec::new();
        for (name, weight) in &alias.split {
            let key = format!("split.{}", name.chars().take(60).collect::<String>());
            let named = self.named(name, alias, &key, check);
            let candidate = match <[Candidate; 1]>::try_from(named) {
                Ok([candidate]) => candidate,
                // At which effort, the request says.
                Err(several) => match several.into_iter().next() {
                    Some(first) => Candidate::new(Arc::clone(first.model())),
                    None => continue,
                },
            };
            if split.iter().any(|(other, _)| *other == candidate) {
                check.wrong(&key, "the model is listed twice");
            } else {
                split.push((candidate, *weight));
            }
        }
        if !alias.split.is_empty() && alias.split.iter().all(|(_, weight)| *weight == 0) {
            check.wrong("split", "every weight is zero");
        }
        split
    }

    fn models_of_provider(
        &self,
        name: &str,
        alias: &AliasBuilder,
        check: &mut Check<'_>,
    ) -> Vec<Candidate> {
        if self
            .providers
            .iter()
            .any(|provider| provider.name() == name)
        {
            return self.models_of(Some(name), alias);
        }
        let names = self.providers.iter().map(|provider| provider.name());
        check.wrong(
            "models",
            format!("there is no provider {}{}", quoted(name), hint(name, names)),
        );
        Vec::new()
    }

    fn models_of(&self, provider: Option<&str>, alias: &AliasBuilder) -> Vec<Candidate> {
        self.models
            .iter()
            .filter(|model| provider.is_none_or(|name| model.provider().name() == name))
            .filter(|model| excluded(model, alias).is_none())
            .flat_map(Candidate::all)
            .collect()
    }

    fn named(
        &self,
        name: &str,
        alias: &AliasBuilder,
        key: &str,
        check: &mut Check<'_>,
    ) -> Vec<Candidate> {
        let (model_name, level) = match name.split_once('@') {
            Some((model, level)) => (model, Some(level)),
            None => (name, None),
        };
        let Some(model) = self
            .by_name
            .get(model_name)
            .and_then(|i| self.models.get(*i))
        else {
            let names = self.models.iter().map(|model| model.name());
            check.wrong(
                key,
                format!(
                    "there is no model {}{}",
                    quoted(model_name),
                    hint(model_name, names)
                ),
            );
            return Vec::new();
        };
        if let Some(why) = excluded(model, alias) {
            check.wrong(key, format!("{:?} {why}; leave it out", model.name()));
            return Vec::new();
        }
        let Some(level) = level else {
            return Candidate::all(model).collect();
        };
        let effort = model
            .efforts()
            .iter()
            .position(|effort| effort.level() == level);
        match effort.and_then(|effort| Candidate::at_effort(Arc::clone(model), effort)) {
            Some(candidate) => vec![candidate],
            None => {
                let levels = model.efforts().iter().map(|effort| effort.level());
                let known = levels.clone().collect::<Vec<_>>().join(", ");
                let known = if known.is_empty() { "none" } else { &known };
                let what = format!(
                    "{:?} has no effort {}; it lists {known}{}",
                    model.name(),
                    quoted(level),
                    hint(level, levels)
                );
                check.wrong(key, what);
                Vec::new()
            }
        }
    }
}

/// Why a model can never be a candidate of an alias.
fn excluded(model: &Model, alias: &AliasBuilder) -> Option<String> {
    if let Some(reason) = model.unroutable_because() {
        return Some(format!("is never a candidate: {reason}"));
    }
    if model.kind() != alias.kind {
        return Some(format!(
            "is for {}, and the alias for {}",
            model.kind(),
            alias.kind
        ));
    }
    let zone = model.provider().zone();
    let outside = !alias.zones.is_empty() && alias.zones.iter().all(|mine| **mine != *zone);
    outside.then(|| format!("runs in the zone {zone:?}, which `zones` does not list"))
}
