use std::{fmt, sync::Arc};

use quick_cache::{Weighter, sync::Cache};

use crate::{catalog::Model, context::Tenant};

/// Bytes that are kept of all callers together; the least used go first.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// About as many entries as that is.
const USUAL: usize = 16 * 1024;
/// Longer thinking than this is not kept: the turn after it goes on without.
pub(super) const LONGEST: usize = 1024 * 1024;

pub(super) type Key = [u8; 32];

/// What is kept for turns to come: bounded, in this process, forgotten with it.
#[derive(Clone)]
pub(in super::super) struct Kept(Arc<Cache<Key, Arc<Keepsake>, ByBytes>>);

/// What belongs to a call of a tool, or to a piece of thinking.
pub(super) struct Keepsake {
    pub(super) bound: Bound,
    pub(super) thinking: Vec<Thought>,
    pub(super) signature: Option<Box<str>>,
}

/// To whom it is bound: nobody else can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Bound {
    provider: Box<str>,
    family: Box<str>,
}

/// A signed piece of thinking.
#[derive(Clone)]
pub(super) struct Thought {
    pub(super) text: Box<str>,
    pub(super) signature: Box<str>,
    pub(super) redacted: bool,
}

impl Thought {
    pub(super) fn bytes(&self) -> u64 {
        (self.text.len() + self.signature.len()) as u64
    }
}

impl Bound {
    pub(in super::super) fn to(model: &Model) -> Self {
        Self {
            provider: model.provider().name().into(),
            family: model.family().into(),
        }
    }
}

impl Kept {
    pub(super) fn put(&self, key: Key, keepsake: Keepsake) {
        self.0.insert(key, Arc::new(keepsake));
    }

    /// What is kept under a key and bound to this model's family.
    pub(super) fn get(&self, key: &Key, bound: &Bound) -> Option<Arc<Keepsake>> {
        self.0.get(key).filter(|kept| kept.bound == *bound)
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(USUAL, MOST_BYTES, ByBytes)))
    }
}

/// The key of something that belongs to a tenant.
pub(super) fn key(tenant: Option<&Tenant>, kind: &str, name: &str) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(tenant.is_some())]);
    for part in [tenant.map_or("", Tenant::as_str), kind, name] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Keepsake>> for ByBytes {
    fn weight(&self, _: &Key, kept: &Arc<Keepsake>) -> u64 {
        let thoughts = kept.thinking.iter();
        let thoughts: usize = thoughts
            .map(|thought| thought.text.len() + thought.signature.len() + 64)
            .sum();
        let signature = kept.signature.as_ref().map_or(0, |text| text.len());
        (thoughts + signature + 256) as u64
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("entries", &self.0.len())
            .finish()
    }
}

impl fmt::Debug for Thought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thought")
            .field("bytes", &self.text.len())
            .field("redacted", &self.redacted)
            .finish_non_exhaustive()
    }
}
