use std::time::Duration;

use super::values::{duration_or_off, percentile};
use crate::{
    catalog::Reader,
    dispatch::Drain,
    fallback::{FallbackLayer, Patience},
};

const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(60);
const DRAIN_TIME: Duration = Duration::from_secs(20);
const DRAIN_BYTES: u64 = 8 * 1024 * 1024;

/// How failures are met.
#[derive(Clone, Debug)]
pub(super) struct Fallback {
    pub(super) layer: FallbackLayer,
    pub(super) drain: Drain,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
}

pub(super) fn read(top: &Reader<'_>) -> Fallback {
    let mut fallback = Fallback {
        layer: FallbackLayer::new(),
        drain: Drain::up_to(DRAIN_TIME, DRAIN_BYTES),
        idle_timeout: Some(IDLE),
        connect_timeout: Some(CONNECT),
    };
    let Some(section) = top.section("fallback") else {
        return fallback;
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
    match section.whole("attempts") {
        Some(0) => section.wrong("attempts", "must be at least 1"),
        Some(attempts) => {
            let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
            fallback.layer = fallback.layer.attempts(attempts);
        }
        None => {}
    }
    if let Some(time) = duration_or_off(&section, "connect_timeout") {
        fallback.connect_timeout = on(time);
    }
    if let Some(patience) = patience(&section, "first_content_timeout") {
        fallback.layer = fallback.layer.first_content_timeout(patience);
    }
    if let Some(time) = duration_or_off(&section, "total_timeout") {
        fallback.layer = fallback.layer.total_timeout(on(time));
    }
    if let Some(time) = duration_or_off(&section, "idle_timeout") {
        fallback.idle_timeout = on(time);
    }
    if let Some(patience) = patience(&section, "hedge_after") {
        fallback.layer = fallback.layer.hedge_after(patience);
    }
    if let Some(resume) = section.flag("resume") {
        fallback.layer = fallback.layer.resume(resume);
    }
    if let Some(time) = duration_or_off(&section, "drain") {
        fallback.drain = on(time).map_or(Drain::off(), |time| Drain::up_to(time, DRAIN_BYTES));
    }
    fallback
}

/// A duration, a percentile such as `p95`, or `off`.
fn patience(section: &Reader<'_>, key: &str) -> Option<Patience> {
    match percentile(section, key) {
        Some(of_hundred) => Some(Patience::percentile(of_hundred)),
        None => Some(on(duration_or_off(section, key)?).into()),
    }
}

fn on(time: Duration) -> Option<Duration> {
    (!time.is_zero()).then_some(time)
}
