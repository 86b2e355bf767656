use std::{collections::HashSet, env};

use super::super::{Caller, Tenants};
use crate::{
    catalog::{Reader, Snapshot},
    context::Tenant,
    select::Allowed,
};

const KEYS: [&str; 5] = ["name", "key_env", "key_blake3", "models", "wishes"];

/// Those who may call, by the digests of their keys; with no keys of their own, everybody.
///
/// Messages never show a key.
pub(super) fn read(top: &Reader<'_>, catalog: Option<&Snapshot>) -> Tenants {
    if !top.has("tenants") && !top.has("tenant") {
        return Tenants::single();
    }
    let mut known = Known::default();
    if let Some(section) = top.section("tenants") {
        let mut empty = !top.has("tenant");
        for name in section.names().filter(|name| *name != "keys") {
            empty = false;
            // Who forgets the `keys =` writes a key here.
            let what = "has something else than `keys = { \"KEY\" = \"TENANT\" }`";
            section.hidden(name, what);
        }
        if let Some(keys) = section.section("keys") {
            for (key, tenant) in keys.pairs() {
                empty = false;
                known.plain(&keys, key, tenant);
            }
        } else {
            empty &= !section.has("keys");
        }
        if empty {
            let what =
                "has no `keys`, so nobody could call; write `keys = { \"KEY\" = \"TENANT\" }`";
            top.wrong("tenants", what);
        }
    }
    for entry in top.entries("tenant") {
        known.entry(&entry, catalog);
    }
    Tenants::digests(known.callers)
}

#[derive(Default)]
struct Known {
    callers: Vec<(blake3::Hash, Caller)>,
    digests: HashSet<blake3::Hash>,
}

impl Known {
    fn plain(&mut self, keys: &Reader<'_>, key: &str, tenant: Option<&str>) {
        if !is_key(key) {
            return keys.hidden(key, "has a key that is empty, or has spaces or other characters that no header may have");
        }
        match tenant.map(Tenant::new) {
            None => keys.hidden(
                key,
                "has a key without a tenant; write \"KEY\" = \"TENANT\"",
            ),
            Some(Err(why)) => keys.hidden(key, format!("has a tenant without a right name: {why}")),
            Some(Ok(tenant)) => self.add(blake3::hash(key.as_bytes()), Caller::new(tenant), || {
                keys.hidden(key, TWICE);
            }),
        }
    }

    fn entry(&mut self, entry: &Reader<'_>, catalog: Option<&Snapshot>) {
        if entry.has("key") {
            let what = "is not read: name the key's environment variable with `key_env`, or give its digest with `key_blake3`";
            entry.wrong("key", what);
        } else {
            entry.keys(&KEYS);
        }
        let tenant = entry.needed("name").and_then(|name| {
            let tenant = Tenant::new(name);
            tenant
                .map_err(|why| entry.wrong("name", why.to_string()))
                .ok()
        });
        let digest = digest(entry);
        let wishes = entry.flag("wishes").unwrap_or(false);
        let models = entry.texts("models");
        if entry.has("models") && models.is_empty() {
            entry.wrong("models", "is empty; write [\"*\"] for every model");
        }
        for pattern in &models {
            check(entry, pattern, catalog);
        }
        let (Some(tenant), Some(digest)) = (tenant, digest) else {
            return;
        };
        let mut caller = Caller::new(tenant).wishes(wishes);
        if !models.is_empty() {
            caller = caller.allowed(Allowed::new(models));
        }
        let key = if entry.has("key_env") {
            "key_env"
        } else {
            "key_blake3"
        };
        self.add(digest, caller, || entry.wrong(key, TWICE));
    }

    fn add(&mut self, digest: blake3::Hash, caller: Caller, twice: impl FnOnce()) {
        if self.digests.insert(digest) {
            self.callers.push((digest, caller));
        } else {
            twice();
        }
    }
}

const TWICE: &str = "has a key that stands in this file twice; a key says who is calling";

/// What a caller can present as a bearer token.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic())
}

fn digest(entry: &Reader<'_>) -> Option<blake3::Hash> {
    match (entry.has("key_env"), entry.has("key_blake3")) {
        (true, true) => {
            let what = "cannot stand beside `key_env`; a tenant with two keys has two entries";
            entry.wrong("key_blake3", what);
            None
        }
        (true, false) => {
            let name = entry.text("key_env")?;
            match env::var(name) {
                Ok(key) if is_key(key.trim()) => Some(blake3::hash(key.trim().as_bytes())),
                Ok(_) => {
                    let what = "names an environment variable that holds no key";
                    entry.wrong("key_env", what);
                    None
                }
                Err(_) => {
                    let what =
                        "names an environment variable that is not set; set it to the tenant's key";
                    entry.wrong("key_env", what);
                    None
                }
            }
        }
        (false, true) => {
            let hash = blake3::Hash::from_hex(entry.text("key_blake3")?).ok();
            if hash.is_none() {
                let what = "must be the key's BLAKE3 digest as 64 hexadecimal digits, as `printf %s KEY | b3sum` prints it";
                entry.wrong("key_blake3", what);
            }
            hash
        }
        (false, false) => {
            if !entry.has("key") {
                let what = "is missing; name the environment variable that holds the tenant's key";
                entry.wrong("key_env", what);
            }
            None
        }
    }
}

/// A pattern that no model matches is a slip.
fn check(entry: &Reader<'_>, pattern: &str, catalog: Option<&Snapshot>) {
    let Some(catalog) = catalog else {
        return;
    };
    let allowed = Allowed::new([pattern]);
    if catalog.models().iter().any(|model| allowed.permits(model)) {
        return;
    }
    if catalog.alias(pattern).is_some() {
        let what = "is an alias; list the models that the tenant may use, and it may use every alias for those";
        return entry.wrong_name("models", pattern, what, []);
    }
    let names = catalog.models().iter().map(|model| model.name());
    entry.wrong_name("models", pattern, "is no model of the catalog", names);
}
