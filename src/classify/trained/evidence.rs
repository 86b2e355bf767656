use super::terms;
use crate::{
    classify::heuristics::{Heuristics, Reading},
    query::{Classification, Prompt},
};

/// What trained models see of a prompt: its hashed words, what the heuristics found, and what it looks like.
///
/// [`Trained`](super::Trained) and [`Examples`](super::Examples) weigh these; a model of your own may as well. No word
/// can be read out of it again.
#[derive(Clone, Debug)]
pub struct Evidence {
    terms: Vec<(u16, f32)>,
    looks: [f32; Self::LOOKS],
    heuristics: Classification,
}

impl Evidence {
    /// Terms are numbers below this.
    pub const TERMS: usize = terms::BUCKETS;
    /// How many looks there are; the last is always 1.
    pub const LOOKS: usize = 2 * Reading::SCORES + Reading::LOOKS + 1;

    /// Reads a prompt. Never panics; time is linear, and bounded as a prompt is.
    pub fn of(prompt: &Prompt) -> Self {
        let reading = Heuristics::new().reading(prompt);
        let mut looks = [1.0; Self::LOOKS];
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
        Self {
            terms: terms::terms(prompt.user()),
            looks,
            heuristics: reading.classification,
        }
    }

    /// The hashed terms of the latest user turn, each once, and how much each counts; squares sum up to 1.
    pub fn terms(&self) -> &[(u16, f32)] {
        &self.terms
    }

    /// What the heuristics' rules count for each task, and what the text looks like; about 0..=2 each.
    pub fn looks(&self) -> &[f32; Self::LOOKS] {
        &self.looks
    }

    /// What the heuristics say themselves.
    pub fn heuristics(&self) -> &Classification {
        &self.heuristics
    }
}
