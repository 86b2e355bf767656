use super::LONGEST;
use crate::classify::heuristics::eight::{Eight, Letters};

/// A word for looking up. Capitals of ASCII count as small letters; others must be small.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Word<'a> {
    text: &'a [u8],
    start: usize,
    len: usize,
    /// The first eight bytes in lower case, with zeros behind the word's end.
    head: u64,
    /// The last eight bytes in lower case, and in a long word all behind the head; nothing, where the head is all.
    tail: u64,
}

impl<'a> Word<'a> {
    /// The word at `start..end` of a text.
    pub(in super::super) fn at(text: &'a [u8], start: usize, end: usize) -> Self {
        let len = end - start;
        let head = Eight::load(text, start).lower();
        let tail = match len {
            0..=8 => 0,
            9..=Key::WHOLE => Eight::load(text, end - 8).lower().first(8),
            _ if len > LONGEST => 0,
            _ => long_tail(text, start, end),
        };
        Self {
            text,
            start,
            len,
            head: head.first(len),
            tail,
        }
    }

    /// The same of a word of less than eight letters, which have been read.
    #[inline]
    pub(in super::super) fn short(text: &'a [u8], start: usize, letters: Letters) -> Self {
        Self {
            text,
            start,
            len: letters.count,
            head: letters.lower.first(8),
            tail: 0,
        }
    }

    pub(in super::super) fn of(word: &'a [u8]) -> Self {
        Self::at(word, 0, word.len())
    }

    pub(in super::super) fn as_bytes(&self) -> &'a [u8] {
        let end = self.start + self.len;
        self.text.get(self.start..end).unwrap_or_default()
    }

    #[inline]
    pub(in super::super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn head(&self) -> u64 {
        self.head
    }

    #[inline]
    pub(super) fn key(&self) -> Key {
        Key {
            head: self.head,
            tail: self.tail,
            len: self.len,
        }
    }
}

/// All bytes of a long word behind its head.
#[cold]
fn long_tail(text: &[u8], start: usize, end: usize) -> u64 {
    let chunks = (start + 8..end - 8).step_by(8).chain([end - 8]);
    chunks.fold(0, |tail: u64, at| {
        let chunk = Eight::load(text, at).lower().first(8);
        (tail ^ chunk)
            .wrapping_mul(0xff51_afd7_ed55_8ccd)
            .rotate_left(23)
    })
}

/// The first and the last bytes of a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) head: u64,
    pub(super) tail: u64,
    pub(super) len: usize,
}

impl Key {
    /// Most bytes of a word that the key tells from all others.
    const WHOLE: usize = 16;

    /// A word of up to seven bytes is told by its head: no byte of a word is zero.
    #[inline]
    pub(super) fn is(&self, other: &Self) -> bool {
        self.head == other.head
            && (other.len < 8 || (self.tail == other.tail && self.len == other.len))
    }

    #[inline]
    pub(super) fn is_whole(&self) -> bool {
        self.len <= Self::WHOLE
    }

    #[inline]
    pub(super) fn hash(&self) -> u64 {
        let tail = self.tail.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        self.head.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ tail.rotate_left(29)
    }
}
