use std::sync::Arc;

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

    /// The share wished for.
    pub const fn quality(&self) -> Option<f64> {
        self.quality
    }

    /// The most the call may cost.
    pub const fn max_cost(&self) -> Option<Usd> {
        self.max_cost
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
