use std::sync::Arc;

use super::{Pace, Prefer};
use crate::money::Usd;

/// What a caller (or the app on its behalf) asks of routing, as a request extension; it overrides the alias.
///
/// ```
/// use tower_genai::{money::Usd, query::Wish};
///
/// let wish = Wish::new().with_quality(0.97).with_max_cost("0.02".parse::<Usd>()?);
/// # Ok::<(), tower_genai::money::ParseMoneyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    quality: Option<f64>,
    max_cost: Option<Usd>,
    models: Option<Arc<[Box<str>]>>,
    pace: Option<Pace>,
    prefer: Option<Prefer>,
    exploration: Option<bool>,
    unheard: bool,
}

impl Wish {
    /// No wish.
    pub fn new() -> Self {
        Self::default()
    }

    /// At least this share (0..=1) of the best candidate's predicted quality.
    #[must_use]
    pub fn with_quality(mut self, share: f64) -> Self {
        self.quality = Some(if share.is_nan() {
            1.0
        } else {
            share.clamp(0.0, 1.0)
        });
        self
    }

    /// No attempt may be able to cost more, and none follows on others that could make all of them together cost more.
    #[must_use]
    pub fn with_max_cost(mut self, most: Usd) -> Self {
        self.max_cost = Some(most);
        self
    }

    /// Only these models, by name.
    #[must_use]
    pub fn with_models<N: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.models = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Waits for its answer like this.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Goes by this between candidates that are good enough, whatever the alias goes by.
    #[must_use]
    pub const fn with_prefer(mut self, prefer: Prefer) -> Self {
        self.prefer = Some(prefer);
        self
    }

    /// Whether chance may choose who answers, now and then, so that more is known of candidates. `true` is no promise:
    /// calls that carry labels, name their models, or go on with a conversation are never left to chance.
    #[must_use]
    pub const fn with_exploration(mut self, may: bool) -> Self {
        self.exploration = Some(may);
        self
    }

    /// Of a caller who may not wish: what it adds to an alias's name means nothing either.
    pub(crate) const fn unheard(mut self) -> Self {
        self.unheard = true;
        self
    }

    /// A number for each way of choosing that can be wished for: who is to tell calls apart needs no more.
    pub(crate) fn way(&self) -> [u8; 3] {
        let number = |at: Option<usize>| at.map_or(0, |at| at as u8 + 1);
        let pace = self.pace.map(|pace| pace as usize);
        let prefer = self.prefer.map(|prefer| prefer as usize);
        let exploration = self.exploration.map(usize::from);
        [number(pace), number(prefer), number(exploration)]
    }

    pub(super) fn or_pace(mut self, pace: Pace) -> Self {
        self.pace.get_or_insert(pace);
        self
    }

    pub(super) fn or_prefer(mut self, prefer: Prefer) -> Self {
        self.prefer.get_or_insert(prefer);
        self
    }

    /// The share wished for.
    pub const fn quality(&self) -> Option<f64> {
        self.quality
    }

    /// The most the call may cost.
    pub const fn max_cost(&self) -> Option<Usd> {
        self.max_cost
    }

    /// How the answer is waited for.
    pub const fn pace(&self) -> Option<Pace> {
        self.pace
    }

    /// What is to decide between candidates that are good enough.
    pub const fn prefer(&self) -> Option<Prefer> {
        self.prefer
    }

    /// Whether chance may choose who answers.
    pub const fn exploration(&self) -> Option<bool> {
        self.exploration
    }

    pub(crate) const fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// The only models that may answer, where there are such.
    pub(crate) fn models(&self) -> Option<&[Box<str>]> {
        self.models.as_deref()
    }

    /// Whether it limits who may answer, or at what cost.
    pub(crate) fn restricts(&self) -> bool {
        self.models.is_some() || self.max_cost.is_some()
    }

    /// Whether the model is allowed.
    pub fn allows(&self, model: &str) -> bool {
        self.models
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| **name == *model))
    }
}
