//! What a text looks like, apart from its words.

mod formula;
mod line;
mod number;
mod sign;
#[cfg(test)]
mod tests;
mod word;

use self::{line::Line, number::Numbers};

pub(super) use self::word::WordShape;

/// Counts, all linear in the text.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) fences: usize,
    pub(super) traces: usize,
    pub(super) code_lines: usize,
    pub(super) code_pairs: usize,
    pub(super) backticks: usize,
    pub(super) identifiers: usize,
    pub(super) source_files: usize,
    pub(super) latex: usize,
    pub(super) math_signs: usize,
    pub(super) arithmetic: usize,
    pub(super) percents: usize,
    pub(super) numbers: usize,
    pub(super) longest_run: usize,
    pub(super) coordinates: usize,
    pub(super) formulas: usize,
    pub(super) units: usize,
    pub(super) addresses: usize,
    pub(super) questions: usize,
    pub(super) items: usize,
    pub(super) names: usize,
    pub(super) table_rows: usize,
    pub(super) words: usize,
    pub(super) sentences: usize,
    /// Characters of scripts without spaces.
    pub(super) unspaced: usize,
    /// Sentences that begin with a condition.
    pub(super) ifs: usize,
    /// Orders to a person named.
    pub(super) told: usize,
    /// Colons after a first clause, with text to follow.
    pub(super) colon: usize,
    pub(super) material: bool,
    /// Statements first, and a question at the end.
    pub(super) story_then_question: bool,
    line: Line,
    numbers_read: Numbers,
    ticks: usize,
    dollars: usize,
}

impl Shape {
    /// Notes what can be told at the end of the text.
    pub(super) fn finish(&mut self, text: &str) {
        self.end_line(text, text.len());
        self.finish_signs();
    }
}
