use std::time::Duration;

use super::{
    super::{Date, Rate, Terms, Unit, Usage},
    CACHE_WRITES, Price,
};
use crate::money::{Exact, UnitPrice};

/// How long after a bound is taken the call may still be priced by it. Longer than any call; jobs included.
const HORIZON: Duration = Duration::from_secs(24 * 60 * 60);
/// How far the clocks of provider and caller may differ.
const SKEW: Duration = Duration::from_secs(60 * 60);

/// The tier that a request may end at which leaves the tier to the provider.
const UPGRADE: &str = "priority";

impl Price {
    /// The sum at the dearest rates within reach.
    pub(super) fn dearest_sum(&self, most: &Usage, terms: &Terms) -> Option<Exact> {
        let reach = Reach::new(self, most, terms);
        // A tier that no rate names may cost anything.
        if reach.tier.is_some() && self.rates.iter().all(|rate| rate.tier() != reach.tier) {
            return None;
        }
        let mut sum = Exact::ZERO;
        let prompt = most.text_prompt();
        if prompt > 0 {
            let base = self.dearest(&Unit::Input, &reach)?;
            let mut dearest = base.max(self.dearest(&Unit::CacheRead, &reach).unwrap_or(base));
            if terms.cache_write || most.writes_cache() {
                let writes = CACHE_WRITES
                    .iter()
                    .chain([&Unit::CacheWrite])
                    .filter_map(|unit| self.dearest(unit, &reach));
                dearest = writes.fold(dearest, UnitPrice::max);
            }
            sum = sum + Exact::of(prompt, dearest);
        }
        let answer = most.output.saturating_add(most.reasoning);
        if answer > 0 {
            let base = self.dearest(&Unit::Output, &reach)?;
            let dearest = base.max(self.dearest(&Unit::Reasoning, &reach).unwrap_or(base));
            sum = sum + Exact::of(answer, dearest);
        }
        let apart = [
            (&Unit::AudioInput, most.audio_input),
            (&Unit::AudioOutput, most.audio_output),
            (&Unit::ImageInput, most.image_input),
            (&Unit::ImageOutput, most.image_output),
        ];
        let extra = most.extra.iter().map(|(unit, count)| (unit, *count));
        let mut requests = 0;
        for (unit, count) in apart
            .into_iter()
            .chain(extra)
            .filter(|(_, count)| *count > 0)
        {
            sum = sum + Exact::of(count, self.dearest(unit, &reach)?);
            if *unit == Unit::Request {
                requests += 1;
            }
        }
        if requests == 0 && self.states(&Unit::Request) {
            sum = sum + Exact::of(1, self.dearest(&Unit::Request, &reach)?);
        }
        Some(sum)
    }

    /// The dearest rate of a unit within reach.
    fn dearest(&self, unit: &Unit, reach: &Reach<'_>) -> Option<UnitPrice> {
        self.rates
            .iter()
            .filter(|rate| unit.agrees(rate.unit()).is_some() && reach.covers(rate))
            .map(|rate| {
                if rate.region().is_some() || !unit.is_token() {
                    rate.amount()
                } else {
                    rate.amount().scaled(reach.factor)
                }
            })
            .max()
    }
}

/// What may come to apply to a call that has not been made yet.
struct Reach<'a> {
    prompt: u64,
    upgrade: bool,
    tier: Option<&'a str>,
    region: Option<&'a str>,
    factor: u32,
    first: Date,
    last: Date,
}

impl<'a> Reach<'a> {
    fn new(price: &Price, most: &Usage, terms: &'a Terms) -> Self {
        let region = terms.region.as_deref();
        let factor = price
            .regions
            .iter()
            .filter(|(name, _)| region.is_none_or(|asked| *asked == **name))
            .map(|(_, per_mille)| *per_mille)
            .fold(1_000, u32::max);
        Self {
            prompt: most.prompt(),
            upgrade: terms.is_auto() || (terms.tier.is_none() && price.auto_upgrade),
            tier: terms.named_tier(),
            region,
            factor,
            first: Date::of(terms.at.checked_sub(SKEW).unwrap_or(terms.at)),
            last: Date::of(terms.at.checked_add(HORIZON).unwrap_or(terms.at)),
        }
    }

    fn covers(&self, rate: &Rate) -> bool {
        let tier = rate.tier();
        (tier.is_none() || tier == self.tier || (self.upgrade && tier == Some(UPGRADE)))
            && rate.may_hold(self.prompt, self.region, self.first, self.last)
    }
}
