use super::words::Words;
use crate::classify::heuristics::{index::Read, letters};

/// Bytes from the beginning and from the end within which words count fully: orders stand there, material between.
const HEAD: usize = 480;
const TAIL: usize = 240;

/// What a word counts less by where it stands.
const FAR: f32 = 0.35;
const FENCED: f32 = 0.25;
const QUOTED: f32 = 0.45;
const MATERIAL: f32 = 0.25;

impl<const OWN: bool> Words<'_, OWN> {
    /// Notes a sign that is no part of a word and no space.
    pub(super) fn punctuation(&mut self, at: usize, c: char) {
        match c {
            '`' if self.text[at..].starts_with("```") && !self.text[..at].ends_with('`') => {
                self.fenced = !self.fenced;
                self.until = 0;
            }
            '"' => self.quote(!self.quoted),
            '“' | '„' | '«' | '「' | '『' => self.quote(true),
            '”' | '»' | '」' | '』' => self.quote(false),
            _ => {}
        }
        self.break_phrases();
        if matches!(c, ',' | '(' | '>' | '-' | '、' | '，') {
            self.in_clause = 0;
        }
        match c {
            // A full stop within a number or a name ends nothing.
            '.' if letters::letter_at(self.text, at + 1) => {}
            '.' | '?' | '!' | ':' | ';' | '\n' | '…' | '。' | '？' | '！' | '：' | '¿' | '¡'
            | '—' => self.end_sentence(at, c),
            _ => {}
        }
    }

    fn quote(&mut self, quoted: bool) {
        self.quoted = quoted;
        self.until = 0;
    }

    pub(super) fn break_phrases(&mut self) {
        (self.one, self.two) = (Read::NOTHING, Read::NOTHING);
    }

    fn end_sentence(&mut self, at: usize, c: char) {
        if c == '\n' {
            self.quote(false);
        }
        if self.transform && matches!(c, ':' | '\n' | '：') {
            self.material = true;
            self.until = 0;
        }
        // An order, a colon, and what it is about.
        if matches!(c, ':' | '：')
            && self.sentences == 0
            && self.in_sentence >= 2
            && self.text.len() - at > 24
        {
            self.scan.shape.colon += usize::from(OWN);
        }
        if self.in_sentence > 0 {
            self.sentences += 1;
            self.last_asks = matches!(c, '?' | '？');
            if self.sentences == 1 {
                self.first_asks = self.last_asks;
            }
        }
        self.in_sentence = 0;
        self.in_clause = 0;
    }

    /// What a word counts at a place; places are asked in order.
    #[inline]
    pub(super) fn place(&mut self, at: usize) -> f32 {
        if at >= self.until {
            self.place_anew(at);
        }
        self.factor
    }

    fn place_anew(&mut self, at: usize) {
        let tail = self.text.len().saturating_sub(TAIL);
        let far = (HEAD..tail).contains(&at);
        self.until = match at {
            _ if far => tail,
            0..HEAD if tail > HEAD => HEAD,
            _ => usize::MAX,
        };
        let mut factor = self.weight;
        if far {
            factor *= FAR;
        }
        if self.fenced {
            factor *= FENCED;
        }
        if self.quoted {
            factor *= QUOTED;
        }
        if self.material || (self.quoted && self.transform) {
            factor *= MATERIAL;
        }
        self.factor = factor;
    }
}
