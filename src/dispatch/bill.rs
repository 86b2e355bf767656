use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::Seen;
use crate::{
    budget::CutRule,
    catalog::{Model, OnDisconnect, Price, Provider, Snapshot, Terms, Unit, Usage},
    money::Usd,
    query::{Capability, Query},
    select::{Planned, most_usage},
};

/// Tokens that a provider may still make, and bill, after a stream was cut.
const STEP: u64 = 64;
/// More tokens a second than any provider writes into one choice. What it wrote while the caller was not waiting for
/// more may lie in buffers on the way, unseen.
const FASTEST: u64 = 4_096;

/// What an attempt costs, by the catalog as it was when the call was planned.
#[derive(Debug)]
pub(super) struct Bill {
    planned: Planned,
    snapshot: Option<Arc<Snapshot>>,
    query: Arc<Query>,
    at: SystemTime,
}

impl Bill {
    pub(super) const fn new(
        planned: Planned,
        snapshot: Option<Arc<Snapshot>>,
        query: Arc<Query>,
        at: SystemTime,
    ) -> Self {
        Self {
            planned,
            snapshot,
            query,
            at,
        }
    }

    pub(super) fn bound(&self) -> Option<Usd> {
        self.planned.quote.bound.bound()
    }

    pub(super) fn cut_rule(&self) -> CutRule {
        cut_rule(self.planned.candidate.model().provider())
    }

    /// By the usage that the provider reports, and the model and tier that it says have served the call.
    pub(super) fn cost(&self, usage: &Usage, seen: &Seen) -> Option<Usd> {
        let model = self.served(seen);
        let price = model.price();
        let usage = as_priced(usage, price);
        let at_tier = |tier: Option<&str>| dearest(price, &usage, &terms(model, self.at, tier));
        match (seen.tier.as_deref(), self.query.service_tier()) {
            (Some(served), _) => at_tier(Some(&served.to_ascii_lowercase())),
            // Which tier has served is not said: the dearer of the one asked for and the ordinary one.
            (None, Some(asked)) => {
                at_tier(None).map(|plain| plain.max(at_tier(Some(asked)).unwrap_or(plain)))
            }
            (None, None) => at_tier(None),
        }
    }

    /// The model that the answer names, where the catalog knows another of this name at the provider.
    fn served(&self, seen: &Seen) -> &Arc<Model> {
        let asked = self.planned.candidate.model();
        let (Some(served), Some(snapshot)) = (&seen.model, &self.snapshot) else {
            return asked;
        };
        if **served == *asked.id() {
            return asked;
        }
        snapshot
            .served(asked.provider().name(), served)
            .unwrap_or(asked)
    }

    /// The most that a stream has cost which was cut after what was seen of it, and so long after all that had
    /// come was read. `None` where that says nothing: a model that thinks may have done so unseen, and that is billed.
    pub(super) fn cost_when_cut(&self, seen: &Seen, behind: Duration) -> Option<Usd> {
        let model = self.planned.candidate.model();
        if model.can().has(Capability::Reasoning) && self.query.effort() != Some("none") {
            return None;
        }
        let millis = u64::try_from(behind.as_millis()).unwrap_or(u64::MAX);
        let unseen = (millis.saturating_mul(FASTEST) / 1_000).saturating_add(STEP);
        let unseen = unseen.saturating_mul(u64::from(self.query.n().max(1)));
        let output = seen.content_bytes.saturating_add(unseen);
        let usage = most_usage(&self.query, model.price(), output);
        // The tier that serves is at worst the one asked for, or the one that the answer names.
        let tiers = [self.query.service_tier(), seen.tier.as_deref()];
        let costs = tiers.map(|tier| {
            let terms = terms(model, self.at, tier);
            model.price().bound(&usage, &terms).bound()
        });
        let cost = costs[0]
            .zip(costs[1])
            .map(|(asked, served)| asked.max(served));
        let bound = self.bound();
        match cost {
            Some(cost) => Some(bound.map_or(cost, |bound| cost.min(bound))),
            None => bound,
        }
    }
}

/// What a stream that is cut costs at a provider.
pub(super) fn cut_rule(provider: &Provider) -> CutRule {
    match provider.on_disconnect() {
        OnDisconnect::Stops => CutRule::Stops,
        OnDisconnect::RunsOn | OnDisconnect::Unknown => CutRule::Bound,
    }
}

fn terms(model: &Model, at: SystemTime, tier: Option<&str>) -> Terms {
    let mut terms = Terms::new(at);
    if let Some(tier) = tier {
        terms = terms.tier(tier);
    }
    if let Some(region) = model.provider().region() {
        terms = terms.region(region);
    }
    terms
}

/// Tokens of images and speech count as text where the price does not tell them apart.
fn as_priced(usage: &Usage, price: &Price) -> Usage {
    let mut usage = usage.clone();
    let fold = |unit: Unit, from: u64, into: &mut u64| {
        if price.states(&unit) {
            return from;
        }
        *into = into.saturating_add(from);
        0
    };
    usage.audio_input = fold(Unit::AudioInput, usage.audio_input, &mut usage.input);
    usage.image_input = fold(Unit::ImageInput, usage.image_input, &mut usage.input);
    usage.audio_output = fold(Unit::AudioOutput, usage.audio_output, &mut usage.output);
    usage.image_output = fold(Unit::ImageOutput, usage.image_output, &mut usage.output);
    usage
}

/// What usage costs where the answer does not say for how long a cache keeps what was written to it: at the dearest
/// write that the price states.
fn dearest(price: &Price, usage: &Usage, terms: &Terms) -> Option<Usd> {
    let cost = |usage: &Usage| price.cost(usage, terms).bound();
    let mut most = cost(usage)?;
    let writes = usage.cache_write_5m;
    if writes == 0 {
        return Some(most);
    }
    let unwritten = Usage {
        cache_write_5m: 0,
        ..usage.clone()
    };
    for unit in [Unit::CacheWrite30m, Unit::CacheWrite1h] {
        if !price.states(&unit) {
            continue;
        }
        let mut longer = unwritten.clone();
        match unit {
            Unit::CacheWrite30m => longer.cache_write_30m = writes,
            _ => longer.cache_write_1h = writes,
        }
        most = most.max(cost(&longer)?);
    }
    Some(most)
}
