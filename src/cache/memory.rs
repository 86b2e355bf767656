use std::{
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use quick_cache::{OptionsBuilder, Weighter, sync::Cache, sync::DefaultLifecycle};

use super::{Entry, Key, Lookup, Store};

/// Keeps answers in this process's memory, up to a number of bytes. Clones share it.
///
/// What is asked for again and again stays, and a flood of questions that are asked once does not wash it out. The store
/// has up to eight parts with a lock each, of 16 MiB or more where there is more than one; an entry that is larger than a
/// part is not taken. Tenants share the room: one that asks much leaves less to the others.
#[derive(Clone)]
pub struct MemoryStore(Arc<Cache<Key, Arc<Entry>, Bytes, Digest>>);

/// No part is smaller, so that the largest entries fit into any.
const PART: u64 = 16 << 20;

impl MemoryStore {
    /// With room for this many bytes, answers and what belongs to them counted.
    pub fn new(bytes: u64) -> Self {
        let parts = usize::try_from(bytes / PART).unwrap_or(8).clamp(1, 8);
        // The store rounds up to a power of two.
        let parts = if parts.is_power_of_two() {
            parts
        } else {
            parts.next_power_of_two() / 2
        };
        let items = usize::try_from(bytes / 4_096)
            .unwrap_or(usize::MAX)
            .clamp(256, 1 << 20);
        let options = OptionsBuilder::new()
            .shards(parts)
            .weight_capacity(bytes)
            .estimated_items_capacity(items)
            .build();
        let cache = match options {
            Ok(options) => Cache::with_options(
                options,
                Bytes,
                Digest::default(),
                DefaultLifecycle::default(),
            ),
            // Both that it needs are set.
            Err(_) => Cache::with(
                items,
                bytes,
                Bytes,
                Digest::default(),
                DefaultLifecycle::default(),
            ),
        };
        Self(Arc::new(cache))
    }

    /// How many bytes are taken.
    pub fn bytes(&self) -> u64 {
        self.0.weight()
    }

    /// How many entries there are, those that have expired and were not asked for since included.
    pub fn entries(&self) -> usize {
        self.0.len()
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &Key) -> Lookup {
        Lookup::Ready(self.0.get(key))
    }

    fn put(&self, key: Key, entry: Arc<Entry>) {
        self.0.insert(key, entry);
    }

    fn remove(&self, key: &Key, expired: &Arc<Entry>) {
        self.0.remove_if(key, |entry| Arc::ptr_eq(entry, expired));
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("bytes", &self.bytes())
            .field("entries", &self.entries())
            .finish()
    }
}

/// Weighs entries by the memory that they take.
#[derive(Clone, Copy, Debug)]
struct Bytes;

impl Weighter<Key, Arc<Entry>> for Bytes {
    fn weight(&self, _: &Key, entry: &Arc<Entry>) -> u64 {
        entry.bytes() as u64
    }
}

type Digest = BuildHasherDefault<DigestHasher>;

/// A key is a keyed digest already: eight bytes of it are as good a hash as any.
#[derive(Clone, Copy, Debug, Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.as_chunks::<8>().0 {
            self.0 ^= u64::from_le_bytes(*part);
        }
    }

    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
