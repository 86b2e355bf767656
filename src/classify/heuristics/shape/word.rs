use super::{Shape, formula::is_formula, number::is_unit};
use crate::classify::heuristics::letters::{DIGIT, UNDERSCORE, UPPER, WIDE};

/// A word as it is written, and where it stands.
#[derive(Clone, Copy)]
pub(in super::super) struct WordShape<'a> {
    pub(in super::super) text: &'a str,
    pub(in super::super) start: usize,
    pub(in super::super) end: usize,
    /// The byte behind it; a space, if there is none.
    pub(in super::super) next: u8,
    /// The classes of its bytes, beside `WORD`.
    pub(in super::super) seen: u8,
}

impl Shape {
    /// Notes the shape of a word.
    #[inline(always)]
    pub(in super::super) fn word(&mut self, word: WordShape<'_>) {
        // Most words are of small letters, with a space or the like on either side.
        let behind_a_stop = word.text.as_bytes().get(word.start.wrapping_sub(1)) == Some(&b'.');
        let plain = word.seen == 0 && word.next != b'(' && !behind_a_stop;
        if !plain || self.is_after_number(word.start) {
            self.special_word(word);
        }
    }

    #[inline(never)]
    fn special_word(&mut self, word: WordShape<'_>) {
        let WordShape {
            text,
            start,
            end,
            seen,
            ..
        } = word;
        let bytes = text.as_bytes();
        let first = bytes[start];
        if first.is_ascii_digit() {
            self.number(bytes, start, end);
            let digits = bytes[start..end].iter();
            let unit = start + digits.take_while(|byte| byte.is_ascii_digit()).count();
            self.units += usize::from(unit < end && is_unit(&text[unit..end]));
            return;
        }
        if self.is_after_number(start) && is_unit(&text[start..end]) {
            self.units += 1;
        }
        let before = &bytes[..start];
        if let [.., stem, b'.'] = before
            && stem.is_ascii_alphanumeric()
        {
            self.source_files += usize::from(ends_source(&bytes[start..end]));
        }
        self.identifiers += usize::from(word.is_identifier());
        if !first.is_ascii_uppercase() {
            return;
        }
        if seen & (DIGIT | WIDE) == DIGIT {
            self.formulas += usize::from(is_formula(&text[start..end]));
        }
        let inside =
            matches!(before, [.., last, b' '] if !matches!(last, b'.' | b'?' | b'!' | b':'));
        self.names += usize::from(inside && end - start > 1);
    }
}

impl WordShape<'_> {
    /// `snake_case`, `camelCase`, or a word with an opening bracket right after it.
    fn is_identifier(&self) -> bool {
        let bytes = &self.text.as_bytes()[self.start..self.end];
        if self.seen & UNDERSCORE != 0 && bytes[0] != b'_' {
            return true;
        }
        if self.seen & WIDE != 0 {
            return false;
        }
        let call = self.next == b'(' && bytes.len() > 1;
        call || self.seen & UPPER != 0 && is_camel_case(bytes)
    }
}

fn is_camel_case(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| {
        w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase() && w[2].is_ascii_lowercase()
    })
}

/// Whether a name ends as those of files of programs do.
fn ends_source(ending: &[u8]) -> bool {
    matches!(
        ending,
        b"py"
            | b"rs"
            | b"js"
            | b"ts"
            | b"tsx"
            | b"jsx"
            | b"go"
            | b"java"
            | b"cpp"
            | b"cc"
            | b"hpp"
            | b"cs"
            | b"rb"
            | b"php"
            | b"sql"
            | b"sh"
            | b"yml"
            | b"yaml"
            | b"toml"
            | b"json"
            | b"html"
            | b"css"
            | b"vue"
            | b"kt"
            | b"swift"
            | b"ipynb"
            | b"tf"
            | b"lua"
            | b"scss"
            | b"gradle"
            | b"ps1"
            | b"lock"
            | b"env"
            | b"c"
            | b"h"
            | b"mjs"
    )
}
