//! Words of a text as numbers: hashed, counted, and brought to length one.

use crate::classify::heuristics::{char_at, is_letter, unspaced};

/// How many numbers terms are hashed to.
pub(super) const BUCKETS: usize = 1 << 15;

/// Bytes that are read from the beginning and from the end of a text; what lies between says little of what is asked.
const HEAD: usize = 2_400;
const TAIL: usize = 800;

/// Words and signs of which a text's terms are made at most.
const MOST: usize = 700;

/// How many characters the beginning of a word has, and its end.
const BEGINNING: usize = 4;
const ENDING: usize = 3;

/// How many words count by their place as well, at the text's beginning and at its end.
const PLACES: usize = 3;

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// What a hash is one of, so that a word is not taken for the end of another.
#[derive(Clone, Copy)]
enum Of {
    Word = 1,
    Pair,
    Beginning,
    Ending,
    First,
    Last,
}

/// The terms of a text: which, and how much each counts. Squares sum up to 1, so that no text speaks louder for being
/// long, and what is repeated counts as its logarithm.
pub(super) fn terms(text: &str) -> Vec<(u16, f32)> {
    let mut reader = Reader::new();
    let (head, tail) = ends(text);
    reader.read(head);
    if !tail.is_empty() {
        reader.cut();
        reader.read(tail);
    }
    reader.finish()
}

/// The beginning and the end of a text; the end is empty where the beginning is all.
fn ends(text: &str) -> (&str, &str) {
    if text.len() <= HEAD + TAIL {
        return (text, "");
    }
    let mut head = HEAD;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - TAIL;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    (&text[..head], &text[tail..])
}

struct Reader {
    counts: Vec<u8>,
    seen: Vec<u16>,
    /// The word or sign before.
    before: u64,
    /// The last ones.
    last: [u64; PLACES],
    read: usize,
}

impl Reader {
    fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            seen: Vec::with_capacity(256),
            before: SEED,
            last: [0; PLACES],
            read: 0,
        }
    }

    /// Goes on behind a gap.
    fn cut(&mut self) {
        self.before = SEED;
        // What the head used up is not the tail's.
        self.read = self.read.min(MOST - MOST / 4);
    }

    fn read(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.read < MOST {
            let byte = bytes[at];
            if byte.is_ascii() {
                if byte.is_ascii_alphanumeric() || byte == b'_' {
                    at = self.word(text, at);
                    continue;
                }
                if byte == b'\n' || byte.is_ascii_punctuation() {
                    self.sign(byte.into());
                }
                at += 1;
                continue;
            }
            let c = char_at(text, at);
            if unspaced(c) {
                self.token(mix(SEED, c.into()));
                at += c.len_utf8();
            } else if is_letter(c) {
                at = self.word(text, at);
            } else {
                self.sign(c.into());
                at += c.len_utf8();
            }
        }
    }

    /// Reads the word that begins at `start`. Says where it ends.
    fn word(&mut self, text: &str, start: usize) -> usize {
        let bytes = text.as_bytes();
        let (mut at, mut chars, mut digits) = (start, 0, 0);
        let (mut hash, mut beginning) = (SEED, SEED);
        let mut ending = [0_u64; ENDING];
        while let Some(&byte) = bytes.get(at) {
            let (c, len) = if byte.is_ascii() {
                (u64::from(byte.to_ascii_lowercase()), 1)
            } else {
                let c = char_at(text, at);
                let lower = c.to_lowercase().next().unwrap_or(c);
                if !is_letter(c) || unspaced(c) {
                    break;
                }
                (lower.into(), c.len_utf8())
            };
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_' {
                break;
            }
            at += len;
            let c = if byte.is_ascii_digit() {
                // All numbers of a length are alike, and the long ones all.
                digits += 1;
                if digits > 3 {
                    continue;
                }
                b'0'.into()
            } else {
                digits = 0;
                c
            };
            hash = mix(hash, c);
            chars += 1;
            if chars == BEGINNING {
                beginning = hash;
            }
            ending.rotate_left(1);
            ending[ENDING - 1] = c;
        }
        self.token(hash);
        if chars > BEGINNING {
            self.add(Of::Ending, ending.into_iter().fold(SEED, mix));
            if chars > BEGINNING + 1 {
                self.add(Of::Beginning, beginning);
            }
        }
        at
    }

    /// A sign; the same one again counts no more.
    fn sign(&mut self, sign: u64) {
        let hash = mix(SEED ^ 1, sign);
        if hash != self.before {
            self.token(hash);
        }
    }

    /// A word or a sign.
    fn token(&mut self, hash: u64) {
        self.add(Of::Word, hash);
        self.add(Of::Pair, mix(self.before, hash));
        if self.read < PLACES {
            self.add(Of::First, mix(hash, self.read as u64));
        }
        self.last.rotate_left(1);
        self.last[PLACES - 1] = hash;
        self.before = hash;
        self.read += 1;
    }

    fn add(&mut self, of: Of, hash: u64) {
        let hash = mix(hash, of as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The upper bits are the best mixed.
        let bucket = (hash >> (64 - BUCKETS.trailing_zeros())) as u16;
        let Some(count) = self.counts.get_mut(usize::from(bucket)) else {
            return;
        };
        if *count == 0 {
            self.seen.push(bucket);
        }
        *count = count.saturating_add(1);
    }

    fn finish(mut self) -> Vec<(u16, f32)> {
        for (at, hash) in self.last.into_iter().enumerate() {
            if hash != 0 {
                self.add(Of::Last, mix(hash, at as u64));
            }
        }
        let count = |bucket: &u16| {
            self.counts
                .get(usize::from(*bucket))
                .map_or(0, |count| *count)
        };
        let mut terms: Vec<(u16, f32)> = self
            .seen
            .iter()
            .map(|bucket| (*bucket, f32::from(count(bucket)).ln_1p()))
            .collect();
        let squares: f32 = terms.iter().map(|(_, value)| value * value).sum();
        if squares > 0.0 {
            let scale = squares.sqrt().recip();
            for (_, value) in &mut terms {
                *value *= scale;
            }
        }
        terms
    }
}

fn mix(hash: u64, with: u64) -> u64 {
    let hash = (hash ^ with).wrapping_mul(PRIME);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_alike_however_they_are_written() {
        assert_eq!(terms("Write  CODE"), terms("write code"));
        assert_eq!(terms("ПИШИ 1234567"), terms("пиши 98765"));
        assert_ne!(terms("write code"), terms("code write"));
        assert!(terms(" \t ").is_empty());
    }

    #[test]
    fn lengths_are_one_and_work_is_bounded() {
        for text in [
            "a",
            "谁在那里",
            "é".repeat(5000).as_str(),
            &"a b ".repeat(5000),
            &"=+".repeat(9000),
        ] {
            let terms = terms(text);
            let squares: f32 = terms.iter().map(|(_, value)| value * value).sum();
            assert!((squares - 1.0).abs() < 1e-3, "{squares}");
            assert!(terms.len() <= 4 * MOST + 2 * PLACES);
        }
    }

    #[test]
    fn the_end_of_a_long_text_is_read() {
        let long = |end: &str| format!("{} {end}", "lorem ipsum ".repeat(600));
        assert_ne!(terms(&long("summarise")), terms(&long("translate")));
    }
}
