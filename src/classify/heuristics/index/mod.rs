//! All terms of all languages, in flat tables made once.

mod buckets;
mod build;
mod known;
mod numbered;
mod perfect;
mod stem;
mod terms;
mod word;

use std::{ops::Range, sync::LazyLock};

use self::{
    buckets::Buckets,
    build::Builder,
    known::Known,
    perfect::Perfect,
    stem::{Stem, head_hash},
};
use super::{
    eight::Eight,
    rule::{Kind, Language, Place, Rule},
};

pub(super) use self::{known::Read, word::Word};

/// All terms, built at the first use.
pub(super) static INDEX: LazyLock<Index> = LazyLock::new(|| Builder::new().finish());

/// Longest term in bytes; longer words are not looked up.
pub(super) const LONGEST: usize = 48;

/// A rule that a term belongs to, with what is needed to count it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) rule: u16,
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// A stretch of the hits.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    end: u32,
}

/// A phrase, or the beginning of one, after its first word.
#[derive(Clone, Copy, Debug)]
struct Phrase {
    key: u32,
    hits: Span,
    /// What has been read of a longer phrase.
    goes_on: Read,
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) rules: Vec<&'static Rule>,
    pub(super) languages: Vec<Language>,
    by_kind: [Vec<u16>; Kind::ALL],
    hits: Vec<Hit>,
    words: Perfect<Known>,
    /// The words by their ids.
    texts: Vec<&'static str>,
    phrases: Buckets<Phrase>,
    stems: Buckets<Stem>,
    unspaced: Buckets<Stem>,
}

impl Index {
    fn hits(&self, span: Span) -> &[Hit] {
        let span: Range<usize> = span.start as usize..span.end as usize;
        self.hits.get(span).unwrap_or_default()
    }

    /// What is known of a word as a whole.
    #[inline(always)]
    pub(super) fn word(&self, word: &Word<'_>) -> Option<&Known> {
        let key = word.key();
        let known = self.words.get(key.hash())?;
        let is_it = known.key().is(&key)
            && (key.is_whole()
                || self.texts[usize::from(known.id)]
                    .as_bytes()
                    .eq_ignore_ascii_case(word.as_bytes()));
        is_it.then_some(known)
    }

    /// The rules of a known word but its [`first`](Known::first): those that know it whole, then those whose stems it
    /// begins with.
    pub(super) fn of_word(&self, known: &Known) -> &[Hit] {
        self.hits(known.hits)
    }

    /// The rules of the stems that a word begins with, the shortest first.
    pub(super) fn stems<'a>(&'a self, word: &Word<'a>) -> impl Iterator<Item = &'a [Hit]> + 'a {
        let bytes = word.as_bytes();
        let bucket = head_hash(word).map_or(&[][..], |hash| self.stems.get(hash));
        let head = word.head();
        let begins = bucket.iter().filter(move |stem| stem.begins(head, bytes));
        begins.map(|stem| self.hits(stem.hits))
    }

    /// The rules of the terms that begin at a place of the text, in a script without spaces, the shortest first.
    pub(super) fn unspaced<'a>(
        &'a self,
        first: char,
        text: &'a [u8],
        at: usize,
    ) -> impl Iterator<Item = &'a [Hit]> + 'a {
        let head = Eight::load(text, at).first(8);
        let text = text.get(at..).unwrap_or_default();
        let bucket = self.unspaced.get(stem::char_hash(first));
        let begin = bucket.iter().filter(move |term| term.begins(head, text));
        begin.map(|term| self.hits(term.hits))
    }

    /// The rules of the phrase that ends with a word after what has been read, and what has been read then.
    #[inline]
    pub(super) fn phrase(&self, read: &Read, word: &Known) -> (&[Hit], &Read) {
        if !read.may_go_on(word.id) {
            return (&[], Read::NOTHING);
        }
        let key = phrase_key(read.state, word.id);
        let phrases = self.phrases.get(phrase_hash(key));
        match phrases.iter().find(|phrase| phrase.key == key) {
            Some(phrase) => (self.hits(phrase.hits), &phrase.goes_on),
            None => (&[], Read::NOTHING),
        }
    }

    /// The rules of a kind, in their order.
    pub(super) fn of_kind(&self, kind: Kind) -> &[u16] {
        &self.by_kind[kind as usize]
    }
}

fn phrase_key(read: u16, word: u16) -> u32 {
    (u32::from(read) << 16) | u32::from(word)
}

fn phrase_hash(key: u32) -> u64 {
    u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> impl Iterator<Item = (&'static Rule, &'static str)> {
        let rules = INDEX.rules.iter();
        rules.flat_map(|rule| rule.terms.split(',').map(move |term| (*rule, term.trim())))
    }

    #[test]
    fn every_term_can_be_found() {
        for (rule, term) in terms() {
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

    /// The rules that the words of a term hit, and the phrases that they make.
    fn found(term: &str) -> Vec<u16> {
        let mut found = Vec::new();
        let (mut one, mut two) = (Read::NOTHING, Read::NOTHING);
        for word in term.split(' ') {
            let word = Word::of(word.as_bytes());
            found.clear();
            let Some(known) = INDEX.word(&word) else {
                found.extend(INDEX.stems(&word).flatten().map(|hit| hit.rule));
                (one, two) = (Read::NOTHING, Read::NOTHING);
                continue;
            };
            let (pair, goes_on) = INDEX.phrase(one, known);
            let (triple, _) = INDEX.phrase(two, known);
            let hits = INDEX.of_word(known).iter().chain(pair).chain(triple);
            found.extend(hits.map(|hit| hit.rule));
            found.extend(INDEX.rules.get(known.first()).map(|_| known.first));
            (one, two) = (known.begins(), goes_on);
        }
        found
    }

    #[test]
    fn every_term_hits_a_rule_of_its_kind() {
        for (rule, term) in terms().filter(|(rule, _)| rule.kind != Kind::Filler) {
            let first = term.chars().next().unwrap();
            if super::super::letters::unspaced(first) {
                let hits = INDEX.unspaced(first, term.as_bytes(), 0).flatten();
                assert!(
                    hits.map(|hit| INDEX.rules[usize::from(hit.rule)])
                        .any(|hit| hit.name == rule.name)
                );
                continue;
            }
            let hit = found(term.trim_end_matches('*'));
            assert!(
                hit.iter()
                    .any(|hit| INDEX.rules[usize::from(*hit)].kind == rule.kind),
                "{term} of {}",
                rule.name
            );
        }
    }

    #[test]
    fn every_word_has_a_place() {
        for (text, id) in INDEX.texts.iter().zip(0..) {
            let known = INDEX.word(&Word::of(text.as_bytes()));
            assert_eq!(known.map(|known| known.id), Some(id), "{text}");
        }
    }

    #[test]
    fn no_table_is_full() {
        assert!(INDEX.texts.len() < 60_000 && INDEX.hits.len() < 60_000);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = INDEX.rules.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), INDEX.rules.len());
    }
}
