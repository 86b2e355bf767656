use super::{
    index::INDEX,
    rule::Kind,
    scan::Scan,
    tally::{Tally, count, saturate},
};
use crate::query::Prompt;

/// How hard a query looks, 0..=1: mostly how long it is, how many conditions it sets, and what it asks for.
pub(super) fn of(prompt: &Prompt, scan: &Scan, tally: &mut Tally, task: Kind) -> f32 {
    let shape = &scan.shape;
    // A character of Chinese or Japanese says about as much as half a word.
    let words = count(shape.words + shape.unspaced / 2);
    let base = match task {
        Kind::Math | Kind::Science | Kind::Coding => 0.16,
        Kind::Reasoning => 0.22,
        Kind::ComputerUse => 0.14,
        Kind::Creative => 0.1,
        _ => 0.05,
    };
    let hits = |kind| -> f32 {
        let rules = INDEX.of_kind(kind).iter();
        rules.map(|rule| scan.hits[usize::from(*rule)]).sum()
    };
    let bounded = |seen: f32, half: f32| seen / (seen + half);
    let asked = count(shape.questions.saturating_sub(1) + shape.items);
    let code = count(shape.code_lines + shape.traces);
    let parts = [
        ("length", 0.22 * bounded((words - 6.0).max(0.0), 90.0)),
        (
            "several conditions",
            0.16 * bounded(hits(Kind::Constraint), 4.0),
        ),
        ("several questions or items", 0.1 * bounded(asked, 4.0)),
        ("words of depth", 0.16 * saturate(hits(Kind::Depth))),
        ("rare field", 0.1 * saturate(hits(Kind::Rare))),
        ("much code", 0.16 * bounded(code, 15.0)),
        ("many numbers", 0.06 * bounded(count(shape.numbers), 8.0)),
        (
            "formulas",
            0.06 * bounded(count(shape.latex + shape.math_signs), 4.0),
        ),
        (
            "long conversation",
            0.06 * bounded(count(prompt.turns() as usize).max(1.0) - 1.0, 12.0),
        ),
        (
            "images",
            0.05 * bounded(count(prompt.images() as usize), 1.0),
        ),
    ];
    let mut difficulty = base;
    for (name, weight) in parts {
        // Signals are comparable with those for tasks only within difficulty.
        if weight > 0.02 {
            tally.note(name, weight);
        }
        difficulty += weight;
    }
    difficulty.clamp(0.0, 1.0)
}
