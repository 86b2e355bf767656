use super::{AliasBuilder, Candidate, Kind};
use crate::{money::Usd, query::Prefer};

/// A name that callers may put where a model's goes, and that means: choose.
#[derive(Clone, Debug)]
pub struct Alias {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    pub(super) threshold: Threshold,
    pub(super) prefer: Prefer,
    pub(super) value: Usd,
    pub(super) pool: Vec<Candidate>,
    pub(super) split: Vec<(Candidate, u32)>,
    pub(super) max_cost: Option<Usd>,
    pub(super) zones: Vec<Box<str>>,
    pub(super) sticky: bool,
    pub(super) redirect: bool,
    pub(super) latency_quantile: f64,
    pub(super) learn: bool,
    pub(super) explore: f64,
    pub(super) confidence: f64,
    pub(super) max_upgrade_share: Option<f64>,
    pub(super) implied: bool,
    pub(super) digest: [u8; 32],
}

impl Alias {
    /// Begins an alias with its name.
    pub fn builder(name: impl Into<Box<str>>) -> AliasBuilder {
        AliasBuilder::new(name.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the models of its pool make.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How good a candidate must be.
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// What decides between those that are good enough.
    pub const fn prefer(&self) -> Prefer {
        self.prefer
    }

    /// For [`Prefer::Value`]: what a full point of quality, from 0 to 1, is worth per call. A candidate's value is
    /// its quality times this, less its cost; so at `"0.02"` an answer that is 0.1 better may cost 0.2 cents more.
    pub const fn value_of(&self) -> Usd {
        self.value
    }

    /// Who is asked whether they qualify, in the order of the catalog: filtered by kind, zone and routability when
    /// the catalog was loaded. What depends on the clock (lifecycle) is not.
    pub fn pool(&self) -> &[Candidate] {
        &self.pool
    }

    /// Candidates with the weights by which calls are spread over them; empty where calls are not spread.
    pub fn split(&self) -> &[(Candidate, u32)] {
        &self.split
    }

    /// The most that a call may cost.
    pub const fn max_cost(&self) -> Option<Usd> {
        self.max_cost
    }

    /// The zones it is confined to; empty for any.
    pub fn zones(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(|zone| &**zone)
    }

    /// Whether a conversation stays with its model. Yes unless stated.
    pub const fn sticky(&self) -> bool {
        self.sticky
    }

    /// Whether it may stand in for a model of the same name.
    pub const fn redirect(&self) -> bool {
        self.redirect
    }

    /// In which share of its calls a candidate is at least as fast as it is reckoned with, 0 to 1: 0.5, the median, unless
    /// stated.
    pub const fn latency_quantile(&self) -> f64 {
        self.latency_quantile
    }

    /// Whether it goes by experience, where there is a [`Profile`](crate::profile::Profile). Yes unless stated.
    pub const fn learn(&self) -> bool {
        self.learn
    }

    /// The share of its calls that try, by chance, who was not measured yet, where speed is preferred, and of whom little is
    /// known, where there is experience to gain: 0.01 unless stated, 0 for never.
    pub const fn explore(&self) -> f64 {
        self.explore
    }

    /// How sure it must be that a candidate reaches the threshold, where experience speaks of it: 0.5, by what is expected
    /// alone, unless stated.
    pub const fn confidence(&self) -> f64 {
        self.confidence
    }

    /// At most this share of a tenant's calls goes to a candidate that is dearer than the one that any call of the same
    /// needs and length would get, whatever its words are about; `None` where that is not limited.
    pub const fn max_upgrade_share(&self) -> Option<f64> {
        self.max_upgrade_share
    }

    /// Whether it is the `auto` that exists though nobody wrote it.
    pub const fn is_implied(&self) -> bool {
        self.implied
    }

    /// Tells whether two aliases mean the same: their thresholds and preferences, and who is in their pools, by model,
    /// provider, the provider's id and effort. Made when the catalog is loaded.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(super) fn compute_digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let mut text = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        let (kind, share) = match self.threshold {
            Threshold::Relative(share) => ("relative", share),
            Threshold::AtLeast(least) => ("at_least", least),
        };
        text(&self.name);
        text(&self.kind.to_string());
        text(kind);
        text(&share.to_bits().to_string());
        text(self.prefer.as_str());
        text(&self.value.nanos().to_string());
        text(
            &self
                .max_cost
                .map_or_else(String::new, |most| most.nanos().to_string()),
        );
        text(if self.sticky { "sticky" } else { "" });
        for number in [self.latency_quantile, self.explore, self.confidence] {
            text(&number.to_bits().to_string());
        }
        text(if self.learn { "learn" } else { "" });
        let upgrades = self.max_upgrade_share.map(f64::to_bits);
        text(&upgrades.map_or_else(String::new, |share| share.to_string()));
        text(&self.zones.len().to_string());
        self.zones.iter().for_each(|zone| text(zone));
        let mut candidate = |candidate: &Candidate, weight: u32| {
            let model = candidate.model();
            text(model.provider().name());
            text(model.name());
            text(model.id());
            text(candidate.effort().map_or("", |effort| effort.level()));
            text(&weight.to_string());
        };
        for (one, weight) in &self.split {
            candidate(one, *weight);
        }
        // A weight of zero is no candidate's: it tells the two lists apart.
        for one in &self.pool {
            candidate(one, 0);
        }
        *hasher.finalize().as_bytes()
    }
}

/// How good a candidate must be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Threshold {
    /// At least this share of the best candidate's expected quality.
    Relative(f64),
    /// At least this expected quality.
    AtLeast(f64),
}

impl Threshold {
    /// The least score that passes, when the best candidate has `best`.
    pub fn least(self, best: f64) -> f64 {
        match self {
            Self::Relative(share) => share * best,
            Self::AtLeast(least) => least,
        }
    }
}
