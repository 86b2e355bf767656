use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::Seen;
use crate::{
    budget::CutRule,
    catalog::{Model, OnDisconnect, Snapshot, Terms, Unit, Usage},
    money::Usd,
    query::{Capability, Query, TokenCount},
    select::Planned,
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
        match self.planned.candidate.model().provider().on_disconnect() {
            OnDisconnect::Stops => CutRule::Stops,
            _ => CutRule::Bound,
        }
    }

    /// By the usage that the provider reports, and the model and tier that it says have served the call.
    pub(super) fn cost(&self, usage: &Usage, seen: &Seen) -> Option<Usd> {
        let mut terms = Terms::new(self.at);
        if let Some(tier) = &seen.tier {
            terms = terms.tier(tier.clone());
        }
        let price = self.served(seen).price();
        let mut usage = usage.clone();
        if !price.states(&Unit::AudioInput) {
            usage.input = usage
                .input
                .saturating_add(std::mem::take(&mut usage.audio_input));
        }
        if !price.states(&Unit::AudioOutput) {
            usage.output = usage
                .output
                .saturating_add(std::mem::take(&mut usage.audio_output));
        }
        price.cost(&usage, &terms).bound()
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

    /// The most that a stream has cost which was cut after so many bytes of content, and so long after all that had
    /// come was read. `None` where that says nothing: a model that thinks may have done so unseen, and that is billed.
    pub(super) fn cost_when_cut(&self, content_bytes: u64, behind: Duration) -> Option<Usd> {
        let model = self.planned.candidate.model();
        if model.can().has(Capability::Reasoning) && self.query.effort() != Some("none") {
            return None;
        }
        let tokens = self.query.tokens();
        let images = u64::from(tokens.images) * TokenCount::PER_IMAGE;
        let millis = u64::try_from(behind.as_millis()).unwrap_or(u64::MAX);
        let unseen = (millis.saturating_mul(FASTEST) / 1_000).saturating_add(STEP);
        let unseen = unseen.saturating_mul(u64::from(self.query.n().max(1)));
        let usage = Usage {
            input: tokens.input_bound.saturating_add(images),
            audio_input: tokens.audio_bound,
            output: content_bytes.saturating_add(unseen),
            ..Usage::default()
        };
        let bound = self.bound();
        match model.price().bound(&usage, &Terms::new(self.at)).bound() {
            Some(cost) => Some(bound.map_or(cost, |bound| cost.min(bound))),
            None => bound,
        }
    }
}
