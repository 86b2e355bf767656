use std::{collections::HashMap, sync::Arc, time::SystemTime};

use super::{
    super::{
        Alias, CatalogError, Info, Model, Provider, Snapshot, SourceInfo,
        error::{Places, Problem},
        snapshot::Named,
    },
    AliasBuilder, ModelBuilder, ProviderBuilder,
    check::{hint, quoted},
    findings::{check_successors, warn_of, warn_of_old_prices},
    pool::Pools,
};
/// Makes a [`Snapshot`] from entries in code.
///
/// ```
/// use tower_genai::catalog::{Catalog, Model, Price, Provider, Snapshot};
///
/// let snapshot = Snapshot::builder()
///     .provider(Provider::builder("local", "openai", "http://127.0.0.1:11434/v1").zone("device"))
///     .model(Model::builder("llama", "local").price(Price::free()).context(8_192))
///     .build()?;
/// let catalog = Catalog::new(snapshot);
/// assert!(catalog.snapshot().model("llama").is_some());
/// # Ok::<(), tower_genai::catalog::CatalogError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SnapshotBuilder {
    providers: Vec<(usize, ProviderBuilder)>,
    models: Vec<(usize, ModelBuilder)>,
    aliases: Vec<(usize, AliasBuilder)>,
    layer: usize,
    pub(in super::super) sources: Vec<SourceInfo>,
    pub(in super::super) hash: Box<str>,
    pub(in super::super) warnings: Vec<Problem>,
}

impl SnapshotBuilder {
    /// Adds a provider.
    #[must_use]
    pub fn provider(mut self, provider: ProviderBuilder) -> Self {
        self.add_provider(provider);
        self
    }

    /// Adds a model.
    #[must_use]
    pub fn model(mut self, model: ModelBuilder) -> Self {
        self.add_model(model);
        self
    }

    /// Adds an alias.
    #[must_use]
    pub fn alias(mut self, alias: AliasBuilder) -> Self {
        self.add_alias(alias);
        self
    }

    /// What is added from here on replaces what bears the same name; without a new layer that is an error.
    #[must_use]
    pub fn layer(mut self) -> Self {
        self.next_layer();
        self
    }

    pub(in super::super) fn add_provider(&mut self, provider: ProviderBuilder) {
        self.providers.push((self.layer, provider));
    }

    pub(in super::super) fn add_model(&mut self, model: ModelBuilder) {
        self.models.push((self.layer, model));
    }

    pub(in super::super) fn add_alias(&mut self, alias: AliasBuilder) {
        self.aliases.push((self.layer, alias));
    }

    pub(in super::super) fn next_layer(&mut self) {
        self.layer += 1;
    }

    /// Checks everything and compiles the pools.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn build(self) -> Result<Snapshot, CatalogError> {
        let now = SystemTime::now();
        let mut problems = Vec::new();
        let mut warnings = self.warnings;

        let providers = distinct(
            self.providers,
            "provider",
            |p| (&p.name, &p.places),
            &mut problems,
        );
        let provider_names: Vec<Box<str>> = providers.iter().map(|p| p.name.clone()).collect();
        let mut built: HashMap<Box<str>, Arc<Provider>> = HashMap::new();
        let mut all_providers = Vec::new();
        for provider in providers {
            if let Some(provider) = provider.build(&mut problems) {
                let provider = Arc::new(provider);
                built.insert(provider.name.clone(), Arc::clone(&provider));
                all_providers.push(provider);
            }
        }

        let models = distinct(
            self.models,
            "model",
            |m| (&m.name, &m.places),
            &mut problems,
        );
        let mut all_models: Vec<Arc<Model>> = Vec::new();
        let mut places: HashMap<Box<str>, Places> = HashMap::new();
        for model in models {
            model.check(&mut problems);
            warn_of(&model, now, &mut warnings);
            if let Some(provider) = built.get(&model.provider) {
                places.insert(model.name.clone(), model.places.clone());
                all_models.push(Arc::new(model.build(Arc::clone(provider))));
            } else if !provider_names.contains(&model.provider) {
                let names = provider_names.iter().map(|name| &**name);
                let what = format!(
                    "there is no provider {}{}",
                    quoted(&model.provider),
                    hint(&model.provider, names)
                );
                let item = format!("model {:?}", model.name);
                problems.push(model.places.problem(&item, "provider", what));
            }
        }
        // What refers to models makes sense only once they are all there.
        if !problems.is_empty() {
            return Err(CatalogError::new(problems));
        }

        let by_name = index(&all_models, &places, &mut problems);
        check_successors(&all_models, &by_name, &places, &mut problems, &mut warnings);
        warn_of_old_prices(&all_models, &places, now, &mut warnings);

        let aliases = distinct(
            self.aliases,
            "alias",
            |a| (&a.name, &a.places),
            &mut problems,
        );
        let written = aliases.iter().any(|alias| &*alias.name == "auto");
        let implied =
            (!written && !by_name.contains_key("auto")).then(|| AliasBuilder::new("auto".into()));
        let pools = Pools {
            models: &all_models,
            providers: &all_providers,
            by_name: &by_name,
        };
        let mut all_aliases: Vec<Arc<Alias>> = Vec::new();
        for alias in aliases {
            all_aliases.push(Arc::new(alias.build(&pools, false, &mut problems)));
        }
        if let Some(auto) = implied {
            all_aliases.push(Arc::new(auto.build(&pools, true, &mut problems)));
        }
        if !problems.is_empty() {
            return Err(CatalogError::new(problems));
        }

        let info = Info {
            sources: self.sources,
            hash: self.hash,
            models: all_models.len(),
            providers: all_providers.len(),
            aliases: all_aliases.len(),
            warnings,
            loaded: now,
        };
        let mut names: HashMap<Box<str>, Named> = by_name
            .iter()
            .map(|(name, i)| (name.clone(), Named::Model(*i)))
            .collect();
        for (i, alias) in all_aliases.iter().enumerate() {
            names.insert(alias.name().into(), Named::Alias(i));
        }
        Ok(Snapshot::new(
            all_providers,
            all_models,
            all_aliases,
            by_name,
            names,
            info,
        ))
    }
}

/// Keeps the last entry of each name, at the place of the first; two of one layer are an error.
fn distinct<T>(
    entries: Vec<(usize, T)>,
    kind: &str,
    about: impl Fn(&T) -> (&Box<str>, &Places),
    problems: &mut Vec<Problem>,
) -> Vec<T> {
    let mut seen: HashMap<Box<str>, usize> = HashMap::new();
    let mut kept: Vec<(usize, T)> = Vec::new();
    for (layer, entry) in entries {
        let (name, places) = about(&entry);
        match seen.get(name) {
            Some(&i) if kept[i].0 == layer => {
                let first = about(&kept[i].1).1.item.0;
                let first = if first > 0 {
                    format!(", first in line {first}")
                } else {
                    String::new()
                };
                let item = format!("{kind} {name:?}");
                let what = format!("the name is given twice{first}; a name stands for one {kind}");
                problems.push(places.problem(&item, "name", what));
            }
            Some(&i) => kept[i] = (layer, entry),
            None => {
                seen.insert(name.clone(), kept.len());
                kept.push((layer, entry));
            }
        }
    }
    kept.into_iter().map(|(_, entry)| entry).collect()
}

/// Models by name and by `provider/name`.
fn index(
    models: &[Arc<Model>],
    places: &HashMap<Box<str>, Places>,
    problems: &mut Vec<Problem>,
) -> HashMap<Box<str>, usize> {
    let mut by_name: HashMap<Box<str>, usize> = models
        .iter()
        .enumerate()
        .map(|(i, model)| (model.name.clone(), i))
        .collect();
    for (i, model) in models.iter().enumerate() {
        let long = format!("{}/{}", model.provider.name, model.name).into_boxed_str();
        match by_name.get(&long) {
            None => {
                by_name.insert(long, i);
            }
            Some(&other) if other == i => {}
            Some(&other) => {
                let item = format!("model {:?}", models[other].name);
                let what = format!(
                    "also means the model {:?} of the provider {:?}",
                    model.name, model.provider.name
                );
                if let Some(places) = places.get(&models[other].name) {
                    problems.push(places.problem(&item, "name", what));
                }
            }
        }
    }
    by_name
}
