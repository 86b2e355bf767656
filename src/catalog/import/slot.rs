use std::fmt;

use super::super::{Date, Hours, Rate, Unit};
use crate::money::UnitPrice;

/// What a rate is for and when it holds: a rate without its amount.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    pub(super) unit: Unit,
    pub(super) over: Option<u64>,
    pub(super) tier: Option<Box<str>>,
    pub(super) region: Option<Box<str>>,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) hours: Option<Hours>,
}

impl Slot {
    /// For a unit, always.
    pub const fn new(unit: Unit) -> Self {
        Self {
            unit,
            over: None,
            tier: None,
            region: None,
            from: None,
            until: None,
            hours: None,
        }
    }

    /// That of a rate.
    pub fn of(rate: &Rate) -> Self {
        Self {
            unit: rate.unit().clone(),
            over: rate.over(),
            tier: rate.tier().map(Into::into),
            region: rate.region().map(Into::into),
            from: rate.from(),
            until: rate.until(),
            hours: rate.hours().cloned(),
        }
    }

    /// The rate of this slot at an amount.
    pub fn rate(&self, amount: UnitPrice) -> Rate {
        let mut rate = Rate::new(self.unit.clone(), amount);
        if let Some(over) = self.over {
            rate = rate.when_over(over);
        }
        if let Some(tier) = &self.tier {
            rate = rate.at_tier(tier.clone());
        }
        if let Some(region) = &self.region {
            rate = rate.in_region(region.clone());
        }
        if let Some(day) = self.from {
            rate = rate.valid_from(day);
        }
        if let Some(day) = self.until {
            rate = rate.valid_until(day);
        }
        match &self.hours {
            Some(hours) => rate.at_hours(hours.clone()),
            None => rate,
        }
    }

    /// What it is for.
    pub const fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Whether it holds without conditions.
    pub fn is_plain(&self) -> bool {
        *self == Self::new(self.unit.clone())
    }

    /// The same as it stands on a day: what has begun has no beginning; `None` for what is over.
    pub(super) fn on(mut self, today: Date) -> Option<Self> {
        if self.until.is_some_and(|until| until <= today) {
            return None;
        }
        self.from = self.from.filter(|from| *from > today);
        self.hours = self.hours.map(Hours::plain);
        Some(self)
    }

    /// The same conditions for another unit.
    pub(super) fn with_unit(&self, unit: Unit) -> Self {
        Self {
            unit,
            ..self.clone()
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.unit.to_string();
        if let Some(over) = self.over {
            text.push_str(&format!(" over {over}"));
        }
        if let Some(tier) = &self.tier {
            text.push_str(&format!(" at {tier}"));
        }
        if let Some(region) = &self.region {
            text.push_str(&format!(" in {region}"));
        }
        if let Some(from) = self.from {
            text.push_str(&format!(" from {from}"));
        }
        if let Some(until) = self.until {
            text.push_str(&format!(" until {until}"));
        }
        if let Some(hours) = &self.hours {
            text.push_str(&format!(" during {hours}"));
        }
        f.pad(&text)
    }
}
