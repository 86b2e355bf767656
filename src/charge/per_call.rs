use std::sync::Arc;

use super::Toll;
use crate::{
    catalog::{Catalog, Terms, Unit, Usage},
    context::Clock,
    query::{Refusal, RefusalKind},
};

/// What calls of a provider's models cost by a catalog: each has a price of `request`. For [tariffs](super::Tariff) that
/// know which model is asked.
///
/// Such models are best `for = "inference"`: no chat is then routed to them.
#[derive(Clone, Debug)]
pub struct PerCall {
    catalog: Catalog,
    provider: Arc<str>,
    clock: Clock,
}

impl PerCall {
    /// Of the provider of this name. What is reloaded in the catalog holds for the calls after it.
    pub fn new(catalog: &Catalog, provider: impl Into<Arc<str>>) -> Self {
        Self {
            catalog: catalog.clone(),
            provider: provider.into(),
            clock: Clock::system(),
        }
    }

    /// Goes by another clock, where prices change with time. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What so many calls cost of the model that the provider knows by this id.
    ///
    /// # Errors
    /// When the catalog has no such model there, or its price is not by calls alone.
    pub fn toll(&self, id: &str, calls: u64) -> Result<Toll, Refusal> {
        let snapshot = self.catalog.snapshot();
        let provider = &self.provider;
        // A date at the end is part of an id here: it may have another price.
        let model = snapshot.served(provider, id);
        let model = model.filter(|model| model.id() == id).ok_or_else(|| {
            let why = format!("the catalog has no model of `{provider}` with this id");
            Refusal::new(RefusalKind::UnknownModel, why)
        })?;
        let used = Usage {
            extra: vec![(Unit::Request, calls)],
            ..Usage::default()
        };
        let terms = Terms::new(self.clock.now());
        let mut rates = model.price().rates().iter();
        let whole = rates.all(|rate| *rate.unit() == Unit::Request);
        let priced = whole && model.price().is_known();
        let price = model.price().bound(&used, &terms).bound();
        let price = price.filter(|_| priced).ok_or_else(|| {
            let name = model.name();
            let why =
                format!("the catalog has no price of `{name}` by calls alone (`price.request`)");
            Refusal::new(RefusalKind::Unsupported, why)
        })?;
        Ok(Toll::new(price, model.name(), &**provider))
    }
}

#[cfg(all(test, feature = "toml"))]
mod tests {
    use super::*;

    const CATALOG: &str = r#"
        [[provider]]
        name = "triton"
        dialect = "kserve"
        base_url = "https://triton.example"

        [[model]]
        name = "ocr"
        provider = "triton"
        id = "ocr-v3"
        for = "inference"
        price = { request = "0.0004" }

        [[model]]
        name = "chatty"
        provider = "triton"
        price = { input = "1.00", output = "2.00" }

        [[model]]
        name = "both"
        provider = "triton"
        price = { request = "0.0004", input = "1.00", output = "2.00" }

        [[model]]
        name = "own"
        provider = "triton"
        for = "inference"
        free = true
    "#;

    #[test]
    fn a_call_costs_what_the_catalog_says() {
        let prices = PerCall::new(&Catalog::from_toml(CATALOG).unwrap(), "triton");
        let toll = prices.toll("ocr-v3", 3).unwrap();
        assert_eq!(toll.price(), "0.0012".parse().unwrap());
        assert_eq!(toll.label().model(), "ocr");
        assert_eq!(prices.toll("own", 1).unwrap().price(), "0".parse().unwrap());
        let refused = |id: &str| prices.toll(id, 1).unwrap_err();
        assert_eq!(refused("ocr").kind(), RefusalKind::UnknownModel);
        assert_eq!(refused("ocr-v3-20250101").kind(), RefusalKind::UnknownModel);
        assert_eq!(refused("both").kind(), RefusalKind::Unsupported);
        assert_eq!(refused("chatty").kind(), RefusalKind::Unsupported);
        assert!(refused("chatty").message().contains("price.request"));
    }
}
