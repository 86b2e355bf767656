//! The catalog's arithmetic on what a reader says, without a call around it.

use std::time::{Duration, SystemTime};

use tower_genai::{
    catalog::{Catalog, Date, Terms, Usage},
    dispatch::{
        Reported,
        usage::{Reader, Report, Shape},
    },
    money::Cost,
};

/// A Tuesday at noon.
pub(crate) fn noon() -> SystemTime {
    Date::new(2026, 11, 24).unwrap().starts() + Duration::from_secs(12 * 3_600)
}

pub(crate) fn read(shape: Shape, json: &str) -> Report {
    Reader::whole(shape, json.as_bytes()).unwrap()
}

pub(crate) fn usage(report: &Report) -> &Usage {
    match &report.usage {
        Reported::Usage(usage) => usage,
        other => panic!("{other:?}"),
    }
}

/// What a report costs at a price of the catalog's TOML, in nano-dollars.
pub(crate) fn nanos(price: &str, report: &Report) -> u64 {
    let catalog = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "any"
        base_url = "http://p.test"
        [[model]]
        name = "m"
        provider = "p"
        {price}
        "#
    );
    let snapshot = Catalog::from_toml(&catalog).unwrap().snapshot();
    let mut terms = Terms::new(noon());
    if let Some(tier) = &report.tier {
        terms = terms.tier(tier.clone());
    }
    if let Some(region) = &report.region {
        terms = terms.region(region.clone());
    }
    match snapshot
        .model("m")
        .unwrap()
        .price()
        .cost(usage(report), &terms)
    {
        Cost::Known(usd) => usd.nanos(),
        other => panic!("{other:?}"),
    }
}
