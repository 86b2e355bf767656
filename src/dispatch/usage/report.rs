use crate::{catalog::Usage, dispatch::Reported, money::Usd};

/// What a provider says of one call: what it used, what it costs, at which tier and where it was served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What was used, in buckets that do not overlap.
    pub usage: Reported,
    /// How `usage` divides among models, where the provider says that several have worked on the call. Empty elsewhere.
    pub shares: Vec<Share>,
    /// What the provider says that the call costs. Never what cannot be a cost: that counts as not said.
    pub cost: Option<Usd>,
    /// The service tier that served the call.
    pub tier: Option<Box<str>>,
    /// Where the call was served.
    pub region: Option<Box<str>>,
}

/// What one of several models used that have worked on a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The provider's name for the model; `None` is the one that the answer names.
    pub model: Option<Box<str>>,
    /// What it used.
    pub usage: Usage,
}

impl Share {
    /// What a model used; `None` is the one that the answer names.
    pub const fn new(model: Option<Box<str>>, usage: Usage) -> Self {
        Self { model, usage }
    }
}
