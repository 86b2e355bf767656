use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Texts with numbers, in the order that they came.
#[derive(Debug)]
pub(super) struct Numbered {
    numbers: HashMap<&'static str, u16, BuildHasherDefault<Fnv>>,
    texts: Vec<&'static str>,
}

impl Numbered {
    pub(super) fn with_capacity(texts: usize) -> Self {
        Self {
            numbers: HashMap::with_capacity_and_hasher(texts, BuildHasherDefault::default()),
            texts: Vec::with_capacity(texts),
        }
    }

    /// The text's number, new or old. At most 65,536 texts.
    pub(super) fn add(&mut self, text: &'static str) -> u16 {
        let next = u16::try_from(self.texts.len()).unwrap_or(u16::MAX);
        *self.numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            next
        })
    }

    pub(super) fn get(&self, text: &str) -> Option<u16> {
        self.numbers.get(text).copied()
    }

    pub(super) fn texts(&self) -> &[&'static str] {
        &self.texts
    }

    pub(super) fn into_texts(self) -> Vec<&'static str> {
        self.texts
    }
}

/// FNV-1a: quick on short texts that no caller can choose.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
