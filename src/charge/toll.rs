use std::sync::Arc;

use crate::{budget::HoldLabel, money::Usd};

/// What a call costs, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toll {
    price: Usd,
    label: HoldLabel,
}

impl Toll {
    /// A call of `model` at `provider` costs `price`.
    pub fn new(price: Usd, model: impl Into<Arc<str>>, provider: impl Into<Arc<str>>) -> Self {
        Self {
            price,
            label: HoldLabel::new(model, provider),
        }
    }

    /// The price.
    pub const fn price(&self) -> Usd {
        self.price
    }

    /// What it is for, as statements of the ledger list it.
    pub const fn label(&self) -> &HoldLabel {
        &self.label
    }
}
