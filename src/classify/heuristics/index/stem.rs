use super::{Span, word::Word};
use crate::classify::heuristics::eight::{Eight, mask};

/// A word's beginning, or a term of a script without spaces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stem {
    head: u64,
    text: &'static str,
    pub(super) hits: Span,
}

impl Stem {
    pub(super) fn new(text: &'static str, hits: Span) -> Self {
        Self {
            head: Eight::load(text.as_bytes(), 0).first(8),
            text,
            hits,
        }
    }

    /// Whether `text`, whose first eight bytes in lower case are `head`, begins with it.
    #[inline]
    pub(super) fn begins(&self, head: u64, text: &[u8]) -> bool {
        let len = self.text.len();
        head & mask(len) == self.head
            && len <= text.len()
            && (len <= 8 || text[..len].eq_ignore_ascii_case(self.text.as_bytes()))
    }
}

/// The hash of a word's first three bytes, or four where the first is not ASCII; no stem is shorter.
#[inline]
pub(super) fn head_hash(word: &Word<'_>) -> Option<u64> {
    let bytes = word.as_bytes();
    let len = if bytes.first()?.is_ascii() { 3 } else { 4 };
    (bytes.len() >= len).then(|| spread(word.head() & mask(len)))
}

/// The hash of the first character of a term.
#[inline]
pub(super) fn char_hash(c: char) -> u64 {
    spread(u32::from(c).into())
}

#[inline]
fn spread(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
