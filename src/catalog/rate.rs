use std::time::SystemTime;

use super::{Date, Hours, Unit, terms::ordinary};
use crate::money::UnitPrice;

/// A price for one unit, and when it holds.
///
/// A rate without conditions always holds. Where several hold, the one with the narrowest conditions is the one that
/// applies, and of equally narrow ones the dearest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    unit: Unit,
    amount: UnitPrice,
    over: Option<u64>,
    tier: Option<Box<str>>,
    region: Option<Box<str>>,
    from: Option<Date>,
    until: Option<Date>,
    hours: Option<Hours>,
    free: bool,
}

impl Rate {
    /// A rate that always holds.
    pub const fn new(unit: Unit, amount: UnitPrice) -> Self {
        Self {
            unit,
            amount,
            over: None,
            tier: None,
            region: None,
            from: None,
            until: None,
            hours: None,
            free: false,
        }
    }

    /// A unit that costs nothing, said on purpose: a zero that is not is refused.
    pub fn free(unit: Unit) -> Self {
        Self {
            free: true,
            ..Self::new(unit, UnitPrice::FREE)
        }
    }

    /// Only for prompts longer than `tokens`, cached ones counted: then for the whole call.
    ///
    /// Where a provider counts a prompt of just so many tokens as a long one already, give one less. A bound takes the
    /// dearer side either way.
    #[must_use]
    pub const fn when_over(mut self, tokens: u64) -> Self {
        self.over = Some(tokens);
        self
    }

    /// Only at a service tier. Tokens have no other price there.
    #[must_use]
    pub fn at_tier(mut self, tier: impl Into<Box<str>>) -> Self {
        let tier = tier.into();
        self.tier = (!ordinary(&tier)).then_some(tier);
        self
    }

    /// Only in a region. The price's factor for that region is not applied to it.
    #[must_use]
    pub fn in_region(mut self, region: impl Into<Box<str>>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Only from the beginning of a day, in UTC.
    #[must_use]
    pub const fn valid_from(mut self, day: Date) -> Self {
        self.from = Some(day);
        self
    }

    /// Only before the beginning of a day, in UTC: the first day on which it no longer holds.
    #[must_use]
    pub const fn valid_until(mut self, day: Date) -> Self {
        self.until = Some(day);
        self
    }

    /// Only at some hours of the week.
    #[must_use]
    pub fn at_hours(mut self, hours: Hours) -> Self {
        self.hours = Some(hours);
        self
    }

    /// What it is for.
    pub const fn unit(&self) -> &Unit {
        &self.unit
    }

    /// The price of one.
    pub const fn amount(&self) -> UnitPrice {
        self.amount
    }

    /// Whether it is free on purpose.
    pub const fn is_free(&self) -> bool {
        self.free
    }

    /// The length of prompt, in tokens, above which it holds.
    pub const fn over(&self) -> Option<u64> {
        self.over
    }

    /// The service tier at which it holds; `None` is the ordinary one.
    pub fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// The region in which it holds; `None` is any.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The first day on which it holds.
    pub const fn from(&self) -> Option<Date> {
        self.from
    }

    /// The first day on which it no longer holds.
    pub const fn until(&self) -> Option<Date> {
        self.until
    }

    /// The hours of the week in which it holds.
    pub const fn hours(&self) -> Option<&Hours> {
        self.hours.as_ref()
    }

    /// Whether it holds for a prompt of so many tokens, in a region, at an instant. The tier is the caller's matter.
    pub(super) fn holds(&self, prompt: u64, region: Option<&str>, at: SystemTime) -> bool {
        // Which day it is takes some reckoning, and few rates ask.
        let on_a_day = || {
            let day = Date::of(at);
            self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
        };
        self.over.is_none_or(|over| prompt > over)
            && self
                .region
                .as_deref()
                .is_none_or(|mine| region == Some(mine))
            && ((self.from.is_none() && self.until.is_none()) || on_a_day())
            && self.hours.as_ref().is_none_or(|hours| hours.contains(at))
    }

    /// Whether it can come to hold for a prompt of at most so many tokens, on any of some days. Which side of a
    /// limit a prompt of exactly that length is on, providers decide; hours are not looked at.
    pub(super) fn may_hold(
        &self,
        prompt: u64,
        region: Option<&str>,
        first: Date,
        last: Date,
    ) -> bool {
        self.over.is_none_or(|over| prompt >= over)
            && self
                .region
                .as_deref()
                .is_none_or(|mine| region.is_none_or(|asked| asked == mine))
            && self.from.is_none_or(|from| from <= last)
            && self.until.is_none_or(|until| first < until)
    }

    /// Orders rates that hold at once, the one that applies last.
    pub(super) fn narrowness(&self, details: u8) -> impl Ord + use<> {
        (
            details,
            self.region.is_some(),
            self.over.map_or(0, |over| over.saturating_add(1)),
            self.hours.is_some(),
            self.from.is_some(),
            self.from,
            self.until.is_some(),
            self.amount,
        )
    }
}
