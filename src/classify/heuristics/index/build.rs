use std::collections::BTreeMap;

use super::{
    Buckets, Hit, Index, Known, Perfect, Phrase, Read, Span, Stem, head_hash, numbered::Numbered,
    phrase_hash, phrase_key, stem::char_hash, terms::Terms, word::Word,
};
use crate::classify::heuristics::{
    letters,
    rule::{Kind, Language, Place, Rule},
    words,
};

const ORDERS: &[&str] = &[
    "tell", "ask", "call", "text", "message", "email", "mail", "invite", "remind", "ping", "ring",
    "sag", "sage", "frag", "frage", "ruf", "schreib", "dile", "llama", "pregunta", "chiama",
    "liga", "avisa",
];

const IFS: &[&str] = &[
    "if", "suppose", "wenn", "falls", "si", "se", "если", "unless",
];

const JOINTS: &[&str] = &[
    "and", "then", "und", "et", "y", "e", "и", "dann", "puis", "luego",
];

/// Sorts the terms of all rules into the tables of the index.
pub(super) struct Builder {
    rules: Vec<&'static Rule>,
    languages: Vec<Language>,
    hits: Vec<Hit>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let rules: Vec<_> = words::tables().flatten().collect();
        Self {
            languages: rules.iter().map(|rule| rule.language()).collect(),
            rules,
            hits: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> Index {
        let (mut whole, mut stems, mut unspaced) = (Vec::new(), Vec::new(), Vec::new());
        for (rule, id) in self.rules.iter().zip(0..) {
            for term in rule.terms.split(',').map(str::trim) {
                if term.chars().next().is_some_and(letters::unspaced) {
                    unspaced.push((term, id));
                } else if let Some(stem) = term.strip_suffix('*') {
                    stems.push((stem, id));
                } else {
                    whole.push((term, id));
                }
            }
        }
        let (whole, stems, unspaced) = (
            Terms::new(&whole),
            Terms::new(&stems),
            Terms::new(&unspaced),
        );
        let stems = self.by_head(&stems, |stem| head_hash(&Word::of(stem.as_bytes())));
        let unspaced = self.by_head(&unspaced, |term| term.chars().next().map(char_hash));
        let words = words_of(&whole);
        let texts = words.texts().iter().zip(0..);
        let mut known: Vec<Known> = texts
            .map(|(text, id)| self.known(text, id, whole.get(text), &stems))
            .collect();
        for (steering, flag) in [
            (IFS, Known::IF),
            (ORDERS, Known::ORDER),
            (JOINTS, Known::JOINS),
        ] {
            for id in steering.iter().filter_map(|word| words.get(word)) {
                known[usize::from(id)].flags |= flag;
            }
        }
        let phrases = self.phrases(&whole, &words, &mut known);
        let mut by_kind = [const { Vec::new() }; Kind::ALL];
        for (rule, id) in self.rules.iter().zip(0..) {
            by_kind[rule.kind as usize].push(id);
        }
        let mut empty = Known::default();
        empty.first = self.no_rule();
        Index {
            rules: self.rules,
            languages: self.languages,
            by_kind,
            hits: self.hits,
            words: Perfect::new(&known, |known| known.key().hash(), empty),
            texts: words.into_texts(),
            phrases,
            stems,
            unspaced,
        }
    }

    /// Whether a rule says what one of another language has said already: a word that several languages share counts
    /// once for a task.
    fn is_said(&self, id: u16, by: &[u16]) -> bool {
        let of = |id: u16| (self.rules[usize::from(id)], self.languages[usize::from(id)]);
        let (rule, language) = of(id);
        rule.kind.task().is_some()
            && by
                .iter()
                .map(|other| of(*other))
                .any(|(other, other_language)| {
                    other.kind == rule.kind
                        && other.place == rule.place
                        && other_language != language
                })
    }

    /// The number behind those of all rules.
    fn no_rule(&self) -> u16 {
        u16::try_from(self.rules.len()).unwrap_or(u16::MAX)
    }

    /// Terms by their beginnings, the shortest first.
    fn by_head(&mut self, terms: &Terms, hash: impl Fn(&str) -> Option<u64>) -> Buckets<Stem> {
        let mut stems: Vec<_> = terms.iter().collect();
        stems.sort_by_key(|(stem, _)| stem.len());
        let stems = stems.into_iter().filter_map(|(stem, rules)| {
            let start = self.hits.len();
            rules.iter().for_each(|id| self.count(*id));
            Some((hash(stem)?, Stem::new(stem, self.since(start))))
        });
        Buckets::new(11, stems)
    }

    fn count(&mut self, id: u16) {
        let rule = self.rules[usize::from(id)];
        self.hits.push(Hit {
            rule: id,
            kind: rule.kind,
            place: rule.place,
        });
    }

    /// Counts the rules of a word or phrase, but those of fillers, which steer and say nothing.
    fn count_telling(&mut self, rules: &[u16]) {
        let mut said = Vec::with_capacity(rules.len());
        for id in rules {
            if self.is_said(*id, &said) {
                continue;
            }
            said.push(*id);
            let rule = self.rules[usize::from(*id)];
            if rule.kind != Kind::Filler || rule.place != Place::Anywhere {
                self.count(*id);
            }
        }
    }

    /// The hits that were added since there were `start` of them.
    fn since(&self, start: usize) -> Span {
        let at = |len| u32::try_from(len).unwrap_or(u32::MAX);
        Span {
            start: at(start),
            end: at(self.hits.len()),
        }
    }

    fn known(&mut self, text: &str, id: u16, rules: &[u16], stems: &Buckets<Stem>) -> Known {
        let word = Word::of(text.as_bytes());
        let start = self.hits.len();
        self.count_telling(rules);
        let mut found = !rules.is_empty();
        let bucket = head_hash(&word).map_or(&[][..], |hash| stems.get(hash));
        for stem in bucket {
            if stem.begins(word.head(), text.as_bytes()) {
                let hits = stem.hits.start as usize..stem.hits.end as usize;
                self.hits.extend_from_within(hits);
                found = true;
            }
        }
        let mut kinds = rules.iter().map(|id| self.rules[usize::from(*id)].kind);
        let filler = kinds.any(|kind| kind == Kind::Filler);
        // Hits that depend on nothing need no order among those of other rules.
        let simple = |hit: &Hit| hit.place == Place::Anywhere && hit.kind != Kind::Possessive;
        let first = self.hits[start..].iter().position(simple);
        let mut known = Known::new(word.key(), id);
        known.first = match first {
            Some(at) => self.hits.remove(start + at).rule,
            None => self.no_rule(),
        };
        known.hits = self.since(start);
        known.flags |= if found { Known::FOUND } else { 0 };
        known.flags |= if filler { Known::FILLER } else { 0 };
        known
    }

    /// Follows the words of each phrase; a state stands for the words before.
    fn phrases(&mut self, whole: &Terms, words: &Numbered, known: &mut [Known]) -> Buckets<Phrase> {
        let mut phrases: BTreeMap<u32, Phrase> = BTreeMap::new();
        let mut states = 0;
        for (term, rules) in whole.iter() {
            let mut parts = term.split(' ').filter_map(|word| words.get(word));
            let Some(first) = parts.next() else {
                continue;
            };
            let mut parts = parts.peekable();
            let mut read = &mut known[usize::from(first)].begins;
            while let Some(word) = parts.next() {
                if read.state == 0 {
                    states += 1;
                    read.state = states;
                }
                read.next |= Read::bit(word);
                let key = phrase_key(read.state, word);
                let phrase = phrases.entry(key).or_insert(Phrase {
                    key,
                    hits: Span::default(),
                    goes_on: Read::default(),
                });
                if parts.peek().is_none() {
                    let start = self.hits.len();
                    self.count_telling(rules);
                    phrase.hits = self.since(start);
                }
                read = &mut phrase.goes_on;
            }
        }
        let phrases = phrases.into_values();
        Buckets::new(13, phrases.map(|phrase| (phrase_hash(phrase.key), phrase)))
    }
}

/// All words of all terms, and those that steer.
fn words_of(whole: &Terms) -> Numbered {
    let terms = whole.iter().flat_map(|(term, _)| term.split(' '));
    let steering = [ORDERS, IFS, JOINTS].into_iter().flatten().copied();
    let mut words = Numbered::with_capacity(1 << 13);
    for word in terms.chain(steering) {
        words.add(word);
    }
    words
}
