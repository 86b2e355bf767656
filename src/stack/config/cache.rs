use std::time::Duration;

use super::values::size;
use crate::{
    cache::{CacheLayer, MemoryStore},
    catalog::Reader,
};

const BYTES: u64 = 64 * 1024 * 1024;
const TTL: Duration = Duration::from_secs(3_600);

/// What `[cache]` says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cache {
    bytes: u64,
    ttl: Duration,
}

pub(super) fn read(top: &Reader<'_>) -> Option<Cache> {
    let section = top.section("cache")?;
    section.keys(&["kind", "bytes", "ttl", "url", "url_env"]);
    let kinds = [("off", "off"), ("memory", "memory"), ("redis", "redis")];
    let kind = section.word("kind", &kinds);
    let bytes = section.has("bytes").then(|| size(&section, "bytes"));
    let ttl = section.duration("ttl");
    for key in ["url", "url_env"] {
        if section.text(key).is_some() && kind != Some("redis") {
            section.wrong(key, "goes with `kind = \"redis\"` only");
        }
    }
    match kind {
        Some("off") => return None,
        Some("redis") => {
            let what = "this version has only \"memory\", which each process has for itself";
            section.wrong("kind", what);
        }
        _ => {}
    }
    if ttl == Some(Duration::ZERO) {
        section.wrong("ttl", "must be above zero; `kind = \"off\"` keeps nothing");
    }
    Some(Cache {
        bytes: bytes.flatten().unwrap_or(BYTES),
        ttl: ttl.unwrap_or(TTL),
    })
}

impl Cache {
    /// The layer, for a gateway whose callers are one and the same where it has no tenants.
    pub(super) fn layer(self, single_tenant: bool) -> CacheLayer {
        CacheLayer::new()
            .store(MemoryStore::new(self.bytes))
            .ttl(self.ttl)
            .single_tenant(single_tenant)
    }
}
