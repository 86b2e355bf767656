mod bound;

use super::{Date, Rate, Terms, Unit, Usage};
use crate::money::{Cost, Exact, ParseMoneyError, UnitPrice, Usd};

/// In whose place the dearest of the others stands.
const CACHE_WRITES: [Unit; 3] = [Unit::CacheWrite5m, Unit::CacheWrite30m, Unit::CacheWrite1h];

/// What a model costs: a list of rates, or nothing, or it is not known.
///
/// A unit that has no rate of its own is not free. Thinking then costs what the answer does, and reading the cache
/// what the prompt does; writing it costs the dearest of the prompt and of the writes that are stated. For anything
/// else the cost is [`Cost::Unknown`], and so it is for tokens at a service tier that no rate names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    state: State,
    rates: Vec<Rate>,
    regions: Vec<(Box<str>, u32)>,
    auto_upgrade: bool,
    source: Option<Box<str>>,
    checked: Option<Date>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Free,
    Rates,
}

impl Price {
    /// Not known: nothing can be bounded, and under a hard budget nothing is sent.
    pub const fn unknown() -> Self {
        Self {
            state: State::Unknown,
            rates: Vec::new(),
            regions: Vec::new(),
            auto_upgrade: false,
            source: None,
            checked: None,
        }
    }

    /// Costs nothing, whatever is used.
    pub fn free() -> Self {
        Self {
            state: State::Free,
            ..Self::unknown()
        }
    }

    /// From rates; without any it is unknown.
    pub fn new(rates: impl IntoIterator<Item = Rate>) -> Self {
        let rates: Vec<_> = rates.into_iter().collect();
        let state = if rates.is_empty() {
            State::Unknown
        } else {
            State::Rates
        };
        Self {
            state,
            rates,
            ..Self::unknown()
        }
    }

    /// Dollars per million tokens of prompt and of answer.
    ///
    /// # Errors
    /// When a text is no decimal amount.
    pub fn per_million(input: &str, output: &str) -> Result<Self, ParseMoneyError> {
        Ok(Self::new([
            Rate::new(Unit::Input, UnitPrice::per_million(input)?),
            Rate::new(Unit::Output, UnitPrice::per_million(output)?),
        ]))
    }

    /// Tokens cost `per_mille` / 1000 of their rates in a region: `1100` for a surcharge of ten percent.
    #[must_use]
    pub fn with_region_factor(mut self, region: impl Into<Box<str>>, per_mille: u32) -> Self {
        self.regions.push((region.into(), per_mille));
        self
    }

    /// Whether a request that names no tier can be served, and charged, at the tier `priority`. A request for the
    /// tier `auto` always can.
    #[must_use]
    pub const fn with_auto_upgrade(mut self, yes: bool) -> Self {
        self.auto_upgrade = yes;
        self
    }

    /// Where it is from.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<str>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// When somebody last compared it with its source.
    #[must_use]
    pub const fn checked_on(mut self, day: Date) -> Self {
        self.checked = Some(day);
        self
    }

    /// Whether a request that names no tier can end at `priority`.
    pub const fn auto_upgrade(&self) -> bool {
        self.auto_upgrade
    }

    /// The rates, as listed.
    pub fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// Whether it is declared free.
    pub const fn is_free(&self) -> bool {
        matches!(self.state, State::Free)
    }

    /// Whether it is known at all.
    pub const fn is_known(&self) -> bool {
        !matches!(self.state, State::Unknown)
    }

    /// Whether it depends on when the call is.
    pub(crate) fn is_timed(&self) -> bool {
        let timed =
            |rate: &Rate| rate.hours().is_some() || rate.from().is_some() || rate.until().is_some();
        self.rates.iter().any(timed)
    }

    /// Whether a unit has a rate of its own.
    pub fn states(&self, unit: &Unit) -> bool {
        self.rates
            .iter()
            .any(|rate| unit.agrees(rate.unit()).is_some())
    }

    /// Regions and what tokens cost there, in thousandths.
    pub fn region_factors(&self) -> impl Iterator<Item = (&str, u32)> {
        self.regions
            .iter()
            .map(|(region, per_mille)| (&**region, *per_mille))
    }

    /// Where it is from.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// When somebody last compared it with its source.
    pub const fn checked(&self) -> Option<Date> {
        self.checked
    }

    /// What tells this price from another one: all that amounts depend on, and not where it is from.
    pub(super) fn fingerprint(&self) -> [u8; 16] {
        let amounts = (&self.state, &self.rates, &self.regions, self.auto_upgrade);
        let digest = blake3::hash(format!("{amounts:?}").as_bytes());
        digest.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// The most that a call can cost which uses at most `most` and is asked for on `terms`.
    ///
    /// The dearest rate that could come to apply: a prompt may be written to the cache at its dearest (unless
    /// `terms` rule that out), be as long as foreseen, be served in any region that `terms` leave open, at the
    /// ordinary tier though a cheaper one was asked for, at `priority` when the tier is left to the provider, and at
    /// any hour of any day from an hour before `terms.at` to a day after. So for every usage
    /// [within](Usage::within) `most` and every such answer, [`cost`](Self::cost) is no more.
    pub fn bound(&self, most: &Usage, terms: &Terms) -> Cost {
        match self.state {
            State::Unknown => Cost::Unknown,
            State::Free => Cost::Known(Usd::ZERO),
            State::Rates => self
                .dearest_sum(most, terms)
                .and_then(Exact::round_up)
                .map_or(Cost::Unknown, Cost::Bounded),
        }
    }

    /// What a call cost that used `used` and was served on `terms`, by the rates that applied.
    ///
    /// Whether the price for long prompts applies is decided by all tokens of the prompt, cached ones included, and
    /// then for the whole call. The sum is rounded up once, to a nano-dollar.
    pub fn cost(&self, used: &Usage, terms: &Terms) -> Cost {
        match self.state {
            State::Unknown => Cost::Unknown,
            State::Free => Cost::Known(Usd::ZERO),
            State::Rates => self
                .sum(used, terms)
                .and_then(Exact::round_up)
                .map_or(Cost::Unknown, Cost::Known),
        }
    }

    fn sum(&self, used: &Usage, terms: &Terms) -> Option<Exact> {
        let prompt = used.prompt();
        let mut sum = Exact::ZERO;
        let mut requests = 0;
        for (unit, count) in used.counts().filter(|(_, count)| *count > 0) {
            sum = sum + Exact::of(count, self.applying(unit, prompt, terms)?);
            if *unit == Unit::Request {
                requests += 1;
            }
        }
        if requests == 0 && self.states(&Unit::Request) {
            sum = sum + Exact::of(1, self.applying(&Unit::Request, prompt, terms)?);
        }
        Some(sum)
    }

    /// The rate that applies to a unit, or to the unit that stands in for it.
    fn applying(&self, unit: &Unit, prompt: u64, terms: &Terms) -> Option<UnitPrice> {
        let own = self.narrowest(unit, prompt, terms);
        if own.is_some() {
            return own;
        }
        match unit {
            Unit::CacheWrite => CACHE_WRITES
                .iter()
                .filter_map(|write| self.applying(write, prompt, terms))
                .max(),
            Unit::Reasoning => self.narrowest(&Unit::Output, prompt, terms),
            Unit::CacheRead => self.narrowest(&Unit::Input, prompt, terms),
            Unit::CacheWrite5m | Unit::CacheWrite30m | Unit::CacheWrite1h => CACHE_WRITES
                .iter()
                .chain([&Unit::Input])
                .filter_map(|other| self.narrowest(other, prompt, terms))
                .max(),
            _ => None,
        }
    }

    fn narrowest(&self, unit: &Unit, prompt: u64, terms: &Terms) -> Option<UnitPrice> {
        let region = terms.region.as_deref();
        let at_tier = |tier: Option<&str>| {
            self.rates
                .iter()
                .filter(|rate| rate.tier() == tier && rate.holds(prompt, region, terms.at))
                .filter_map(|rate| Some((rate, unit.agrees(rate.unit())?)))
                .max_by_key(|(rate, details)| rate.narrowness(*details))
        };
        let tier = terms.named_tier();
        let mut found = at_tier(tier);
        // Tiers are about tokens; what else is used costs the same at each unless stated.
        if found.is_none() && tier.is_some() && !unit.is_token() {
            found = at_tier(None);
        }
        let (rate, _) = found?;
        if rate.region().is_some() || !unit.is_token() {
            return Some(rate.amount());
        }
        let factor =
            region.and_then(|region| self.regions.iter().find(|(name, _)| **name == *region));
        Some(factor.map_or(rate.amount(), |(_, per_mille)| {
            rate.amount().scaled(*per_mille)
        }))
    }
}

#[cfg(test)]
mod tests;
