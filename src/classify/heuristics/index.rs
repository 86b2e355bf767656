use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::LazyLock,
};

use super::{
    rule::{Kind, Language, Rule},
    script, words,
};

/// All terms of all languages by word, built at the first use.
pub(super) static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// Longest term in bytes; longer words are not looked up.
pub(super) const LONGEST: usize = 48;

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Fnv>>;
type Rules = Vec<u16>;

/// A word or phrase that is known.
#[derive(Debug, Default)]
struct Known {
    rules: Rules,
    /// Whether a longer phrase begins with it.
    begins: bool,
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) rules: Vec<&'static Rule>,
    pub(super) languages: Vec<Language>,
    whole: Map<&'static str, Known>,
    stems: Map<&'static str, Rules>,
    /// By a stem's first three characters, the lengths in bytes of the stems that begin so, as bits.
    stem_lengths: Map<&'static str, u64>,
    unspaced: Map<&'static str, Rules>,
    unspaced_lengths: Map<char, u64>,
}

impl Index {
    fn new() -> Self {
        let mut index = Self {
            rules: words::tables().flatten().collect(),
            languages: Vec::new(),
            whole: Map::default(),
            stems: Map::default(),
            stem_lengths: Map::default(),
            unspaced: Map::default(),
            unspaced_lengths: Map::default(),
        };
        index.languages = index.rules.iter().map(|rule| rule.language()).collect();
        for (rule, id) in words::tables().flatten().zip(0_u16..) {
            for term in rule.terms.split(',').map(str::trim) {
                if let Some(first) = term.chars().next().filter(|first| script::unspaced(*first)) {
                    *index.unspaced_lengths.entry(first).or_default() |= 1 << term.len();
                    index.unspaced.entry(term).or_default().push(id);
                } else if let Some(stem) = term.strip_suffix('*') {
                    *index.stem_lengths.entry(head(stem)).or_default() |= 1 << stem.len();
                    index.stems.entry(stem).or_default().push(id);
                } else {
                    index.add_whole(term, id);
                }
            }
        }
        index
    }

    /// A word that several languages share counts once for a task.
    fn add_whole(&mut self, term: &'static str, id: u16) {
        let rules = &self.rules;
        let rule = rules[usize::from(id)];
        if let Some((first, _)) = term.split_once(' ') {
            self.whole.entry(first).or_default().begins = true;
        }
        let known = &mut self.whole.entry(term).or_default().rules;
        let shared = known.iter().any(|other| {
            let other = rules[usize::from(*other)];
            other.kind == rule.kind
                && other.place == rule.place
                && other.language() != rule.language()
                && rule.kind.task().is_some()
        });
        if !shared {
            known.push(id);
        }
    }

    /// The rules of a whole word or phrase.
    pub(super) fn whole(&self, term: &str) -> &[u16] {
        self.word(term).0
    }

    /// The same of a word, and whether a phrase begins with it.
    pub(super) fn word(&self, word: &str) -> (&[u16], bool) {
        match self.whole.get(word) {
            Some(known) => (&known.rules, known.begins),
            None => (&[], false),
        }
    }

    /// The rules whose stems the word begins with.
    pub(super) fn stems<'a>(&'a self, word: &'a str) -> impl Iterator<Item = u16> + 'a {
        let lengths = self.stem_lengths.get(head(word)).copied().unwrap_or(0);
        starts(word, lengths).flat_map(|stem| self.stems.get(stem).into_iter().flatten().copied())
    }

    /// The rules of the terms that the text begins with, in a script without spaces.
    pub(super) fn unspaced<'a>(
        &'a self,
        first: char,
        text: &'a str,
    ) -> impl Iterator<Item = u16> + 'a {
        let lengths = self.unspaced_lengths.get(&first).copied().unwrap_or(0);
        starts(text, lengths)
            .flat_map(|term| self.unspaced.get(term).into_iter().flatten().copied())
    }

    pub(super) fn rule(&self, id: u16) -> &'static Rule {
        self.rules[usize::from(id)]
    }

    /// Whether a word is of a kind, for words that are not counted but steer what is.
    pub(super) fn is(&self, ids: &[u16], kind: Kind) -> bool {
        ids.iter().any(|id| self.rule(*id).kind == kind)
    }
}

/// The beginnings of `text` whose lengths in bytes are set in `lengths`.
fn starts(text: &str, lengths: u64) -> impl Iterator<Item = &str> {
    let mut left = lengths;
    std::iter::from_fn(move || {
        while left != 0 {
            let length = left.trailing_zeros();
            left &= left - 1;
            if let Some(start) = text.get(..length as usize) {
                return Some(start);
            }
        }
        None
    })
}

/// The first three characters.
fn head(word: &str) -> &str {
    word.char_indices()
        .nth(3)
        .map_or(word, |(end, _)| &word[..end])
}

/// FNV-1a: quick on short words. The table is fixed, so nothing a caller sends can make its chains longer.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_can_be_found() {
        for rule in &INDEX.rules {
            for term in rule.terms.split(',').map(str::trim) {
                assert!(!term.is_empty(), "an empty term in {}", rule.name);
                assert!(term.len() <= LONGEST, "{term} is too long");
                assert_eq!(term, term.to_lowercase(), "{term} is not lower case");
                assert!(term.split(' ').count() <= 3, "{term} has too many words");
                if let Some(stem) = term.strip_suffix('*') {
                    assert!(stem.chars().count() >= 3, "{term} is too short");
                    assert!(!stem.contains(' '), "{term} is a phrase");
                }
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = INDEX.rules.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), INDEX.rules.len());
    }
}
