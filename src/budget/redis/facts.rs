use std::sync::Arc;

use redis::Cmd;

use super::{Zones, keys::account_name};
use crate::{
    budget::{Ask, HoldId, HoldLabel, Limit, Measure, Mode, RateLimit, TimeZone},
    money::Usd,
};

/// What was asked, without what is asked for it: it may be kept long, and keeps no ledger alive.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) id: HoldId,
    pub(super) bound: Usd,
    label: HoldLabel,
    forced: bool,
    scopes: Vec<Account>,
}

/// One scope of it.
#[derive(Clone, Debug)]
struct Account {
    name: String,
    budget: Arc<str>,
    enforces: bool,
    zone: TimeZone,
    limits: Vec<Limit>,
    /// And how much of each is taken.
    rates: Vec<(RateLimit, u64)>,
}

/// How a hold is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// If it fits.
    No,
    /// Whatever the limits say, because its call goes on already.
    Forced,
    /// Once more, because the server has lost it.
    Restored,
}

impl Facts {
    pub(super) fn of(ask: &Ask<'_>) -> Self {
        let scopes = ask.scopes().iter().map(|scope| Account {
            name: account_name(scope.account()),
            budget: Arc::clone(scope.account().shared_name()),
            enforces: scope.mode() == Mode::Enforce,
            zone: scope.time_zone().clone(),
            limits: scope.limits().to_vec(),
            rates: scope
                .rates()
                .iter()
                .map(|rate| (*rate, ask.amount(rate.measure())))
                .collect(),
        });
        Self {
            id: ask.id(),
            bound: ask.bound(),
            label: ask.label().clone(),
            forced: ask.is_forced(),
            scopes: scopes.collect(),
        }
    }

    /// What the hold is called in Redis.
    pub(super) fn wire_id(&self) -> String {
        wire_id(self.id, self.forced)
    }

    /// What its accounts are called in Redis.
    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.scopes.iter().map(|scope| scope.name.as_str())
    }

    /// How much was asked of a rate limit.
    pub(super) fn count(&self, scope: usize, rate: usize) -> u64 {
        let rates = self.scopes.get(scope).map(|scope| &scope.rates);
        rates
            .and_then(|r| r.get(rate))
            .map_or(0, |(_, count)| *count)
    }

    /// Adds what the reserve script reads.
    pub(super) fn write(&self, cmd: &mut Cmd, force: Force, lease: u64, zones: &mut Zones) {
        let force = match force {
            Force::No => 0,
            Force::Forced => 1,
            Force::Restored => 2,
        };
        cmd.arg(self.wire_id())
            .arg(self.bound.nanos())
            .arg(self.label.model())
            .arg(self.label.provider())
            .arg(force)
            .arg(lease);
        let mut named: Vec<&TimeZone> = Vec::with_capacity(1);
        for scope in &self.scopes {
            if !named.contains(&&scope.zone) {
                named.push(&scope.zone);
            }
        }
        cmd.arg(named.len());
        for zone in &named {
            zones.write(cmd, zone);
        }
        cmd.arg(self.scopes.len());
        for scope in &self.scopes {
            let zone = named.iter().position(|zone| **zone == scope.zone);
            cmd.arg(&scope.name)
                .arg(&*scope.budget)
                .arg(u8::from(scope.enforces))
                .arg(zone.unwrap_or(0) + 1);
            cmd.arg(scope.limits.len());
            for limit in &scope.limits {
                cmd.arg(limit.window() as u8).arg(limit.amount().nanos());
            }
            cmd.arg(scope.rates.len());
            for (rate, count) in &scope.rates {
                let period = u64::try_from(rate.period().as_micros()).unwrap_or(u64::MAX);
                cmd.arg(measure_number(rate.measure()))
                    .arg(rate.takes(*count))
                    .arg(rate.ahead())
                    .arg(*count)
                    .arg(rate.amount())
                    .arg(period);
            }
        }
    }
}

/// A hold that is forced goes by another name than the ask that was not answered, so that giving that one up cannot
/// release it.
pub(super) fn wire_id(id: HoldId, forced: bool) -> String {
    format!("{id}{}", if forced { "f" } else { "" })
}

/// The hold of such a name.
pub(super) fn hold_id(wire: &str) -> Option<HoldId> {
    let digits = wire.strip_suffix('f').filter(|rest| rest.len() == 32);
    let digits = digits.unwrap_or(wire);
    u128::from_str_radix(digits, 16).ok().map(HoldId::from_u128)
}

const fn measure_number(measure: Measure) -> u8 {
    measure as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_are_of_one_hold() {
        for id in [0, 0xf, u128::MAX] {
            let id = HoldId::from_u128(id);
            assert_ne!(wire_id(id, false), wire_id(id, true));
            for forced in [false, true] {
                assert_eq!(hold_id(&wire_id(id, forced)), Some(id));
            }
        }
        for text in ["", "f", "xyz"] {
            assert!(hold_id(text).is_none() || text == "f", "{text}");
        }
    }
}
