use super::terms;
use crate::{
    classify::heuristics::{Heuristics, Reading},
    query::{Classification, Prompt},
};

/// Bytes of a prompt's opening at most: about twelve words.
const OPENING: usize = 64;
/// A shorter opening says nothing.
const LEAST: usize = 8;
/// Bytes by which an opening is longer at most, to end with a word.
const WORD: usize = 20;

/// What trained models see of a prompt: its hashed words, what the heuristics found, and what it looks like.
///
/// [`Trained`](super::Trained) and [`Examples`](super::super::Examples) weigh these; a model of your own may as well.
/// No word can be read out of it again.
#[derive(Clone, Debug)]
pub struct Evidence {
    whole: View,
    opening: Option<View>,
    heuristics: Classification,
}

/// What is seen of one text.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) terms: Vec<(u16, f32)>,
    pub(super) looks: [f32; Evidence::LOOKS],
}

impl Evidence {
    /// Terms are numbers below this.
    pub const TERMS: usize = terms::BUCKETS;
    /// How many looks there are; the last is always 1.
    pub const LOOKS: usize = 2 * Reading::SCORES + Reading::LOOKS + 1;

    /// Reads a prompt. Never panics; time is linear, and bounded as a prompt is.
    pub fn of(prompt: &Prompt) -> Self {
        let (whole, heuristics) = View::of(prompt);
        let opening = opening(prompt.user()).map(|opening| {
            let opening = Prompt {
                user: opening.to_owned(),
                ..prompt.clone()
            };
            View::of(&opening).0
        });
        Self {
            whole,
            opening,
            heuristics,
        }
    }

    /// The hashed terms of the latest user turn, each once, and how much each counts; squares sum up to 1.
    pub fn terms(&self) -> &[(u16, f32)] {
        &self.whole.terms
    }

    /// What the heuristics' rules count for each task, and what the text looks like; about 0..=2 each.
    pub fn looks(&self) -> &[f32; Self::LOOKS] {
        &self.whole.looks
    }

    /// What the heuristics say themselves.
    pub fn heuristics(&self) -> &Classification {
        &self.heuristics
    }

    /// The whole text.
    pub(super) fn whole(&self) -> &View {
        &self.whole
    }

    /// The first words alone, where there are enough; nothing that is appended changes much of them.
    pub(super) fn opening(&self) -> Option<&View> {
        self.opening.as_ref()
    }
}

impl View {
    fn of(prompt: &Prompt) -> (Self, Classification) {
        let reading = Heuristics::new().reading(prompt);
        let mut looks = [1.0; Evidence::LOOKS];
        let best = reading.scores.into_iter().fold(0.0, f32::max);
        let odds = reading.scores.map(|score| (score - best).exp());
        let sum: f32 = odds.iter().sum();
        let found = reading.scores.iter().map(|score| score.min(4.0) / 2.0);
        let found = found
            .chain(odds.iter().map(|odds| odds / sum))
            .chain(reading.looks);
        for (look, found) in looks.iter_mut().zip(found) {
            *look = found;
        }
        let terms = terms::terms(prompt.user());
        (Self { terms, looks }, reading.classification)
    }
}

/// The first half of a text and no more than [`OPENING`], up to the end of a word.
fn opening(text: &str) -> Option<&str> {
    let mut end = (text.len() / 2).min(OPENING);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let (before, behind) = text.split_at_checked(end)?;
    if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        let rest = behind.bytes().take(WORD);
        end += rest.take_while(u8::is_ascii_alphanumeric).count();
    }
    text.get(..end).filter(|opening| opening.len() >= LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openings_are_short_and_end_with_a_word() {
        assert_eq!(
            opening("What is the capital of Peru"),
            Some("What is the capital")
        );
        assert_eq!(opening("hello there"), None);
        assert_eq!(opening("说明一下你的看法好吗"), Some("说明一下你"));
        for text in [
            "é".repeat(500),
            "a".repeat(500),
            "a b".repeat(500),
            "👍".repeat(99),
        ] {
            let opening = opening(&text).unwrap();
            assert!(opening.len() <= OPENING + WORD && text.starts_with(opening));
        }
    }

    #[test]
    fn what_is_appended_leaves_the_opening_as_it_was() {
        let of = |text: &str| Evidence::of(&Prompt::new(text)).opening.unwrap().terms;
        let prompt = "Tell me something nice about the small towns along the river, please, and take your time with it: we \
                      have the whole evening, and the rain does not look as if it would end.";
        assert_eq!(
            of(prompt),
            of(&format!("{prompt} def class return import click"))
        );
    }
}
