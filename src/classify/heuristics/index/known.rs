use super::{Span, word::Key};

/// A word that is a term, or part of a phrase, or steers what is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Known {
    head: u64,
    tail: u64,
    pub(super) begins: Read,
    pub(super) hits: Span,
    pub(super) first: u16,
    pub(super) id: u16,
    len: u8,
    pub(super) flags: u8,
}

/// How much of which phrases has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Read {
    /// 0 is nothing.
    pub(super) state: u16,
    /// Bits of the words that may follow, by the remainder of their ids.
    pub(super) next: u64,
}

impl Known {
    /// At least one rule knows the word, though it may not count.
    pub(super) const FOUND: u8 = 1;
    pub(super) const FILLER: u8 = 2;
    pub(super) const IF: u8 = 4;
    pub(super) const ORDER: u8 = 8;
    pub(super) const JOINS: u8 = 16;

    pub(super) fn new(key: Key, id: u16) -> Self {
        Self {
            head: key.head,
            tail: key.tail,
            len: key.len as u8,
            id,
            ..Self::default()
        }
    }

    pub(super) fn key(&self) -> Key {
        Key {
            head: self.head,
            tail: self.tail,
            len: self.len.into(),
        }
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// A rule that the word hits wherever it stands, beside the other hits; a number that no rule has, where there
    /// is none.
    pub(in super::super) fn first(&self) -> usize {
        self.first.into()
    }

    /// A rule knows the word itself or its beginning.
    pub(in super::super) const fn is_found(&self) -> bool {
        self.has(Self::FOUND)
    }

    /// "Please", "can you": does not count as the beginning of a sentence.
    pub(in super::super) const fn is_filler(&self) -> bool {
        self.has(Self::FILLER)
    }

    /// "If" at the beginning of a sentence.
    pub(in super::super) const fn is_if(&self) -> bool {
        self.has(Self::IF)
    }

    /// An order that, with a person's name after it, is for an assistant.
    pub(in super::super) const fn is_order(&self) -> bool {
        self.has(Self::ORDER)
    }

    /// "And", "then": another clause begins.
    pub(in super::super) const fn joins(&self) -> bool {
        self.has(Self::JOINS)
    }

    /// What has been read of phrases once this word has been.
    pub(in super::super) const fn begins(&self) -> &Read {
        &self.begins
    }
}

impl Read {
    pub(in super::super) const NOTHING: &'static Self = &Self { state: 0, next: 0 };

    /// Whether a word may go on a phrase that has begun.
    #[inline]
    pub(super) const fn may_go_on(&self, word: u16) -> bool {
        self.next & Self::bit(word) != 0
    }

    pub(super) const fn bit(word: u16) -> u64 {
        1 << (word % 64)
    }
}
