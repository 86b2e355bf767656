use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
};

/// Which key an attempt was made with, without saying which: a number that means something in this process only.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct KeyId(u64);

impl KeyId {
    /// Of a key, or of the caller's own header.
    pub(crate) fn of(key: &[u8]) -> Self {
        static HASHER: OnceLock<RandomState> = OnceLock::new();
        // Zero is no key at all.
        Self(HASHER.get_or_init(RandomState::new).hash_one(key).max(1))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == 0 { "no key" } else { "a key" })
    }
}
