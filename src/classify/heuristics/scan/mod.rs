//! One reading of a prompt's text.

mod hits;
mod lower;
mod sentence;
mod words;

use self::words::Words;
use super::{index::INDEX, shape::Shape};

/// How many rules are skipped at once where none hit.
const MANY: usize = 8;

/// How often each rule hit, and what the text looks like.
///
/// Each character is visited once, for words and shapes alike; a word costs a fixed number of lookups.
#[derive(Debug)]
pub(super) struct Scan {
    /// Weighted hits by rule; the last are no rule's.
    pub(super) hits: Vec<f32>,
    pub(super) shape: Shape,
    /// Characters visited and lookups made, for the test of linear time.
    pub(super) steps: u64,
}

impl Scan {
    pub(super) fn new() -> Self {
        Self {
            hits: vec![0.0; INDEX.rules.len() + 1],
            shape: Shape::default(),
            steps: 0,
        }
    }

    /// The rules that hit, in their order, and how often.
    pub(super) fn found(&self) -> impl Iterator<Item = (usize, f32)> {
        let rules = &self.hits[..INDEX.rules.len()];
        // Most rules never hit: many are skipped at once.
        let any = |hits: &[f32]| hits.iter().fold(0, |bits, hits| bits | hits.to_bits()) != 0;
        rules
            .chunks(MANY)
            .zip((0..).step_by(MANY))
            .filter(move |(chunk, _)| any(chunk))
            .flat_map(|(chunk, start)| (start..).zip(chunk.iter().copied()))
            .filter(|(_, hits)| *hits > 0.0)
    }

    /// Reads the asker's own text.
    pub(super) fn user(&mut self, text: &str) {
        Words::<true>::new(self, text, 1.0).read();
    }

    /// Reads text that says less of what is asked now; each word counts `weight`.
    pub(super) fn background(&mut self, text: &str, weight: f32) {
        Words::<false>::new(self, text, weight).read();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> u64 {
        let mut scan = Scan::new();
        scan.user(text);
        scan.steps
    }

    fn read(text: &str) -> (usize, Vec<(usize, f32)>) {
        let mut scan = Scan::new();
        scan.user(text);
        (scan.shape.words, scan.found().collect())
    }

    #[test]
    fn words_are_divided_where_writers_divide_them() {
        for (text, words) in [
            ("don't l’eau state-of-the-art C++ c# f# snake_case", 7),
            ("3.14 x- -y 'z' a--b", 7),
            ("été été-là naïve 2² été’s été’ é'é", 7),
            ("书a书 b谁c 要d-e要", 4),
            ("internationalisation_internationalisation_of_words x", 2),
            ("", 0),
        ] {
            assert_eq!(read(text).0, words, "{text}");
        }
    }

    #[test]
    fn however_a_word_is_written_it_hits_the_same_rules() {
        for (text, same) in [
            ("Write C++ Code, please", "WRITE c++ CODE, PLEASE"),
            ("calcule l'intégrale", "CALCULE L’INTÉGRALE"),
            ("НАПИШИ СТИХ", "напиши стих"),
            ("write\ta  poem", "write a poem"),
        ] {
            let found = read(text);
            assert_eq!(found, read(same), "{text}");
            assert!(!found.1.is_empty(), "{text}");
        }
        assert_ne!(read("write a poem").1, read("write. a poem").1);
    }

    #[test]
    fn work_grows_with_the_text_and_no_faster() {
        let long = "x".repeat(1 << 14);
        let spaces = format!("5 -{}=", " ".repeat(1 << 14));
        for unit in [
            "a ", "a-", "l'a", "```", "\"", "\\frac", "1, ", "谁", "write ", "H2O ", "my mail ",
            "\n", "| ", ":", "-> ", "5 - ", "= ", &long, &spaces,
        ] {
            let small = unit.repeat(500.min(1 + (1 << 16) / unit.len()));
            let ratio = steps(&small.repeat(8)) as f64 / steps(&small) as f64;
            assert!(
                ratio < 8.1,
                "eight times the text took {ratio} times the steps"
            );
            assert!(steps(&small) < 12 * small.len() as u64);
        }
    }
}
