use std::time::Duration;

use super::values::size;
use crate::{catalog::Reader, idempotency::IdempotencyLayer};

/// What `[idempotency]` says; where nothing does, keys count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Idempotency {
    off: bool,
    bytes: Option<usize>,
    ttl: Option<Duration>,
}

pub(super) fn read(top: &Reader<'_>) -> Idempotency {
    let Some(section) = top.section("idempotency") else {
        return Idempotency::default();
    };
    section.keys(&["bytes", "ttl", "off"]);
    let bytes = section.has("bytes").then(|| size(&section, "bytes"));
    let ttl = section.duration("ttl");
    if ttl == Some(Duration::ZERO) {
        section.wrong("ttl", "must be above zero; `off = true` passes keys over");
    }
    Idempotency {
        off: section.flag("off").unwrap_or(false),
        // What no memory could hold is as good as no bound.
        bytes: bytes
            .flatten()
            .map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
        ttl,
    }
}

impl Idempotency {
    /// The layer, for a gateway whose callers are one and the same where it has no tenants.
    pub(super) fn layer(self, single_tenant: bool) -> IdempotencyLayer {
        if self.off {
            return IdempotencyLayer::off();
        }
        let layer = IdempotencyLayer::new().single_tenant(single_tenant);
        let layer = match self.bytes {
            Some(bytes) => layer.bytes(bytes),
            None => layer,
        };
        match self.ttl {
            Some(ttl) => layer.ttl(ttl),
            None => layer,
        }
    }
}
