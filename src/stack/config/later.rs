//! Settings that this version does not carry out yet. They are checked like all others, and who sets one is told.

use std::time::Duration;

use super::values::{duration_or_off, is_on, is_on_or_percentile, size};
use crate::{catalog::Reader, dispatch::Drain};

const NO_EFFECT: &str = "has no effect in this version";

const DRAIN_TIME: Duration = Duration::from_secs(20);
const DRAIN_BYTES: u64 = 8 * 1024 * 1024;

/// A promise about money is kept or refused: another ledger than there is makes the file unusable.
pub(super) fn ledger(top: &Reader<'_>) {
    let Some(section) = top.section("ledger") else {
        return;
    };
    section.keys(&["kind", "path", "url", "url_env"]);
    for key in ["path", "url", "url_env"] {
        section.text(key);
    }
    let places = ["path", "url", "url_env"].into_iter();
    let place = places.clone().find(|key| section.has(key));
    let kinds = [("memory", true), ("file", false), ("redis", false)];
    match (section.word("kind", &kinds), place) {
        (Some(false), _) => {
            let what = "this version has only \"memory\", which forgets what was spent when the process ends";
            section.wrong("kind", what);
        }
        (Some(true), Some(place)) => section.wrong(place, "does not go with `kind = \"memory\"`"),
        (None, Some(place)) if !section.has("kind") => {
            let what = "needs a `kind`, and this version has only \"memory\", which takes none";
            section.wrong(place, what);
        }
        _ => {}
    }
}

pub(super) fn cache(top: &Reader<'_>) {
    let Some(section) = top.section("cache") else {
        return;
    };
    section.keys(&["kind", "bytes", "ttl", "url", "url_env"]);
    let kinds = [("off", false), ("memory", true), ("redis", true)];
    let on = section.word("kind", &kinds).unwrap_or(true);
    if section.has("bytes") {
        size(&section, "bytes");
    }
    section.duration("ttl");
    for key in ["url", "url_env"] {
        section.text(key);
    }
    if on {
        top.strange("cache", NO_EFFECT);
    }
}

/// How failures are met. Streams that are left are read on; everything else is to come.
pub(super) fn fallback(top: &Reader<'_>) -> Drain {
    let usual = Drain::up_to(DRAIN_TIME, DRAIN_BYTES);
    let Some(section) = top.section("fallback") else {
        return usual;
    };
    section.keys(&[
        "attempts",
        "connect_timeout",
        "first_content_timeout",
        "idle_timeout",
        "total_timeout",
        "drain",
        "hedge_after",
        "resume",
    ]);
    let attempts = section.whole("attempts");
    if attempts == Some(0) {
        section.wrong("attempts", "must be at least 1");
    } else if attempts.is_some_and(|attempts| attempts > 1) {
        section.strange("attempts", NO_EFFECT);
    }
    for key in ["connect_timeout", "idle_timeout", "total_timeout"] {
        if is_on(&section, key) {
            section.strange(key, NO_EFFECT);
        }
    }
    for key in ["first_content_timeout", "hedge_after"] {
        if is_on_or_percentile(&section, key) {
            section.strange(key, NO_EFFECT);
        }
    }
    if section.flag("resume") == Some(true) {
        section.strange("resume", NO_EFFECT);
    }
    match duration_or_off(&section, "drain") {
        None => usual,
        Some(Duration::ZERO) => Drain::off(),
        Some(time) => Drain::up_to(time, DRAIN_BYTES),
    }
}

pub(super) fn routing(top: &Reader<'_>) {
    if top.word(
        "routing",
        &[("on", true), ("observe", false), ("off", false)],
    ) == Some(false)
    {
        top.strange("routing", format!("{NO_EFFECT}; calls are routed"));
    }
}
