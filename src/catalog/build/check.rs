use std::ops::RangeInclusive;

use super::super::{
    error::{Places, Problem},
    nearest::nearest,
};

/// One item's problems, as they are found.
pub(super) struct Check<'a> {
    pub(super) item: String,
    pub(super) places: &'a Places,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    pub(super) fn wrong(&mut self, key: &str, what: impl Into<Box<str>>) {
        let problem = self.places.problem(&self.item, key, what);
        self.problems.push(problem);
    }

    /// A name that callers use: printable ASCII, and nothing that means something in a pool.
    pub(super) fn name(&mut self, name: &str) {
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'@' | b'*' | b'"' | b'\\');
        if name.is_empty() || name.len() > 128 || !name.bytes().all(plain) {
            self.wrong(
                "name",
                "a name is 1 to 128 printable ASCII characters without spaces, `@`, `*`, `\"` and `\\`",
            );
        }
    }

    /// A word that is compared and printed: a dialect, zone, region, level.
    pub(super) fn word(&mut self, key: &str, word: &str) {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if word.is_empty() || word.len() > 64 || !word.bytes().all(plain) {
            self.wrong(key, "must be 1 to 64 letters, digits, `-`, `_` or `.`");
        }
    }

    pub(super) fn score(&mut self, key: &str, score: f64) {
        if !(0.0..=1.0).contains(&score) {
            let hint = if (1.0..=100.0).contains(&score) {
                "; write 80.8 percent as 0.808"
            } else {
                ""
            };
            self.wrong(
                key,
                format!("{score} is no quality; it must be 0 to 1{hint}"),
            );
        }
    }

    pub(super) fn between(&mut self, key: &str, value: f64, range: RangeInclusive<f64>) {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            self.wrong(key, format!("must be a number from {least} to {most}"));
        }
    }

    pub(super) fn positive(&mut self, key: &str, value: f64) {
        if !(value.is_finite() && value > 0.0) {
            self.wrong(key, "must be a number above zero");
        }
    }
}

/// `; did you mean "x"?` or nothing.
pub(in super::super) fn hint<'a>(asked: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(asked, names).map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// A text from outside for a message: short, and without control characters.
pub(in super::super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{dots}")
}
