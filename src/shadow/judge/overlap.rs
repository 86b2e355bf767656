use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{Comparison, Judge, JudgeFuture, Verdict, judge::at_once};

/// How many words two answers share: the harmonic mean of the shares of each one's words that are the other's too (F1).
/// Case and the order of words make no difference; of scripts without spaces each sign is a word.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TextOverlap;

impl TextOverlap {
    /// The judge.
    pub const fn new() -> Self {
        Self
    }
}

impl Judge for TextOverlap {
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        let [one, other] =
            [comparison.answer(), comparison.other()].map(|said| said.words().to_lowercase());
        at_once(overlap(&one, &other))
    }
}

fn overlap(one: &str, other: &str) -> Option<Verdict> {
    let mut counts: HashMap<&str, usize, RandomState> = HashMap::default();
    let mut all = 0_usize;
    for word in words(one) {
        *counts.entry(word).or_default() += 1;
        all += 1;
    }
    let mut shared = 0_usize;
    for word in words(other) {
        all += 1;
        if let Some(left) = counts.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    (all > 0).then(|| Verdict::new(2.0 * shared as f64 / all as f64))
}

/// From here on scripts write without spaces.
const FIRST_WITHOUT_SPACES: char = '\u{2e80}';

fn words(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(|c: char| !c.is_alphanumeric());
    runs.flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let end = if first >= FIRST_WITHOUT_SPACES {
                first.len_utf8()
            } else {
                rest.find(|c| c >= FIRST_WITHOUT_SPACES)
                    .unwrap_or(rest.len())
            };
            let (word, after) = rest.split_at(end);
            rest = after;
            Some(word)
        })
    })
}
