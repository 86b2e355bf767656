use std::sync::Arc;

use crate::money::Usd;

/// How a hold ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Nothing was spent: it was never sent, or the provider rejected it.
    Released,
    /// This was spent, by the provider's own count. It may be above the bound; then that is recorded, and loudly.
    Metered(Usd),
    /// It was sent, and what it cost is not known: the whole bound counts as spent. Listed as doubtful.
    AtBound,
    /// It was cut, and counts as what was seen till then. Listed as doubtful.
    Cut(Usd),
    /// It had no bound, which only budgets that observe let pass, and this was spent as far as is known.
    Counted(Usd),
}

/// What a hold is for: the model asked and its provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HoldLabel {
    model: Arc<str>,
    provider: Arc<str>,
}

impl HoldLabel {
    /// A call of `model` at `provider`.
    pub fn new(model: impl Into<Arc<str>>, provider: impl Into<Arc<str>>) -> Self {
        Self {
            model: model.into(),
            provider: provider.into(),
        }
    }

    /// The model's name in the catalog.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The provider's name in the catalog.
    pub fn provider(&self) -> &str {
        &self.provider
    }
}
