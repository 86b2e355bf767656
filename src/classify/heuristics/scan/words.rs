use super::{Scan, lower::Lower};
use crate::classify::heuristics::{
    eight::Eight,
    index::{INDEX, Index, Read, Word},
    letters::{
        self, JOINT, SPACE, TWO_BYTES, TwoByte, TwoBytes, UPPER, WIDE, WORD, char_at, class,
    },
};

/// The state of reading words; of the asker's own text, if `OWN`, shapes are noted as well.
pub(super) struct Words<'a, const OWN: bool> {
    pub(super) scan: &'a mut Scan,
    pub(super) index: &'static Index,
    two_bytes: &'static TwoBytes,
    pub(super) text: &'a str,
    /// What a word counts.
    pub(super) weight: f32,
    /// What a word counts where it stands, and from which place on that has to be told anew.
    pub(super) factor: f32,
    pub(super) until: usize,
    /// What has been read of phrases that begin with the last word, and with the one before it.
    pub(super) one: &'static Read,
    pub(super) two: &'static Read,
    /// Words of the sentence, and of the clause, so far that are no fillers.
    pub(super) in_sentence: usize,
    pub(super) in_clause: usize,
    pub(super) sentences: usize,
    pub(super) words: usize,
    /// How many words there were up to the last possessive.
    pub(super) possessive: Option<usize>,
    pub(super) fenced: bool,
    pub(super) quoted: bool,
    /// An order to rework a text was read, and its material begins after this sentence, or has begun.
    pub(super) transform: bool,
    pub(super) material: bool,
    /// Whether the first and the last sentence ended with a question mark.
    pub(super) first_asks: bool,
    pub(super) last_asks: bool,
    /// The word before was an order that a person may follow: "tell", "ask".
    pub(super) addresses: bool,
}

/// A word that has been read, as it is written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The byte behind it; a space, if there is none.
    pub(super) next: u8,
    /// The classes of its bytes, beside `WORD`.
    pub(super) seen: u8,
    /// What divides it, if anything does.
    pub(super) divider: Option<u8>,
}

impl<'a, const OWN: bool> Words<'a, OWN> {
    /// Each word counts `weight`.
    pub(super) fn new(scan: &'a mut Scan, text: &'a str, weight: f32) -> Self {
        Self {
            scan,
            index: &INDEX,
            two_bytes: &TWO_BYTES,
            text,
            weight,
            factor: weight,
            until: 0,
            one: Read::NOTHING,
            two: Read::NOTHING,
            in_sentence: 0,
            in_clause: 0,
            sentences: 0,
            words: 0,
            possessive: None,
            fenced: false,
            quoted: false,
            transform: false,
            material: false,
            first_asks: false,
            last_asks: false,
            addresses: false,
        }
    }

    pub(super) fn read(mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let class = class(byte);
            at = if class & WORD != 0 {
                self.word(at)
            } else if class & SPACE != 0 {
                at + 1
            } else if class & WIDE != 0 {
                self.wide(at, byte)
            } else {
                if OWN {
                    self.scan.shape.sign(self.text, at, byte);
                }
                self.punctuation(at, byte.into());
                at + 1
            };
        }
        self.scan.steps += (bytes.len() + 2 * self.words) as u64;
        if OWN {
            let shape = &mut self.scan.shape;
            shape.finish(self.text);
            shape.words = self.words;
            shape.sentences = self.sentences + usize::from(self.in_sentence > 0);
            shape.story_then_question = shape.sentences >= 3 && self.last_asks && !self.first_asks;
            shape.material = self.material;
        }
    }

    /// Reads a character beyond ASCII outside of a word, or the word that it begins. Says where to go on.
    fn wide(&mut self, at: usize, byte: u8) -> usize {
        let c = char_at(self.text, at);
        if letters::unspaced(c) {
            self.unspaced(at, c);
        } else if self.is_letter(byte, at, c) {
            return self.wide_word(at, at, 0, None);
        } else {
            if OWN {
                self.scan.shape.wide_sign(c);
            }
            self.punctuation(at, c);
        }
        at + c.len_utf8()
    }

    fn is_letter(&self, byte: u8, at: usize, c: char) -> bool {
        match self.text.as_bytes().get(at + 1) {
            Some(second) if byte < 0xe0 => self.two_bytes.get(byte, *second) != TwoByte::Sign,
            _ => letters::is_letter(c),
        }
    }

    /// Reads the word that begins at `start`. Says where to go on.
    #[inline(always)]
    fn word(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let letters = Eight::load(bytes, start).letters();
        let end = start + letters.count;
        let next = bytes.get(end).copied().unwrap_or(b' ');
        let class = class(next);
        if letters.count == 8 || class & (WORD | WIDE | JOINT) != 0 {
            return self.longer_word(start);
        }
        let written = Written {
            start,
            end,
            next,
            seen: if letters.capitals { UPPER } else { 0 },
            divider: None,
        };
        self.end_word(written, Word::short(bytes, start, letters));
        // A space is done with.
        end + usize::from(class & SPACE)
    }

    /// The same of a word of more than seven bytes or of more than letters.
    #[inline(never)]
    fn longer_word(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut divider = None;
        let (mut end, mut seen) = (start, 0);
        loop {
            let letters = Eight::load(bytes, end).letters();
            seen |= if letters.capitals { UPPER } else { 0 };
            end += letters.count;
            if letters.count == 8 {
                continue;
            }
            let Some(&byte) = bytes.get(end) else {
                break;
            };
            match (class(byte), byte) {
                (class, _) if class & WORD != 0 => seen |= class & !WORD,
                (JOINT, b'\'' | b'-') if letters::letter_at(self.text, end + 1) => {
                    divider = stronger(divider, byte);
                }
                (JOINT, b'+' | b'#') if takes_signs(&bytes[start..end]) => {
                    if OWN {
                        self.scan.shape.sign(self.text, end, byte);
                    }
                }
                (WIDE, _) => return self.wide_word(start, end, seen, divider),
                _ => break,
            }
            end += 1;
        }
        let written = Written {
            start,
            end,
            next: bytes.get(end).copied().unwrap_or(b' '),
            seen,
            divider,
        };
        self.end_longer_word(written, Word::at(bytes, start, end));
        end
    }

    /// The same from `at` on, where a character beyond ASCII stands.
    #[inline(never)]
    fn wide_word(&mut self, start: usize, at: usize, seen: u8, divider: Option<u8>) -> usize {
        let bytes = self.text.as_bytes();
        let mut lower = Lower::new(&bytes[start..at]);
        let (mut end, mut seen, mut divider) = (at, seen, divider);
        while let Some(&byte) = bytes.get(end) {
            let class = class(byte);
            if class & WIDE != 0 {
                let Some(behind) = self.wide_letter(end, byte, &mut lower) else {
                    break;
                };
                if lower.as_bytes().last() == Some(&b'\'') {
                    divider = Some(b'\'');
                }
                seen |= WIDE;
                end = behind;
                continue;
            }
            if class & WORD == 0 {
                match byte {
                    b'\'' | b'-' if letters::letter_at(self.text, end + 1) => {
                        divider = stronger(divider, byte);
                    }
                    _ => break,
                }
            }
            lower.push(byte | class & UPPER);
            seen |= class & !(WORD | JOINT);
            end += 1;
        }
        let written = Written {
            start,
            end,
            next: bytes.get(end).copied().unwrap_or(b' '),
            seen,
            divider,
        };
        self.end_longer_word(written, Word::of(lower.as_bytes()));
        end
    }

    /// Appends a character beyond ASCII to the word, if it belongs there. Says where it ends.
    fn wide_letter(&mut self, at: usize, byte: u8, word: &mut Lower) -> Option<usize> {
        if byte < 0xe0 {
            let second = *self.text.as_bytes().get(at + 1)?;
            match self.two_bytes.get(byte, second) {
                TwoByte::Sign => return None,
                TwoByte::Letter(lower) => {
                    if OWN && !(0xd0..0xe0).contains(&byte) {
                        self.scan.shape.wide_sign(char_at(self.text, at));
                    }
                    word.push_two(lower);
                    return Some(at + 2);
                }
                TwoByte::Longer => {}
            }
        }
        let c = char_at(self.text, at);
        let end = at + c.len_utf8();
        if c == '’' && letters::letter_at(self.text, end) {
            word.push(b'\'');
        } else if letters::is_letter(c) && !letters::unspaced(c) {
            word.push_char(c);
        } else {
            return None;
        }
        if OWN {
            self.scan.shape.wide_sign(c);
        }
        Some(end)
    }
}

/// What divides a word that has both: the apostrophe.
fn stronger(divider: Option<u8>, other: u8) -> Option<u8> {
    match divider {
        Some(b'\'') => divider,
        _ => Some(other),
    }
}

/// Whether signs that stand right behind are part of the word: C++, C#, F#.
fn takes_signs(word: &[u8]) -> bool {
    matches!(word, b"c" | b"C" | b"f" | b"F" | b"c+" | b"C+")
}
