//! Settings that this version does not carry out yet. They are checked like all others, and who sets one is told.

use crate::catalog::Reader;

const NO_EFFECT: &str = "has no effect in this version";

pub(super) fn routing(top: &Reader<'_>) {
    if top.word(
        "routing",
        &[("on", true), ("observe", false), ("off", false)],
    ) == Some(false)
    {
        top.strange("routing", format!("{NO_EFFECT}; calls are routed"));
    }
}
