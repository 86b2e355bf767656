use super::{
    super::{
        Alias, Kind, Threshold,
        error::{Places, Problem},
    },
    check::Check,
    pool::Pools,
};
use crate::{money::Usd, query::Prefer};

/// Makes an [`Alias`]; checked, and its pool compiled, when the snapshot is built.
#[derive(Clone, Debug)]
pub struct AliasBuilder {
    pub(in super::super) name: Box<str>,
    pub(in super::super) kind: Kind,
    pub(in super::super) threshold: Threshold,
    pub(in super::super) prefer: Prefer,
    pub(in super::super) value: Option<Usd>,
    pub(in super::super) models: Vec<Box<str>>,
    pub(in super::super) split: Vec<(Box<str>, u32)>,
    pub(in super::super) max_cost: Option<Usd>,
    pub(in super::super) zones: Vec<Box<str>>,
    pub(in super::super) sticky: bool,
    pub(in super::super) redirect: bool,
    pub(in super::super) latency_quantile: f64,
    pub(in super::super) learn: bool,
    pub(in super::super) explore: f64,
    pub(in super::super) confidence: f64,
    pub(in super::super) max_upgrade_share: Option<f64>,
    pub(in super::super) places: Places,
}

impl AliasBuilder {
    /// Two cents for a full point of quality.
    const VALUE: u64 = 20_000_000;
    /// One call of a hundred.
    const EXPLORE: f64 = 0.01;

    pub(in super::super) fn new(name: Box<str>) -> Self {
        Self {
            name,
            kind: Kind::Chat,
            threshold: Threshold::Relative(0.95),
            prefer: Prefer::Cost,
            value: None,
            models: Vec::new(),
            split: Vec::new(),
            max_cost: None,
            zones: Vec::new(),
            sticky: true,
            redirect: false,
            latency_quantile: 0.5,
            learn: true,
            explore: Self::EXPLORE,
            confidence: 0.5,
            max_upgrade_share: None,
            places: Places::default(),
        }
    }

    /// What the models of its pool make; chat unless given.
    #[must_use]
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// How good a candidate must be: 0.95 of the best unless given.
    #[must_use]
    pub const fn threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = threshold;
        self
    }

    /// What decides between those that are good enough; cost unless given.
    #[must_use]
    pub const fn prefer(mut self, prefer: Prefer) -> Self {
        self.prefer = prefer;
        self
    }

    /// What a full point of quality, from 0 to 1, is worth per call: two cents unless given.
    #[must_use]
    pub const fn value(mut self, value: Usd) -> Self {
        self.value = Some(value);
        self
    }

    /// Who is in the pool: `*`, `provider/*`, `name`, or `name@effort`. All, unless given.
    #[must_use]
    pub fn models<T: Into<Box<str>>>(mut self, models: impl IntoIterator<Item = T>) -> Self {
        self.models.extend(models.into_iter().map(Into::into));
        self
    }

    /// Spreads calls over models by weight; the pool is these unless `models` says more.
    #[must_use]
    pub fn split<T: Into<Box<str>>>(mut self, weights: impl IntoIterator<Item = (T, u32)>) -> Self {
        let weights = weights
            .into_iter()
            .map(|(name, weight)| (name.into(), weight));
        self.split.extend(weights);
        self
    }

    /// The most that a call may cost.
    #[must_use]
    pub const fn max_cost(mut self, most: Usd) -> Self {
        self.max_cost = Some(most);
        self
    }

    /// The zones it is confined to; any unless given.
    #[must_use]
    pub fn zones<T: Into<Box<str>>>(mut self, zones: impl IntoIterator<Item = T>) -> Self {
        self.zones.extend(zones.into_iter().map(Into::into));
        self
    }

    /// Whether a conversation stays with its model.
    #[must_use]
    pub const fn sticky(mut self, yes: bool) -> Self {
        self.sticky = yes;
        self
    }

    /// Whether it may stand in for a model of the same name.
    #[must_use]
    pub const fn redirect(mut self, yes: bool) -> Self {
        self.redirect = yes;
        self
    }

    /// In which share of its calls a candidate is at least as fast as it is reckoned with, above 0 and below 1: 0.5 unless
    /// given.
    #[must_use]
    pub const fn latency_quantile(mut self, share: f64) -> Self {
        self.latency_quantile = share;
        self
    }

    /// Whether it goes by experience, where there is a [`Profile`](crate::profile::Profile); it does unless given.
    #[must_use]
    pub const fn learn(mut self, yes: bool) -> Self {
        self.learn = yes;
        self
    }

    /// In which share of its calls, at most a half, chance may choose who answers: 0.01 unless given, 0 for never. Where
    /// there is experience to gain it is up to ten times that until some sixty scores are known, at most a tenth.
    #[must_use]
    pub const fn explore(mut self, share: f64) -> Self {
        self.explore = share;
        self
    }

    /// How sure it must be that a candidate reaches the threshold, from 0.5 (by what is expected alone) to below 1: 0.5
    /// unless given. The best that is expected always qualifies.
    #[must_use]
    pub const fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// At most this share of each tenant's calls, 0 to 1, goes to a candidate that is dearer than the one that any call of
    /// the same needs and length would get. Not limited unless given.
    #[must_use]
    pub const fn max_upgrade_share(mut self, share: f64) -> Self {
        self.max_upgrade_share = Some(share);
        self
    }

    /// `implied` for the `auto` that nobody wrote: its pool may be empty.
    pub(super) fn build(
        self,
        pools: &Pools<'_>,
        implied: bool,
        problems: &mut Vec<Problem>,
    ) -> Alias {
        let mut check = Check {
            item: format!("alias {:?}", self.name),
            places: &self.places,
            problems,
        };
        check.name(&self.name);
        match self.threshold {
            Threshold::Relative(score) => check.score("quality", score),
            Threshold::AtLeast(score) => check.score("quality_at_least", score),
        }
        check.between("latency_quantile", self.latency_quantile, 0.001..=0.999);
        check.between("explore", self.explore, 0.0..=0.5);
        check.between("confidence", self.confidence, 0.5..=0.999);
        if let Some(share) = self.max_upgrade_share {
            check.between("max_upgrade_share", share, 0.0..=1.0);
            if !self.split.is_empty() {
                check.wrong(
                    "max_upgrade_share",
                    "says nothing beside `split`, where words do not count",
                );
            }
        }
        if !self.redirect && pools.is_model(&self.name) {
            check.wrong(
                "name",
                "hides the model of the same name; choose another, or say `redirect = true` to replace it",
            );
        }
        let split = pools.split(&self, &mut check);
        let mut pool = if self.models.is_empty() && !self.split.is_empty() {
            split
                .iter()
                .map(|(candidate, _)| candidate.clone())
                .collect()
        } else {
            pools.compile(&self, &mut check)
        };
        for (candidate, _) in &split {
            if !pool.contains(candidate) {
                pool.push(candidate.clone());
            }
        }
        if pool.is_empty() && !implied && check.problems.iter().all(|p| *p.item != *check.item) {
            check.wrong("models", "no model is left in the pool; every one is of another kind, in another zone, or has no API");
        }
        let mut alias = Alias {
            name: self.name,
            kind: self.kind,
            threshold: self.threshold,
            prefer: self.prefer,
            value: self
                .value
                .unwrap_or_else(|| Usd::from_nanos(Self::VALUE).unwrap_or(Usd::MAX)),
            pool,
            split,
            max_cost: self.max_cost,
            zones: self.zones,
            sticky: self.sticky,
            redirect: self.redirect,
            latency_quantile: self.latency_quantile,
            learn: self.learn,
            explore: self.explore,
            confidence: self.confidence,
            max_upgrade_share: self.max_upgrade_share,
            implied,
            digest: [0; 32],
        };
        alias.digest = alias.compute_digest();
        alias
    }
}
