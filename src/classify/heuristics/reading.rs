use super::{
    index::INDEX,
    rule::{Kind, TASKS},
    scan::Scan,
    tally::{Tally, count},
};
use crate::query::{Classification, Prompt};

/// What the rules found, for whoever weighs it otherwise.
#[derive(Debug)]
pub(in crate::classify) struct Reading {
    /// What the rules say themselves.
    pub(in crate::classify) classification: Classification,
    /// What counts for each of the tasks, in the order of [`Kind`].
    pub(in crate::classify) scores: [f32; TASKS],
    /// What the text looks like, each within 0..=1.
    pub(in crate::classify) looks: [f32; Reading::LOOKS],
}

impl Reading {
    /// How many looks there are.
    pub(in crate::classify) const LOOKS: usize = 28;
    /// How many tasks have scores.
    pub(in crate::classify) const SCORES: usize = TASKS;

    pub(super) fn new(
        prompt: &Prompt,
        scan: &Scan,
        tally: &Tally,
        classification: Classification,
    ) -> Self {
        let s = &scan.shape;
        let hits = |kind| -> f32 {
            let rules = INDEX.of_kind(kind).iter();
            rules.map(|rule| scan.hits[usize::from(*rule)]).sum()
        };
        let part = |seen: f32, half: f32| seen / (seen + half);
        let seen = |seen: usize, half: f32| part(count(seen), half);
        let words = s.words + s.unspaced / 2;
        Self {
            classification,
            scores: tally.scores(),
            looks: [
                (count(words) + 1.0).ln() / 8.0,
                (count(s.sentences) + 1.0).ln() / 6.0,
                seen(s.unspaced, 10.0),
                seen(s.numbers, 4.0),
                part(count(s.numbers) * 10.0, count(words) + 5.0),
                seen(s.questions, 1.0),
                seen(s.items, 3.0),
                seen(s.names, 3.0),
                part(count(s.names) * 10.0, count(words) + 5.0),
                seen(s.fences, 1.0),
                seen(s.traces, 1.0),
                seen(s.code_lines, 4.0),
                seen(s.identifiers + s.backticks, 2.0),
                seen(s.latex, 2.0),
                seen(s.math_signs + s.arithmetic, 2.0),
                seen(s.units + s.formulas, 2.0),
                seen(s.table_rows, 2.0),
                seen(s.addresses, 1.0),
                f32::from(u8::from(s.story_then_question)),
                seen(s.colon, 1.0),
                seen(s.ifs, 1.0),
                part(hits(Kind::Depth), 2.0),
                part(hits(Kind::Constraint), 3.0),
                part(hits(Kind::Rare), 1.0),
                part(hits(Kind::Possessive), 2.0),
                seen(prompt.turns() as usize, 10.0),
                (count(prompt.user().len()) / (count(words) + 1.0) / 12.0).min(1.0),
                (count(prompt.user().len()) + 1.0).ln() / 10.0,
            ],
        }
    }
}
