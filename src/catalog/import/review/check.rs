use super::{
    super::{
        super::{Kind, Unit},
        Doubt, Slot,
    },
    Row, RowState, Rules,
};
use crate::money::UnitPrice;

/// Above this, a token is priced per token where it should be per million: 10,000 dollars a million.
const DEAREST_TOKEN: u64 = 10_000_000_000;
/// Below this, a token is priced per million where it should be per token. The cheapest that any list has is 130.
const CHEAPEST_TOKEN: u64 = 50;
/// Above this, nothing else is priced right either: 100 dollars for an image, a second, a page or a call.
const DEAREST: u64 = 100_000_000_000_000;
/// How far prices of like units may lie apart: audio and text, a cached token and one that is not.
const FAR: u64 = 200;

/// Doubts what would come into force.
pub(super) fn check(rows: &mut [Row], kind: Kind, rules: &Rules) {
    // What would be in force: the new amounts, and the old ones where the list has none.
    let after: Vec<(Slot, UnitPrice)> = rows
        .iter()
        .filter_map(|row| Some((row.slot.clone(), row.new.or(row.old)?)))
        .collect();
    let before: Vec<(Slot, UnitPrice)> = rows
        .iter()
        .filter_map(|row| Some((row.slot.clone(), row.old?)))
        .collect();
    for row in rows {
        let Some(new) = row.new.filter(|_| comes_in(&row.state)) else {
            continue;
        };
        for doubt in doubts(&row.slot, row.old, new, &before, &after, kind, rules) {
            row.doubt(doubt);
        }
    }
}

fn comes_in(state: &RowState) -> bool {
    matches!(state, RowState::Changed | RowState::Added)
}

fn doubts(
    slot: &Slot,
    old: Option<UnitPrice>,
    new: UnitPrice,
    before: &[(Slot, UnitPrice)],
    after: &[(Slot, UnitPrice)],
    kind: Kind,
    rules: &Rules,
) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let in_range = if slot.unit.is_token() {
        (CHEAPEST_TOKEN..=DEAREST_TOKEN).contains(&new.pico())
    } else {
        new.pico() <= DEAREST
    };
    if !in_range {
        doubts.push(Doubt::OutOfRange);
    }
    // A rate that is new may not undercut, or outdo, the one that applied so far by more than one that changed.
    let so_far = old.or_else(|| amount(before, &Slot::new(slot.unit.clone())));
    let fold = u64::from(rules.fold);
    match so_far {
        Some(UnitPrice::FREE) => doubts.push(Doubt::FromFree),
        Some(old) => doubts.extend(moved(old, new, fold)),
        None => {
            let like = like(&slot.unit).and_then(|unit| {
                amount(before, &Slot::new(unit.clone())).or_else(|| amount(after, &Slot::new(unit)))
            });
            doubts.extend(like.and_then(|like| moved(like, new, FAR)));
        }
    }
    // Against its neighbours, as they would then be.
    let at = |unit: Unit| amount(after, &slot.with_unit(unit));
    if kind == Kind::Chat {
        let (input, output) = (at(Unit::Input), at(Unit::Output));
        let is_one = matches!(slot.unit, Unit::Input | Unit::Output);
        if is_one
            && input
                .zip(output)
                .is_some_and(|(input, output)| times(output, 10) < u128::from(input.pico()))
        {
            doubts.push(Doubt::OutputBelowInput);
        }
    }
    if matches!(slot.unit, Unit::CacheRead | Unit::Input) {
        let (read, input) = (at(Unit::CacheRead), at(Unit::Input));
        if read.zip(input).is_some_and(|(read, input)| read > input) {
            doubts.push(Doubt::CacheAboveInput);
        }
    }
    doubts.extend(among_conditions(slot, new, after));
    if reverses(slot, before, after) {
        doubts.push(Doubt::Reversed);
    }
    let covers = |other: &Slot| slot.unit != other.unit && slot.unit.covers(&other.unit);
    let details = after.iter().filter(|(other, _)| covers(other));
    let dearest = details
        .filter(|(other, _)| other.with_unit(slot.unit.clone()) == *slot)
        .map(|(_, amount)| *amount)
        .max();
    // What the catalog says for any on purpose may move; what it never said is taken for a default.
    if old.is_none() && dearest.is_some_and(|dearest| new < dearest) {
        doubts.push(Doubt::BelowDetail);
    }
    doubts
}

/// Whether a rate of the same unit that was dearer becomes the cheaper one, or the other way round: half a change.
fn reverses(slot: &Slot, before: &[(Slot, UnitPrice)], after: &[(Slot, UnitPrice)]) -> bool {
    let (Some(old), Some(new)) = (amount(before, slot), amount(after, slot)) else {
        return false;
    };
    let others = before.iter().filter(|(other, _)| other.unit == slot.unit);
    others.into_iter().any(|(other, was)| {
        let differ = [
            other.over != slot.over,
            other.tier != slot.tier,
            other.hours != slot.hours,
        ];
        // Only the nearest neighbours have an order to keep.
        differ.iter().filter(|differs| **differs).count() == 1
            && amount(after, other).is_some_and(|is| {
                let order = old.cmp(was);
                order.is_ne() && new.cmp(&is) == order.reverse()
            })
    })
}

/// Long prompts and tiers against the ordinary price of the same unit.
fn among_conditions(slot: &Slot, new: UnitPrice, after: &[(Slot, UnitPrice)]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let same = |other: &Slot| {
        other.unit == slot.unit
            && other.hours == slot.hours
            && other.region == slot.region
            && other.from == slot.from
    };
    for (other, amount) in after.iter().filter(|(other, _)| same(other)) {
        if other.tier == slot.tier {
            let upside_down = match other.over.cmp(&slot.over) {
                std::cmp::Ordering::Less => new < *amount,
                std::cmp::Ordering::Greater => new > *amount,
                std::cmp::Ordering::Equal => false,
            };
            if upside_down && !doubts.contains(&Doubt::LongBelowShort) {
                doubts.push(Doubt::LongBelowShort);
            }
        } else if other.over == slot.over && other.tier.is_none() {
            let upside_down = match slot.tier.as_deref() {
                Some("batch" | "flex") => new > *amount,
                Some("priority" | "fast" | "ultrafast") => new < *amount,
                _ => false,
            };
            if upside_down {
                doubts.push(Doubt::TierUpsideDown);
            }
        }
    }
    doubts
}

/// Whether an amount moved by more than a factor.
pub(super) fn moved(old: UnitPrice, new: UnitPrice, fold: u64) -> Option<Doubt> {
    if u128::from(new.pico()) > times(old, fold) {
        Some(Doubt::Raised)
    } else if times(new, fold) < u128::from(old.pico()) {
        Some(Doubt::Lowered)
    } else {
        None
    }
}

fn times(price: UnitPrice, n: u64) -> u128 {
    u128::from(price.pico()) * u128::from(n)
}

fn amount(rates: &[(Slot, UnitPrice)], slot: &Slot) -> Option<UnitPrice> {
    let found = rates.iter().find(|(other, _)| other == slot);
    found.map(|(_, amount)| *amount)
}

/// The unit whose price one that has none so far is measured by.
const fn like(unit: &Unit) -> Option<Unit> {
    match unit {
        Unit::CacheRead
        | Unit::CacheWrite5m
        | Unit::CacheWrite30m
        | Unit::CacheWrite1h
        | Unit::AudioInput
        | Unit::ImageInput => Some(Unit::Input),
        Unit::Reasoning | Unit::AudioOutput | Unit::ImageOutput | Unit::VideoOutput => {
            Some(Unit::Output)
        }
        _ => None,
    }
}
