use std::{collections::HashMap, fmt};

use super::super::{
    super::{Model, snapshot::without_date},
    Imported, ImportedModel,
    pattern::Fit,
    vendor,
};

/// By what a model was found in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum How {
    /// By the provider's id.
    Id,
    /// By another id that the list writes out for it.
    Alias,
    /// By the name in the catalog.
    Name,
    /// By its id up to a date at the end.
    Dated,
    /// By a pattern of the list, such as all ids that begin alike.
    Pattern,
}

impl How {
    /// A short word for tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Alias => "alias",
            Self::Name => "name",
            Self::Dated => "dated",
            Self::Pattern => "pattern",
        }
    }
}

/// As what a model is priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub(in super::super) listed: Box<str>,
    pub(in super::super) how: How,
    pub(in super::super) line: u32,
}

impl Match {
    /// What the list calls it.
    pub fn listed(&self) -> &str {
        &self.listed
    }

    /// By what it was found.
    pub const fn how(&self) -> How {
        self.how
    }

    /// The line of the list.
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "priced as {} (by {})", self.listed, self.how.as_str())
    }
}

/// The models of a list by their provider, as the list and as we call it.
pub(super) struct Index<'i> {
    models: &'i [ImportedModel],
    by_provider: HashMap<&'i str, Vec<usize>>,
}

impl<'i> Index<'i> {
    pub(super) fn new(imported: &'i Imported) -> Self {
        let mut by_provider: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, model) in imported.models.iter().enumerate() {
            by_provider
                .entry(&model.listed_provider)
                .or_default()
                .push(i);
            if let Some(ours) = model.provider
                && ours != &*model.listed_provider
            {
                by_provider.entry(ours).or_default().push(i);
            }
        }
        Self {
            models: &imported.models,
            by_provider,
        }
    }

    /// What the list has of the provider of a catalog's model: of the one that its address belongs to, else of the
    /// one of the same name.
    pub(super) fn of(
        &self,
        provider: &str,
    ) -> impl Iterator<Item = (usize, &'i ImportedModel)> + '_ {
        let known = self.by_provider.get(provider);
        let known = known.map(Vec::as_slice).unwrap_or_default();
        let models = self.models;
        known
            .iter()
            .copied()
            .filter_map(move |i| Some((i, models.get(i)?)))
    }

    /// Where a model stands in the list: every entry that fits in the best way that any does.
    pub(super) fn find(&self, model: &Model) -> Option<(How, Vec<usize>)> {
        let provider = vendor::of(model.provider());
        let all: Vec<_> = self.of(provider).collect();
        let best = |how: How, fits: &dyn Fn(&ImportedModel) -> bool| {
            let found: Vec<usize> = all
                .iter()
                .filter(|(_, listed)| fits(listed))
                .map(|(i, _)| *i)
                .collect();
            (!found.is_empty()).then_some((how, found))
        };
        let is = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let fit = |listed: &ImportedModel, id: &str| listed.patterns.as_ref()?.fit(id);
        let id = model.id();
        let undated = without_date(id).unwrap_or(id);
        best(How::Id, &|listed| is(&listed.id, id))
            .or_else(|| best(How::Alias, &|listed| fit(listed, id) == Some(Fit::Equal)))
            .or_else(|| best(How::Name, &|listed| is(&listed.id, model.name())))
            .or_else(|| best(How::Dated, &|listed| is(&listed.id, undated)))
            .or_else(|| self.newest(&all, undated))
            .or_else(|| {
                // The list asks its patterns in order, and the first counts.
                let (how, found) = best(How::Pattern, &|listed| fit(listed, id).is_some())?;
                Some((how, found.into_iter().take(1).collect()))
            })
    }

    /// The newest of those that differ by a date at the end.
    fn newest(&self, all: &[(usize, &ImportedModel)], undated: &str) -> Option<(How, Vec<usize>)> {
        let dated = all.iter().filter(|(_, listed)| {
            without_date(&listed.id).is_some_and(|id| id.eq_ignore_ascii_case(undated))
        });
        let (i, _) = dated.max_by_key(|(_, listed)| &listed.id)?;
        Some((How::Dated, vec![*i]))
    }
}
