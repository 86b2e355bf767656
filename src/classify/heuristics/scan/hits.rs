use super::words::{Words, Written};
use crate::classify::heuristics::{
    index::{Hit, LONGEST, Word},
    rule::{Kind, Place},
    shape::WordShape,
};

const NOT_OWNED: f32 = 0.12;
const LATER_SENTENCE: f32 = 0.6;

impl<const OWN: bool> Words<'_, OWN> {
    /// Counts the terms that begin at a character of a script without spaces.
    pub(super) fn unspaced(&mut self, at: usize, c: char) {
        let factor = self.place(at);
        let mut transforms = false;
        for hits in self.index.unspaced(c, self.text.as_bytes(), at) {
            for hit in hits {
                self.scan.steps += 1;
                self.scan.hits[usize::from(hit.rule)] += factor;
                transforms |= hit.kind == Kind::General;
            }
        }
        if transforms {
            self.transforms();
        }
        self.in_sentence += 1;
        if OWN {
            self.scan.shape.unspaced += 1;
        }
    }

    /// Counts a word; not inlined, for words that are not of the most frequent kind.
    #[inline(never)]
    pub(super) fn end_longer_word(&mut self, written: Written, word: Word<'_>) {
        self.end_word(written, word);
    }

    /// Counts a word.
    #[inline(always)]
    pub(super) fn end_word(&mut self, written: Written, word: Word<'_>) {
        if OWN {
            self.scan.shape.word(WordShape {
                text: self.text,
                start: written.start,
                end: written.end,
                next: written.next,
                seen: written.seen,
            });
        }
        self.words += 1;
        if word.len() > LONGEST {
            self.break_phrases();
            self.in_sentence += 1;
            return;
        }
        if OWN && self.addresses && word.len() > 1 {
            let capital = self.text.as_bytes()[written.start].is_ascii_uppercase();
            self.scan.shape.told += usize::from(capital);
        }
        let factor = self.place(written.start);
        let Some(known) = self.index.word(&word) else {
            self.unknown(written.divider, word, factor);
            return;
        };
        self.scan.hits[known.first()] += factor;
        for hit in self.index.of_word(known) {
            self.hit(*hit, 0, factor);
        }
        if let Some(divider) = written.divider
            && !known.is_found()
        {
            self.parts(word, divider, factor);
        }
        let (pair, goes_on) = self.index.phrase(self.one, known);
        for hit in pair {
            self.hit(*hit, 1, factor);
        }
        let (triple, _) = self.index.phrase(self.two, known);
        for hit in triple {
            self.hit(*hit, 2, factor);
        }
        (self.one, self.two) = (known.begins(), goes_on);
        let begins = self.in_sentence == 0;
        if OWN {
            self.scan.shape.ifs += usize::from(begins && known.is_if());
        }
        self.addresses = begins && known.is_order();
        let counts = usize::from(!known.is_filler());
        self.in_sentence += counts;
        self.in_clause = if known.joins() {
            0
        } else {
            self.in_clause + counts
        };
    }

    #[inline(never)]
    fn unknown(&mut self, divider: Option<u8>, word: Word<'_>, factor: f32) {
        if !self.stems(&word, factor)
            && let Some(divider) = divider
        {
            self.parts(word, divider, factor);
        }
        self.break_phrases();
        self.addresses = false;
        self.in_sentence += 1;
        self.in_clause += 1;
    }

    /// Counts a word by its beginnings.
    fn stems(&mut self, word: &Word<'_>, factor: f32) -> bool {
        let mut found = false;
        for hits in self.index.stems(word) {
            for hit in hits {
                self.scan.steps += 1;
                self.hit(*hit, 0, factor);
                found = true;
            }
        }
        found
    }

    /// Counts what an apostrophe or hyphen divides: "l'intégrale", "peux-tu".
    fn parts(&mut self, word: Word<'_>, divider: u8, factor: f32) {
        let mut parts = word.as_bytes().split(|byte| *byte == divider);
        if divider == b'\'' {
            // All behind the first.
            let first = parts.next().map_or(0, <[u8]>::len);
            let rest = word.as_bytes().get(first + 1..);
            self.part(rest.unwrap_or_default(), factor);
        } else {
            for part in parts.take(4) {
                self.part(part, factor);
            }
        }
    }

    fn part(&mut self, part: &[u8], factor: f32) {
        self.scan.steps += 2;
        let part = Word::of(part);
        match self.index.word(&part) {
            Some(known) => {
                self.scan.hits[known.first()] += factor;
                for hit in self.index.of_word(known) {
                    self.hit(*hit, 0, factor);
                }
            }
            None => {
                self.stems(&part, factor);
            }
        }
    }

    #[inline(never)]
    fn hit(&mut self, hit: Hit, back: usize, factor: f32) {
        let leads = self.in_sentence <= 1 + back;
        let part = match hit.place {
            _ if hit.kind == Kind::Possessive => {
                self.possessive = Some(self.words);
                1.0
            }
            Place::Anywhere => 1.0,
            Place::Lead if leads => self.by_sentence(),
            Place::Clause if leads => 1.0,
            Place::Clause if self.in_clause <= back => 0.7,
            Place::Transform if leads => {
                self.transforms();
                // What it works on has not been read yet: this is no material.
                if self.material {
                    1.0
                } else {
                    self.by_sentence()
                }
            }
            Place::Opening if self.words <= 4 => 1.0,
            Place::Owned if self.is_owned() => 1.0,
            Place::Owned => NOT_OWNED,
            Place::Lead | Place::Clause | Place::Transform | Place::Opening => return,
        };
        self.scan.hits[usize::from(hit.rule)] += factor * part;
    }

    fn by_sentence(&self) -> f32 {
        if self.sentences == 0 {
            1.0
        } else {
            LATER_SENTENCE
        }
    }

    fn is_owned(&self) -> bool {
        let possessive = self.possessive;
        possessive.is_some_and(|possessive| self.words - possessive <= 3)
    }

    /// An order to rework a text was read.
    fn transforms(&mut self) {
        self.transform = true;
        self.until = 0;
    }
}
