//! What everything seen counts for each task.

mod shapes;
mod spoken;
mod strongest;
mod tools;

use self::{spoken::spoken, strongest::Strongest};
use super::{
    index::INDEX,
    rule::{Kind, Language, Place, TASKS},
    scan::Scan,
};
use crate::query::Signal;

/// In the order of [`Kind`].
const ALL: [Kind; TASKS] = [
    Kind::Coding,
    Kind::Math,
    Kind::Science,
    Kind::Reasoning,
    Kind::ComputerUse,
    Kind::Creative,
    Kind::Knowledge,
    Kind::Personal,
    Kind::General,
];

/// How sharply a lead in score becomes confidence.
const SHARPNESS: f32 = 1.0;

/// Words from which on a text counts as long.
const LONG: f32 = 80.0;

/// What a word of a language counts in a text of another one.
const FOREIGN: f32 = 0.1;

/// What everything seen counts for each task, and why.
#[derive(Debug)]
pub(super) struct Tally {
    scores: [f32; TASKS],
    strongest: Strongest,
}

impl Tally {
    pub(super) fn new(scan: &Scan) -> Self {
        let mut tally = Self {
            scores: [0.0; TASKS],
            strongest: Strongest::default(),
        };
        tally.add("nothing more special", Kind::General, 0.6);
        let spoken = spoken(scan);
        let length = count(scan.shape.words);
        // Long texts hit by chance.
        let thin = (LONG / (length + count(scan.shape.unspaced) / 2.0).max(LONG)).sqrt();
        let (mut conditions, mut own, mut rework) = (0.0, 0.0, None);
        for (at, hits) in scan.found() {
            let (rule, language) = (INDEX.rules[at], INDEX.languages[at]);
            let foreign = match spoken {
                Some(spoken) if language != Language::Other && language != spoken => FOREIGN,
                _ => 1.0,
            };
            match rule.kind {
                Kind::Constraint => conditions += hits * foreign,
                Kind::Possessive => own += hits * foreign,
                _ => {}
            }
            if rule.kind as usize >= TASKS {
                continue;
            }
            if rule.place == Place::Transform && language != Language::Other && foreign == 1.0 {
                rework = Some((rule, hits));
                continue;
            }
            let long = match (rule.place, rule.kind) {
                // A greeting before a long question is no small talk.
                (Place::Opening, _) => (8.0 / (length + 3.0)).min(1.0),
                // Most long texts that begin with a question word ask for more than a fact.
                (Place::Lead, Kind::Knowledge) => (22.0 / (length + 4.0)).clamp(0.35, 1.0),
                _ => 1.0,
            };
            tally.add(
                rule.name,
                rule.kind,
                rule.weight * saturate(hits) * foreign * long,
            );
        }
        tally.shape(&scan.shape, conditions);
        tally.add(
            "something of the asker's own",
            Kind::Personal,
            0.45 * saturate(own * thin),
        );
        if let Some((rule, hits)) = rework {
            // A tale to retell or mails to sum up are no material, but what follows a colon is.
            let given = scan.shape.material || scan.shape.colon > 0;
            let other = tally.score(Kind::Creative).max(tally.score(Kind::Personal));
            let part = if !given && other >= 2.5 { 0.4 } else { 1.0 };
            tally.add(rule.name, rule.kind, rule.weight * saturate(hits) * part);
        }
        tally
    }

    pub(super) fn add(&mut self, name: &'static str, kind: Kind, weight: f32) {
        if weight <= 0.0 {
            return;
        }
        if let Some(score) = self.scores.get_mut(kind as usize) {
            *score += weight;
        }
        self.strongest.add(name, kind, weight);
    }

    /// Notes what counts for difficulty alone.
    pub(super) fn note(&mut self, name: &'static str, weight: f32) {
        self.strongest.add(name, Kind::Depth, weight);
    }

    /// The task with the highest score, and how sure.
    pub(super) fn decide(&self) -> (Kind, f32) {
        let mut best = Kind::General;
        for kind in ALL {
            if self.score(kind) > self.score(best) {
                best = kind;
            }
        }
        let top = self.score(best);
        let all: f32 = ALL
            .iter()
            .map(|kind| ((self.score(*kind) - top) * SHARPNESS).exp())
            .sum();
        (best, 1.0 / all)
    }

    pub(super) fn score(&self, kind: Kind) -> f32 {
        self.scores.get(kind as usize).copied().unwrap_or(0.0)
    }

    /// What counts for each task.
    pub(super) fn scores(&self) -> [f32; TASKS] {
        self.scores
    }

    /// The signals that counted most, strongest first.
    pub(super) fn signals(&self) -> impl Iterator<Item = Signal> {
        self.strongest.signals()
    }
}

/// 1 at one hit, never above 1.6.
pub(super) fn saturate(hits: f32) -> f32 {
    if hits == 0.0 {
        return 0.0;
    }
    1.6 * (1.0 - (-0.98 * hits).exp())
}

/// A count as a number to weigh; above 65,535 all are alike.
pub(super) fn count(seen: usize) -> f32 {
    u16::try_from(seen).map_or(65_535.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_saturate() {
        assert!((saturate(1.0) - 1.0).abs() < 0.01);
        assert!(saturate(1e6) <= 1.6);
        assert_eq!(count(usize::MAX), 65_535.0);
    }

    #[test]
    fn tasks_come_first_and_in_order() {
        for (place, kind) in ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
            assert!(kind.task().is_some());
        }
        assert_eq!(Kind::Depth as usize, TASKS);
    }
}
