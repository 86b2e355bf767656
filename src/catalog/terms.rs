use std::time::SystemTime;

/// Under what conditions a call runs: before it, as asked; after it, as the answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// The service tier. `standard` and `default` mean the ordinary one, as `None` does in an answer. In a request
    /// `None` and `auto` leave it to the provider.
    pub tier: Option<Box<str>>,
    /// Where it is served. In a request `None` leaves it to the provider.
    pub region: Option<Box<str>>,
    /// When it is sent.
    pub at: SystemTime,
    /// Whether the request can write to a prompt cache. Only a bound asks.
    pub cache_write: bool,
}

impl Terms {
    /// Sent at an instant; tier and region are left to the provider, and a cache may be written.
    pub const fn new(at: SystemTime) -> Self {
        Self {
            tier: None,
            region: None,
            at,
            cache_write: true,
        }
    }

    /// At a service tier.
    #[must_use]
    pub fn tier(mut self, tier: impl Into<Box<str>>) -> Self {
        self.tier = Some(tier.into());
        self
    }

    /// In a region.
    #[must_use]
    pub fn region(mut self, region: impl Into<Box<str>>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Whether the request can write to a prompt cache; say no only where the request has no cache marks and the
    /// provider charges nothing for caching on its own.
    #[must_use]
    pub const fn cache_write(mut self, may: bool) -> Self {
        self.cache_write = may;
        self
    }

    /// The tier by its name; `None` for the ordinary one.
    pub(super) fn named_tier(&self) -> Option<&str> {
        self.tier
            .as_deref()
            .filter(|tier| !ordinary(tier) && !automatic(tier))
    }

    /// Whether the request asks the provider to choose.
    pub(super) fn is_auto(&self) -> bool {
        self.tier.as_deref().is_some_and(automatic)
    }
}

/// Whether a tier is what one gets without asking, by any of the names that providers have for it.
pub(super) fn ordinary(tier: &str) -> bool {
    ["standard", "default", "on_demand", ""]
        .iter()
        .any(|name| tier.eq_ignore_ascii_case(name))
}

fn automatic(tier: &str) -> bool {
    tier.eq_ignore_ascii_case("auto")
}
