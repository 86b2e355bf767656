use crate::{
    catalog::{Reader, Snapshot},
    context::DataLabel,
    select::LabelRule,
};

/// Data that may not go everywhere.
pub(super) fn read(top: &Reader<'_>, catalog: Option<&Snapshot>) -> Vec<LabelRule> {
    let entries = top.entries("label");
    entries
        .iter()
        .filter_map(|entry| rule(entry, catalog))
        .collect()
}

fn rule(entry: &Reader<'_>, catalog: Option<&Snapshot>) -> Option<LabelRule> {
    entry.keys(&["name", "zones", "detect"]);
    let name = entry.needed("name").and_then(|name| {
        let label = DataLabel::new(name);
        label
            .map_err(|why| entry.wrong("name", why.to_string()))
            .ok()
    });
    let zones = entry.texts("zones");
    if !entry.has("zones") {
        let what =
            "is missing; list the zones where this data may go, such as [\"device\", \"private\"]";
        entry.wrong("zones", what);
    }
    let served = |zone: &&str| {
        catalog.is_none_or(|catalog| catalog.providers().iter().any(|p| p.zone() == *zone))
    };
    if entry.has("zones") && !zones.iter().any(served) {
        let what =
            "has none where a provider of this catalog runs; calls with this label are refused";
        entry.strange("zones", what);
    }
    let detect = entry.flag("detect").unwrap_or(false);
    Some(LabelRule::new(name?, zones).detect(detect))
}
