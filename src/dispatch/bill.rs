use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Reported, Seen};
use crate::{
    budget::CutRule,
    catalog::{Model, OnDisconnect, Price, Provider, Snapshot, Terms, Unit, Usage},
    money::Usd,
    query::{Capability, Op, Query},
    select::{Planned, most_tokens, most_usage, most_usage_of_any_images},
};

/// Tokens that a provider may still make, and bill, after a stream was cut.
const STEP: u64 = 64;
/// More tokens a second than any provider writes into one choice. What it wrote while the caller was not waiting for
/// more may lie in buffers on the way, unseen.
const FASTEST: u64 = 4_096;

/// The most that a report of a cost is believed above what the call can cost by the catalog, and where the catalog says
/// nothing: more is a slip of units.
const MOST_TIMES: u64 = 1_000;
/// The most times that the catalog's price is above a report of a cost that is believed. No discount that is known is
/// as high, for tokens that are counted by what they are; less than that would let a budget be overspent.
const MOST_DISCOUNT: u64 = 10;
const MOST_REPORTED: Usd = match Usd::from_nanos(10_000 * 1_000_000_000) {
    Some(most) => most,
    None => Usd::MAX,
};
/// The tier at which a request may be served that leaves it to the provider.
const UPGRADE: &str = "priority";
const SEARCH: Unit = Unit::ToolCall(Cow::Borrowed("web_search"));

/// What a call cost, as far as its answer tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Invoice {
    /// By the catalog's rates.
    pub(super) computed: Option<Usd>,
    /// What the provider says, where that can be.
    pub(super) reported: Option<Usd>,
    /// What the provider says, where that cannot be.
    pub(super) unbelieved: Option<Usd>,
}

impl Invoice {
    /// Who sends the bill knows.
    pub(super) fn cost(self) -> Option<Usd> {
        self.reported.or(self.computed)
    }

    /// What the provider says, believed or not, and what the catalog comes to, where they differ by more than each of
    /// them is rounded.
    pub(super) fn disagreement(self) -> Option<(Usd, Usd)> {
        let (reported, computed) = self.reported.or(self.unbelieved).zip(self.computed)?;
        let apart = reported.nanos().abs_diff(computed.nanos()) > 1;
        apart.then_some((reported, computed))
    }
}

/// What an attempt costs, by the catalog as it was when the call was planned.
#[derive(Debug)]
pub(super) struct Bill {
    planned: Planned,
    snapshot: Option<Arc<Snapshot>>,
    query: Arc<Query>,
    at: SystemTime,
    /// Whether a budget was open that refuses.
    hard: bool,
}

impl Bill {
    /// The most tokens of text in, what was added here included.
    fn input(&self) -> u64 {
        let more = self.planned.quote.more_input;
        self.query.tokens().input_bound.saturating_add(more)
    }

    /// Whether nothing is charged for such a call: counting tokens is free at every vendor.
    pub(super) fn is_free(&self) -> bool {
        self.query.api().op() == Op::CountTokens
    }

    pub(super) const fn new(
        planned: Planned,
        snapshot: Option<Arc<Snapshot>>,
        query: Arc<Query>,
        at: SystemTime,
        hard: bool,
    ) -> Self {
        Self {
            planned,
            snapshot,
            query,
            at,
            hard,
        }
    }

    pub(super) fn bound(&self) -> Option<Usd> {
        self.planned.quote.bound.bound()
    }

    /// Notes a cost above the bound of a call under a budget that refuses. Says what the bound was, and whether no
    /// bound by this price holds any more.
    ///
    /// Without such a budget no limit of output is written, and what the model writes says nothing of its price. Nor
    /// does a cost that the call could have had with larger images than its own seem to be: their bytes are the
    /// caller's, who could take the model away from all others with them.
    pub(super) fn exceeded(&self, cost: Usd) -> Option<(Usd, bool)> {
        let bound = self.bound().filter(|bound| self.hard && cost > *bound)?;
        let doubted = self.with_any_images().is_none_or(|most| cost > most);
        if let Some(snapshot) = self.snapshot.as_ref().filter(|_| doubted) {
            snapshot.quarantine(self.planned.candidate.model(), bound, cost, self.at);
        }
        Some((bound, doubted))
    }

    /// The most that the call can cost, were its images the largest there are. `None` where it has none.
    fn with_any_images(&self) -> Option<Usd> {
        if self.query.images().is_empty() {
            return None;
        }
        let model = self.planned.candidate.model();
        let output = self.planned.quote.most_output?;
        let input = self.input();
        let most = most_usage_of_any_images(&self.query, input, model, output);
        let terms = self.terms(model, self.query.service_tier(), None);
        model.price().bound(&most, &terms).bound()
    }

    pub(super) fn cut_rule(&self) -> CutRule {
        cut_rule(self.planned.candidate.model().provider())
    }

    /// What a call cost that has come to its end, as far as the provider's answer tells.
    /// `took` is how long it took: by which end of it a provider looks at the clock is not known, and so the dearer
    /// counts.
    pub(super) fn invoice(&self, seen: &Seen, took: Duration) -> Invoice {
        let ended = self.at.checked_add(took).unwrap_or(self.at);
        let computed = match &seen.usage {
            Reported::Usage(usage) => self.cost(usage, seen, ended),
            Reported::Missing | Reported::Implausible => None,
        };
        let believed = |cost: &Usd| self.believes(*cost, computed);
        Invoice {
            computed,
            reported: seen.cost.filter(believed),
            unbelieved: seen.cost.filter(|cost| !believed(cost)),
        }
    }

    /// Whether a cost that the provider reports can be.
    ///
    /// Nothing at all is believed only of what is free by the catalog: a zero is also what a gateway in between writes
    /// that does not know its price. Nor is next to nothing, where the usage comes to much more by the catalog.
    fn believes(&self, reported: Usd, computed: Option<Usd>) -> bool {
        let free = self.planned.candidate.model().price().is_free();
        if reported == Usd::ZERO {
            return free || computed == Some(Usd::ZERO);
        }
        let least = computed.map_or(0, |usd| usd.nanos() / MOST_DISCOUNT);
        if reported.nanos() < least {
            return false;
        }
        let expected = self.bound().max(computed).filter(|usd| *usd > Usd::ZERO);
        let most = expected.map_or(MOST_REPORTED.nanos(), |usd| {
            usd.nanos().saturating_mul(MOST_TIMES)
        });
        reported.nanos() <= most
    }

    /// By the usage that the provider reports, and the model, tier and region that it says have served the call.
    fn cost(&self, usage: &Usage, seen: &Seen, ended: SystemTime) -> Option<Usd> {
        if seen.shares.is_empty() {
            return self.cost_at(self.served(seen.model.as_deref()), usage, seen, ended);
        }
        let shares = seen.shares.iter();
        let costs = shares.map(|share| {
            let name = share.model.as_deref().or(seen.model.as_deref());
            self.cost_at(self.served(name), &share.usage, seen, ended)
        });
        costs.sum()
    }

    fn cost_at(&self, model: &Model, usage: &Usage, seen: &Seen, ended: SystemTime) -> Option<Usd> {
        let price = model.price();
        let usage = self.with_searches(as_priced(usage, price));
        let at_tier = |tier: Option<&str>| {
            let mut terms = self.terms(model, tier, seen.region.as_deref());
            let cost = price.cost(&usage, &terms).bound()?;
            if !price.is_timed() {
                return Some(cost);
            }
            terms.at = ended;
            Some(cost.max(price.cost(&usage, &terms).bound()?))
        };
        let lower = |tier: &str| tier.to_ascii_lowercase();
        let served = seen.tier.as_deref().map(lower);
        let asked = self.query.service_tier().map(lower);
        let plain = at_tier(None);
        match (served.as_deref(), asked.as_deref()) {
            (Some("auto") | None, Some("auto")) | (Some("auto"), None) => {
                // The provider chooses and does not say what: the dearer.
                plain.map(|plain| plain.max(at_tier(Some(UPGRADE)).unwrap_or(plain)))
            }
            (None | Some("auto"), Some(asked)) => {
                plain.map(|plain| plain.max(at_tier(Some(asked)).unwrap_or(plain)))
            }
            (Some(served), _) => at_tier(Some(served)),
            (None, None) => plain,
        }
    }

    /// A search that was asked for and that the answer does not count has taken place all the same, once a choice.
    fn with_searches(&self, mut usage: Usage) -> Usage {
        let is_search = |unit: &Unit| *unit == SEARCH;
        if self.query.needs().has(Capability::WebSearch)
            && !usage.extra.iter().any(|(unit, _)| is_search(unit))
        {
            let choices = u64::from(self.query.n().max(1));
            usage.extra.push((SEARCH, choices));
        }
        usage
    }

    /// The model that the answer names, where the catalog knows another of this name at the provider.
    fn served(&self, name: Option<&str>) -> &Arc<Model> {
        let asked = self.planned.candidate.model();
        let (Some(served), Some(snapshot)) = (name, &self.snapshot) else {
            return asked;
        };
        if *served == *asked.id() {
            return asked;
        }
        snapshot
            .served(asked.provider().name(), served)
            .unwrap_or(asked)
    }

    fn terms(&self, model: &Model, tier: Option<&str>, served_in: Option<&str>) -> Terms {
        let mut terms = Terms::new(self.at);
        if let Some(tier) = tier {
            terms = terms.tier(tier);
        }
        if let Some(region) = served_in.or(model.provider().region()) {
            terms = terms.region(region);
        }
        terms
    }

    /// Whether the model may have thought, of which nothing is seen.
    fn may_think(&self) -> bool {
        let model = self.planned.candidate.model();
        model.can().has(Capability::Reasoning) && self.query.effort() != Some("none")
    }

    /// The most tokens of an answer that was cut after what was seen of it, and so long after all that had come was
    /// read, were all of it to be seen.
    fn written(&self, seen: &Seen, behind: Duration) -> u64 {
        let millis = u64::try_from(behind.as_millis()).unwrap_or(u64::MAX);
        let unseen = (millis.saturating_mul(FASTEST) / 1_000).saturating_add(STEP);
        let unseen = unseen.saturating_mul(u64::from(self.query.n().max(1)));
        seen.content_bytes.saturating_add(unseen)
    }

    /// How many tokens an answer without usage counts as for a limit of tokens. `None` where all that were taken for
    /// it stay so: it has a limit of output, and may have come to it unseen.
    ///
    /// Where it has none that is known, nothing was taken for it, and what was seen counts: what nobody has read yet
    /// could be any number of tokens, and a limit of tokens has no bound to keep it to.
    pub(super) fn tokens_when_cut(
        &self,
        seen: &Seen,
        behind: Duration,
        stopped: bool,
    ) -> Option<u64> {
        let quote = &self.planned.quote;
        let limited = quote.most_output.is_some();
        if limited && (!stopped || self.may_think()) {
            return None;
        }
        let model = self.planned.candidate.model();
        let input = self.input();
        let with = |output| most_tokens(&self.query, input, model, output);
        Some(match limited {
            true => with(self.written(seen, behind)).min(quote.most_tokens),
            false => with(seen.content_bytes),
        })
    }

    /// The most that a stream has cost which was cut after what was seen of it, and so long after all that had
    /// come was read. `None` where that says nothing: a model that thinks may have done so unseen, and that is billed.
    pub(super) fn cost_when_cut(&self, seen: &Seen, behind: Duration) -> Option<Usd> {
        if self.may_think() {
            return None;
        }
        let model = self.planned.candidate.model();
        let output = self.written(seen, behind);
        let usage = most_usage(&self.query, self.input(), model, output);
        // The tier that serves is at worst the one asked for, or the one that the answer names.
        let tiers = [self.query.service_tier(), seen.tier.as_deref()];
        let costs = tiers.map(|tier| {
            let terms = self.terms(model, tier, None);
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
