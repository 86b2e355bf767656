use super::{
    super::{Date, Price, Rate},
    rate::{self, UNITS},
    section::Section,
};
use crate::money::{ParseMoneyError, UnitPrice};

const KEYS: [&str; 6] = [
    "free",
    "source",
    "checked",
    "regions",
    "auto_upgrade",
    "rates",
];

/// The price of a model: the table `price`, and rates beside it or in it.
pub(super) fn read(model: &Section<'_>, as_of: Option<Date>) -> Price {
    let mut rates = Vec::new();
    for key in ["rate", "rates"] {
        for section in model.sections(key) {
            rates.extend(rate::read(&section));
        }
    }
    let free = model.flag("free").unwrap_or(false);
    let Some(section) = model.section("price") else {
        return dated(priced(model, free, rates), as_of);
    };
    let units = UNITS.iter().map(|(key, _)| *key);
    let known: Vec<_> = KEYS.into_iter().chain(units).collect();
    section.keys(&known);
    rates.splice(
        0..0,
        rate::short(&section)
            .into_iter()
            .map(|(unit, amount)| Rate::new(unit, amount)),
    );
    for inner in section.sections("rates") {
        rates.extend(rate::read(&inner));
    }
    let mut price = match section.flag("free") {
        Some(true) => priced(&section, true, rates),
        Some(false) | None => priced(model, free, rates),
    };
    if let Some(source) = section.text("source") {
        price = price.with_source(source);
    }
    for (region, factor) in regions(&section) {
        price = price.with_region_factor(region, factor);
    }
    price = price.with_auto_upgrade(section.flag("auto_upgrade").unwrap_or(false));
    dated(price, section.date("checked").or(as_of))
}

/// Free where `free` is said, in the table or beside it; else by its rates.
fn priced(section: &Section<'_>, free: bool, rates: Vec<Rate>) -> Price {
    if !free {
        return Price::new(rates);
    }
    if !rates.is_empty() {
        let what = "is said of a model that also has prices; leave out one or the other";
        section.wrong("free", what);
    }
    Price::free()
}

fn dated(price: Price, day: Option<Date>) -> Price {
    match day {
        Some(day) => price.checked_on(day),
        None => price,
    }
}

/// What tokens cost in regions, in thousandths.
fn regions<'a>(section: &Section<'a>) -> Vec<(&'a str, u32)> {
    let Some(regions) = section.section("regions") else {
        return Vec::new();
    };
    let named = regions.names().filter_map(|region| {
        let factor = regions.money(region, factor)?;
        if factor.is_none() {
            regions.wrong(
                region,
                "must be a factor from \"0.001\" to \"100\" with at most three decimals",
            );
        }
        Some((region, factor?))
    });
    named.collect()
}

fn factor(text: &str) -> Result<Option<u32>, ParseMoneyError> {
    let millionths = UnitPrice::per_million(text)?.pico();
    let exact = millionths
        .is_multiple_of(1_000)
        .then_some(millionths / 1_000);
    Ok(exact
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| (1..=100_000).contains(n)))
}
