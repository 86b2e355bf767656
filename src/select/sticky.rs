use std::fmt;

use quick_cache::sync::Cache;

use crate::{catalog::Candidate, context::Tenant, query::Query};

/// Which candidate each conversation is with: bounded, in this process, forgotten when it is full.
///
/// A conversation is told by its system prompt and first user turn, per tenant and alias.
pub(super) struct Sticky(Cache<Key, Candidate>);

pub(super) type Key = [u8; 32];

const CONVERSATIONS: usize = 16 * 1024;

impl Default for Sticky {
    fn default() -> Self {
        Self(Cache::new(CONVERSATIONS))
    }
}

impl Sticky {
    pub(super) fn key(query: &Query, tenant: Option<&Tenant>, alias: &str) -> Key {
        let mut hasher = blake3::Hasher::new();
        hasher.update(query.conversation().digest());
        hasher.update(&[u8::from(tenant.is_some())]);
        hasher.update(tenant.map_or("", Tenant::as_str).as_bytes());
        hasher.update(b"\0");
        hasher.update(alias.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The candidate that a conversation is with. A first turn has none, whoever else began with the same words.
    pub(super) fn get(&self, query: &Query, key: &Key) -> Option<Candidate> {
        if query.conversation().continued() {
            self.0.get(key)
        } else {
            None
        }
    }

    pub(super) fn put(&self, key: Key, candidate: Candidate) {
        self.0.insert(key, candidate);
    }
}

impl fmt::Debug for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sticky")
            .field("conversations", &self.0.len())
            .finish()
    }
}
