//! Settings that this version does not carry out yet. They are checked like all others, and who sets one is told.

use crate::catalog::Reader;

const NO_EFFECT: &str = "has no effect in this version";

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

pub(super) fn routing(top: &Reader<'_>) {
    if top.word(
        "routing",
        &[("on", true), ("observe", false), ("off", false)],
    ) == Some(false)
    {
        top.strange("routing", format!("{NO_EFFECT}; calls are routed"));
    }
}
