use super::{
    super::{Alias, AliasBuilder, Threshold},
    model,
    section::Section,
};
use crate::query::Prefer;

const KEYS: [&str; 17] = [
    "name",
    "for",
    "quality",
    "quality_at_least",
    "prefer",
    "value",
    "models",
    "max_cost",
    "zones",
    "split",
    "sticky",
    "redirect",
    "latency_quantile",
    "learn",
    "explore",
    "confidence",
    "max_upgrade_share",
];

pub(super) fn read(entry: &Section<'_>) -> Option<AliasBuilder> {
    entry.keys(&KEYS);
    let name = entry.needed("name");
    let mut alias = Alias::builder(name.unwrap_or_default());
    alias.kind = model::kind(entry).unwrap_or_default();
    match (entry.number("quality"), entry.number("quality_at_least")) {
        (Some(_), Some(_)) => {
            let what =
                "cannot stand beside `quality`; one is absolute, the other a share of the best";
            entry.wrong("quality_at_least", what);
        }
        (Some(share), None) => alias.threshold = Threshold::Relative(share),
        (None, Some(least)) => alias.threshold = Threshold::AtLeast(least),
        (None, None) => {}
    }
    let words = Prefer::ALL.map(|prefer| (prefer.as_str(), prefer));
    alias.prefer = entry.word("prefer", &words).unwrap_or_default();
    alias.value = entry.usd("value");
    if entry.has("value") && alias.prefer != Prefer::Value {
        entry.wrong("value", "counts only with `prefer = \"value\"`");
    }
    alias.models = entry.texts("models").into_iter().map(Into::into).collect();
    if entry.has("models") && alias.models.is_empty() {
        entry.wrong("models", "is empty; write [\"*\"] for every model");
    }
    alias.max_cost = entry.usd("max_cost");
    alias.zones = entry.texts("zones").into_iter().map(Into::into).collect();
    if let Some(split) = entry.section("split") {
        for model in split.names() {
            match split.whole(model).map(u32::try_from) {
                Some(Ok(weight)) => alias.split.push((model.into(), weight)),
                Some(Err(_)) => split.wrong(model, "is too large for a weight"),
                None => {}
            }
        }
    }
    alias.sticky = entry.flag("sticky").unwrap_or(true);
    alias.redirect = entry.flag("redirect").unwrap_or(false);
    if let Some(share) = entry.number("latency_quantile") {
        alias.latency_quantile = share;
    }
    alias.learn = entry.flag("learn").unwrap_or(true);
    if let Some(share) = entry.number("explore") {
        alias.explore = share;
    }
    if let Some(confidence) = entry.number("confidence") {
        alias.confidence = confidence;
    }
    alias.max_upgrade_share = entry.number("max_upgrade_share");
    alias.places = entry.places();
    name.map(|_| alias)
}
