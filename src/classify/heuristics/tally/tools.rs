use super::{Tally, count, saturate};
use crate::classify::heuristics::rule::Kind;

/// Parts of names of tools that act on a screen.
const SCREEN: &[&str] = &[
    "computer",
    "browser",
    "click",
    "screenshot",
    "mouse",
    "keyboard",
    "navigate",
    "scroll",
];

/// Parts of names of tools for programs.
const PROGRAM: &[&str] = &[
    "bash",
    "shell",
    "str_replace",
    "apply_patch",
    "edit_file",
    "write_file",
    "terminal",
    "execute_code",
];

/// Parts of names of tools for the asker's own affairs.
const OWN: &[&str] = &[
    "calendar", "email", "mail", "contact", "reminder", "message", "photo", "health",
];

impl Tally {
    /// What the tools offered say. They outlive a single turn, so they count less than the turn's own words.
    pub(in super::super) fn tools<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let (mut screen, mut program, mut own) = (0, 0, 0);
        for name in names {
            if has(name, SCREEN) {
                screen += 1;
            } else if has(name, PROGRAM) {
                program += 1;
            } else if has(name, OWN) {
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
}

/// Whether one of the parts stands in the name, in whatever case.
fn has(name: &str, parts: &[&str]) -> bool {
    let name = name.as_bytes();
    (0..name.len()).any(|at| {
        let first = name[at].to_ascii_lowercase();
        parts.iter().map(|part| part.as_bytes()).any(|part| {
            part[0] == first
                && name[at..]
                    .get(..part.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(part))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::heuristics::scan::Scan;

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
            assert!(tally.signals().all(|signal| !signal.name.contains(tool)));
        }
        let mut tally = Tally::new(&Scan::new());
        tally.tools(["get_weather"].into_iter());
        assert_eq!(tally.decide().0, Kind::General);
    }
}
