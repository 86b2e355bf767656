use super::{
    super::{
        super::{Kind, Model, Unit},
        Doubt, Imported, ImportedModel, Slot,
    },
    ModelReview, ModelState, RegionRow, Row, RowState, Rules,
    check::{check, moved},
};
use crate::money::UnitPrice;

/// The rates of an entry of the list as they stand today.
fn listed_today(listed: &ImportedModel, rules: &Rules) -> Vec<(Slot, UnitPrice)> {
    let rates = listed.rates.iter();
    rates
        .filter_map(|rate| Some((Slot::of(rate).on(rules.today)?, rate.amount())))
        .collect()
}

/// Compares a model with what the list has of it: the first entry, and others that must not differ.
pub(super) fn compare(
    entry: &mut ModelReview,
    model: &Model,
    entries: &[&ImportedModel],
    imported: &Imported,
    rules: &Rules,
) {
    let Some(listed) = entries.first() else {
        return;
    };
    let new = listed_today(listed, rules);
    let mut rows: Vec<Row> = Vec::new();
    for rate in model.price().rates() {
        let Some(slot) = Slot::of(rate).on(rules.today) else {
            continue;
        };
        // Two rates that come to the same: the dearer applies.
        if let Some(row) = rows.iter_mut().find(|row| row.slot == slot) {
            row.old = row.old.max(Some(rate.amount()));
            continue;
        }
        let amount = new.iter().find(|(other, _)| *other == slot);
        rows.push(Row {
            new: amount.map(|(_, amount)| *amount),
            old: Some(rate.amount()),
            state: RowState::Missing,
            slot,
        });
    }
    for row in &mut rows {
        row.state = match row.new {
            Some(new) if Some(new) == row.old => RowState::Unchanged,
            Some(_) => RowState::Changed,
            None => RowState::Missing,
        };
    }
    for (slot, amount) in new {
        if !rows.iter().any(|row| row.slot == slot) {
            rows.push(Row {
                slot,
                old: None,
                new: Some(amount),
                state: RowState::Added,
            });
        }
    }
    doubt_what_is_none(&mut rows, listed, model.kind(), rules);
    check(&mut rows, model.kind(), rules);
    entry.rows = rows;
    entry.regions = regions(model, listed, rules);
    let prices = |entry: &ImportedModel| {
        let mut prices = listed_today(entry, rules);
        prices.sort_by_key(|(slot, amount)| (slot.to_string(), *amount));
        prices
    };
    let first = prices(listed);
    if entries.iter().skip(1).any(|other| prices(other) != first) {
        entry.doubt_changes(Doubt::Ambiguous);
    }
    let newer = |checked| imported.provenance.dated.is_some_and(|day| day < checked);
    if !rules.older && model.price().checked().is_some_and(newer) {
        entry.doubt_changes(Doubt::OlderList);
    }
    entry.state = ModelState::Unchanged;
    entry.settle();
}

/// What the list gives as zero, negative or no number, and what it no longer gives at all.
fn doubt_what_is_none(rows: &mut Vec<Row>, listed: &ImportedModel, kind: Kind, rules: &Rules) {
    for (slot, doubt) in &listed.doubts {
        let Some(slot) = slot.clone().on(rules.today) else {
            continue;
        };
        match rows.iter_mut().find(|row| row.slot == slot) {
            // Free here and zero there is the same.
            Some(row) if row.old == Some(UnitPrice::FREE) && *doubt == Doubt::Zero => {
                row.state = RowState::Unchanged;
            }
            // Two keys for the same, of which one is left at zero.
            Some(row) if row.new.is_some() && *doubt == Doubt::Zero => {}
            Some(row) => row.doubt(*doubt),
            // Zero for what the catalog does not price either is how lists say that they do not know.
            None if *doubt == Doubt::Zero => {}
            None => rows.push(Row {
                slot,
                old: None,
                new: None,
                state: RowState::Quarantined(vec![*doubt]),
            }),
        }
    }
    for row in rows.iter_mut() {
        let vital = match kind {
            Kind::Chat => matches!(row.slot.unit, Unit::Input | Unit::Output),
            _ => false,
        };
        if vital && row.state == RowState::Missing && row.slot.is_plain() {
            row.doubt(Doubt::Missing);
        }
    }
}

fn regions(model: &Model, listed: &ImportedModel, rules: &Rules) -> Vec<RegionRow> {
    let of = |factors: &[(Box<str>, u32)], region: &str| {
        let found = factors.iter().find(|(name, _)| **name == *region);
        found.map(|(_, factor)| *factor)
    };
    let old: Vec<(Box<str>, u32)> = model
        .price()
        .region_factors()
        .map(|(region, factor)| (region.into(), factor))
        .collect();
    let mut names: Vec<Box<str>> = old.iter().map(|(name, _)| name.clone()).collect();
    for (name, _) in &listed.regions {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let row = |region: Box<str>| {
        let (old, new) = (of(&old, &region), of(&listed.regions, &region));
        let state = match (old, new) {
            (Some(old), Some(new)) if old == new => RowState::Unchanged,
            (_, None) => RowState::Missing,
            (_, Some(new)) if !(500..=3_000).contains(&new) => {
                RowState::Quarantined(vec![Doubt::OutOfRange])
            }
            (Some(old), Some(new)) => {
                let price = |factor: u32| UnitPrice::from_pico(u64::from(factor));
                match moved(price(old), price(new), u64::from(rules.fold)) {
                    Some(doubt) => RowState::Quarantined(vec![doubt]),
                    None => RowState::Changed,
                }
            }
            (None, Some(_)) => RowState::Added,
        };
        RegionRow {
            region,
            old,
            new,
            state,
        }
    };
    names.into_iter().map(row).collect()
}

/// A model that the catalog lacks.
pub(super) fn new(
    provider: &str,
    listed: &ImportedModel,
    not_understood: usize,
    rules: &Rules,
) -> ModelReview {
    let mut rows: Vec<Row> = listed_today(listed, rules)
        .into_iter()
        .map(|(slot, amount)| Row {
            slot,
            old: None,
            new: Some(amount),
            state: RowState::Added,
        })
        .collect();
    // Which of its kinds has no answer to price, the list alone says.
    let kind = listed.kind.unwrap_or(Kind::Embedding);
    doubt_what_is_none(&mut rows, listed, kind, rules);
    check(&mut rows, kind, rules);
    let mut review = ModelReview {
        name: listed.name.clone(),
        provider: provider.into(),
        found: None,
        rows,
        regions: Vec::new(),
        state: ModelState::New,
        stale: None,
        not_understood,
    };
    review.settle();
    review
}
