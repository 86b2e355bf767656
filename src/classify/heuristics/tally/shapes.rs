use super::{Tally, count, saturate};
use crate::classify::heuristics::{rule::Kind, shape::Shape};

impl Tally {
    /// What shapes say. Each row: how often it was seen, what once counts.
    pub(super) fn shape(&mut self, s: &Shape, conditions: f32) {
        let prose = if s.fences + s.traces > 0 { 0.4 } else { 1.0 };
        for (name, kind, seen, weight) in [
            ("fenced code", Kind::Coding, s.fences.min(2), 1.8),
            ("stack trace", Kind::Coding, s.traces, 1.8),
            ("lines of code", Kind::Coding, s.code_lines, 1.3),
            ("operators of programs", Kind::Coding, s.code_pairs, 0.7),
            ("code in backticks", Kind::Coding, s.backticks, 0.8),
            ("names as in programs", Kind::Coding, s.identifiers, 0.8),
            ("source file", Kind::Coding, s.source_files, 1.0),
            ("LaTeX", Kind::Math, s.latex, 1.5),
            ("integral sign or the like", Kind::Math, s.math_signs, 1.3),
            ("formula", Kind::Math, s.arithmetic, 0.8),
            ("percentage", Kind::Math, s.percents, 0.5),
            ("several numbers", Kind::Math, s.numbers / 2, 0.35),
            (
                "sequence of numbers",
                Kind::Reasoning,
                s.longest_run.saturating_sub(3),
                0.7,
            ),
            ("screen coordinates", Kind::ComputerUse, s.coordinates, 1.5),
            ("chemical formula", Kind::Science, s.formulas, 1.2),
            ("unit of measure", Kind::Science, s.units, 0.5),
            ("web address", Kind::ComputerUse, s.addresses, 0.3),
            (
                "options to choose from",
                Kind::Reasoning,
                s.items.saturating_sub(1),
                0.15,
            ),
            ("people named", Kind::Reasoning, s.names / 3, 0.3),
        ] {
            let prose = if kind == Kind::Coding { 1.0 } else { prose };
            self.add(name, kind, weight * saturate(count(seen)) * prose);
        }
        let technical = s.fences + s.traces + s.code_lines > 0;
        if s.story_then_question {
            self.add("statements, then a question", Kind::Reasoning, 0.8);
        }
        if conditions > 1.5 && !technical && !s.material {
            let dense = (conditions - 1.0) / (conditions + 2.0);
            self.add("many conditions", Kind::Reasoning, 1.5 * dense);
        }
        if s.units > 0 && self.score(Kind::Science) >= 1.3 {
            self.add(
                "quantities with units",
                Kind::Science,
                0.7 * saturate(count(s.units)),
            );
        }
        if s.ifs > 0 && s.questions > 0 && !technical {
            self.add("question under a condition", Kind::Reasoning, 0.9);
        }
        if s.told > 0 {
            self.add("order to a person named", Kind::Personal, 1.9);
        }
        if s.colon > 0 && !technical {
            self.add("order with its material", Kind::General, 0.7);
        }
        let length = s.words + s.unspaced / 2;
        if length > 0 && s.numbers >= 2 && 8 * s.numbers >= length && !technical {
            self.add("dense in numbers", Kind::Math, 0.5);
        }
        if s.questions == 1 && (1..=16).contains(&length) {
            self.add("one short question", Kind::Knowledge, 0.5);
            self.add(
                "a name asked about",
                Kind::Knowledge,
                0.5 * saturate(count(s.names)),
            );
        }
    }
}
