use super::{
    index::INDEX,
    rule::{Kind, LANGUAGES, Language, Place, TASKS},
    scan::Scan,
    shape::Shape,
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

/// What everything seen counts for each task, and why.
#[derive(Debug)]
pub(super) struct Tally {
    scores: [f32; TASKS],
    seen: Vec<(&'static str, Kind, f32)>,
}

impl Tally {
    pub(super) fn new(scan: &Scan) -> Self {
        let mut tally = Self {
            scores: [0.0; TASKS],
            seen: Vec::with_capacity(16),
        };
        tally.add("nothing more special", Kind::General, 0.6);
        let spoken = spoken(scan);
        let length = count(scan.shape.words);
        // Long texts hit by chance.
        let thin = (LONG / (length + count(scan.shape.unspaced) / 2.0).max(LONG)).sqrt();
        let (mut conditions, mut own, mut rework) = (0.0, 0.0, None);
        for ((rule, language), hits) in INDEX.rules.iter().zip(&INDEX.languages).zip(&scan.hits) {
            if *hits <= 0.0 {
                continue;
            }
            let foreign = match spoken {
                Some(spoken) if *language != Language::Other && *language != spoken => FOREIGN,
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
            if rule.place == Place::Transform && *language != Language::Other && foreign == 1.0 {
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
                rule.weight * saturate(*hits) * foreign * long,
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
            tally.add(rule.name, rule.kind, rule.weight * saturate(*hits) * part);
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
        self.seen.push((name, kind, weight));
    }

    /// Notes what counts for difficulty alone.
    pub(super) fn note(&mut self, name: &'static str, weight: f32) {
        self.seen.push((name, Kind::Depth, weight));
    }

    /// What shapes say. Each row: how often it was seen, what once counts.
    fn shape(&mut self, s: &Shape, conditions: f32) {
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

    /// What the tools offered say. They outlive a single turn, so they count less than the turn's own words.
    pub(super) fn tools<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let (mut screen, mut program, mut own) = (0, 0, 0);
        for name in names {
            let name = name.to_ascii_lowercase();
            let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
            if has(&[
                "computer",
                "browser",
                "click",
                "screenshot",
                "mouse",
                "keyboard",
                "navigate",
                "scroll",
            ]) {
                screen += 1;
            } else if has(&[
                "bash",
                "shell",
                "str_replace",
                "apply_patch",
                "edit_file",
                "write_file",
                "terminal",
                "execute_code",
            ]) {
                program += 1;
            } else if has(&[
                "calendar", "email", "mail", "contact", "reminder", "message", "photo", "health",
            ]) {
                own += 1;
            }
        }
        for (name, kind, seen, weight) in [
            ("tools that act on a screen", Kind::ComputerUse, screen, 2.0),
            ("tools for programs", Kind::Coding, program, 1.2),
            ("tools for own affairs", Kind::Personal, own, 1.2),
        ] {
            self.add(name, kind, weight * saturate(count(seen)));
        }
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

    /// The signals that counted most.
    pub(super) fn strongest(mut self, shown: usize) -> impl Iterator<Item = Signal> {
        self.seen.sort_by(|(_, _, a), (_, _, b)| b.total_cmp(a));
        self.seen
            .into_iter()
            .take(shown)
            .map(|(name, kind, weight)| Signal::new(name, kind.task(), weight))
    }
}

/// Words from which on a text counts as long.
const LONG: f32 = 80.0;

/// What a word of a language counts in a text of another one.
const FOREIGN: f32 = 0.1;

/// The language whose common words stand in the text most often, if any do.
fn spoken(scan: &Scan) -> Option<Language> {
    let mut by_language = [0.0_f32; LANGUAGES];
    for ((rule, language), hits) in INDEX.rules.iter().zip(&INDEX.languages).zip(&scan.hits) {
        if rule.kind == Kind::Language
            && let Some(sum) = by_language.get_mut(*language as usize)
        {
            *sum += hits;
        }
    }
    let languages = [
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Portuguese,
        Language::Italian,
    ];
    let mut best = (None, 0.0);
    for (language, hits) in languages.into_iter().zip(by_language) {
        if hits > best.1 {
            best = (Some(language), hits);
        }
    }
    best.0
}

/// 1 at one hit, never above 1.6.
pub(super) fn saturate(hits: f32) -> f32 {
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
    fn tools_speak_for_tasks_and_only_names_of_rules_are_shown() {
        for (tool, kind) in [
            ("computer_20250124", Kind::ComputerUse),
            ("browser_navigate", Kind::ComputerUse),
            ("bash", Kind::Coding),
            ("list_calendar_events", Kind::Personal),
        ] {
            let mut tally = Tally::new(&Scan::new());
            tally.tools([tool].into_iter());
            assert_eq!(tally.decide().0, kind, "{tool}");
            assert!(tally.strongest(5).all(|signal| !signal.name.contains(tool)));
        }
        let mut tally = Tally::new(&Scan::new());
        tally.tools(["get_weather"].into_iter());
        assert_eq!(tally.decide().0, Kind::General);
    }

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
