use std::collections::HashSet;

use serde::de::Error;

use super::draft::Draft;

/// More members than any object has whose members are known by name.
const MOST_UNKNOWN: usize = 1_024;

/// The members of an object that are known, sorted by name.
pub(super) struct Table<F: 'static> {
    members: &'static [(&'static str, F)],
    /// Where the names with each first letter begin; one more for the end.
    starts: [u8; 27],
    spelling: Spelling,
}

/// Which ways of writing a member's name are the same member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Exact,
    /// Google's parsers take `maxOutputTokens` and `max_output_tokens` for one.
    Proto,
}

impl<F: Copy> Table<F> {
    /// Of members that have one name each.
    pub(super) const fn new(members: &'static [(&'static str, F)]) -> Self {
        Self {
            members,
            starts: starts(members),
            spelling: Spelling::Exact,
        }
    }

    /// Of members, here in camel case, that may be written in snake case as well.
    pub(super) const fn proto(members: &'static [(&'static str, F)]) -> Self {
        Self {
            members,
            starts: starts(members),
            spelling: Spelling::Proto,
        }
    }

    /// The place of a name in the table.
    fn find(&self, name: &str) -> Option<usize> {
        let letter = usize::from(name.bytes().next()?.checked_sub(b'a')?);
        let (start, end) = (self.starts.get(letter)?, self.starts.get(letter + 1)?);
        let (start, end) = (usize::from(*start), usize::from(*end));
        let alike = &self.members[start..end];
        let is = |known: &str| {
            known == name || (self.spelling == Spelling::Proto && is_snake_of(name, known))
        };
        let at = alike.iter().position(|(known, _)| is(known))?;
        Some(start + at)
    }

    /// The known member that a name is a variant of in another case. Some servers take such a variant for the member
    /// itself, so letting it pass would send what was not priced.
    fn in_another_case(&self, name: &str) -> Option<&'static str> {
        let alike = |known: &str| match self.spelling {
            Spelling::Exact => known.eq_ignore_ascii_case(name),
            Spelling::Proto => {
                let letters = name.bytes().filter(|byte| *byte != b'_');
                letters
                    .map(|byte| byte.to_ascii_lowercase())
                    .eq(known.bytes().map(|byte| byte.to_ascii_lowercase()))
            }
        };
        let mut known = self.members.iter().map(|(known, _)| *known);
        known.find(|known| alike(known))
    }
}

const fn starts<F>(members: &[(&'static str, F)]) -> [u8; 27] {
    assert!(members.len() <= 64, "a bit for each");
    let mut starts = [0; 27];
    let mut at = 0;
    while at < members.len() {
        let mut later = (members[at].0.as_bytes()[0] - b'a') as usize + 1;
        while later < starts.len() {
            starts[later] += 1;
            later += 1;
        }
        at += 1;
    }
    starts
}

/// Whether a name is the snake case of one in camel case.
fn is_snake_of(name: &str, camel: &str) -> bool {
    let mut letters = name.bytes();
    let same = |letter: u8, letters: &mut std::str::Bytes<'_>| {
        let next = letters.next();
        if letter.is_ascii_uppercase() {
            next == Some(b'_') && letters.next() == Some(letter.to_ascii_lowercase())
        } else {
            next == Some(letter)
        }
    };
    camel.bytes().all(|letter| same(letter, &mut letters)) && letters.next().is_none()
}

/// The members of one object as they come: each only once, and none in disguise.
pub(super) struct Seen<F: 'static> {
    table: &'static Table<F>,
    seen: u64,
    unknown: Option<HashSet<Box<str>>>,
}

impl<F: Copy> Seen<F> {
    pub(super) const fn new(table: &'static Table<F>) -> Self {
        Self {
            table,
            seen: 0,
            unknown: None,
        }
    }

    /// The member of a name; `None` for one that nobody knows.
    pub(super) fn member<E: Error>(
        &mut self,
        key: &str,
        path: &'static str,
        draft: &mut Draft,
    ) -> Result<Option<(&'static str, F)>, E> {
        const TWICE: &str = "the body has this member twice";
        let Some(at) = self.table.find(key) else {
            if let Some(known) = self.table.in_another_case(key) {
                let name = format!("{path}{known}");
                return Err(draft.refuse(&name, "is written in another case"));
            }
            let unknown = self.unknown.get_or_insert_default();
            let name = || format!("{path}{key}");
            if unknown.len() == MOST_UNKNOWN {
                return Err(draft.refuse(&name(), "the body has more than 1024 members"));
            }
            if !unknown.insert(key.into()) {
                return Err(draft.refuse(&name(), TWICE));
            }
            return Ok(None);
        };
        let (name, field) = self.table.members[at];
        if self.seen & (1 << at) != 0 {
            return Err(draft.refuse(&format!("{path}{name}"), TWICE));
        }
        self.seen |= 1 << at;
        Ok(Some((name, field)))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What every table has to be.
    pub(in super::super) fn check<F: Copy>(table: &Table<F>) {
        assert!(table.members.is_sorted_by_key(|(name, _)| name));
        for (at, (name, _)) in table.members.iter().enumerate() {
            assert_eq!(table.find(name), Some(at));
            assert_eq!(table.in_another_case(&name.to_uppercase()), Some(*name));
        }
        for name in ["", "A", "zebra", "{", "é", "_"] {
            assert_eq!(table.find(name), None, "{name}");
        }
    }

    #[test]
    fn google_s_names_have_two_spellings_and_no_third() {
        const TABLE: Table<u8> = Table::proto(&[("maxOutputTokens", 1), ("topP", 2)]);
        for name in ["maxOutputTokens", "max_output_tokens"] {
            assert_eq!(TABLE.find(name), Some(0));
        }
        assert_eq!(TABLE.find("top_p"), Some(1));
        for name in ["maxoutputtokens", "max_outputTokens", "MAX_OUTPUT_TOKENS"] {
            assert_eq!(TABLE.find(name), None);
            assert_eq!(TABLE.in_another_case(name), Some("maxOutputTokens"));
        }
        for name in ["max_output_tokens_", "maxOutputToken", "max_output_token"] {
            assert_eq!(TABLE.find(name), None);
        }
        assert_eq!(TABLE.in_another_case("maxOutput"), None);
    }
}
