use super::{
    Comparison, Judge, JudgeFuture,
    judge::{at_once, of_both},
};

/// Whether the first of some labels that is found in two answers is the same. Labels are found as whole words, in any case.
#[derive(Clone, Debug)]
pub struct Label {
    labels: Box<[Box<str>]>,
}

impl Label {
    /// One of these.
    pub fn new<L: AsRef<str>>(labels: impl IntoIterator<Item = L>) -> Self {
        let labels = labels.into_iter();
        let labels = labels.map(|label| label.as_ref().trim().to_lowercase().into_boxed_str());
        Self {
            labels: labels.filter(|label| !label.is_empty()).collect(),
        }
    }

    /// The place of the label that comes first in a text; of several at one place it is the longest.
    fn first(&self, text: &str) -> Option<usize> {
        let text = text.to_lowercase();
        let found = self.labels.iter().enumerate().filter_map(|(place, label)| {
            Some((word(&text, label)?, std::cmp::Reverse(label.len()), place))
        });
        found.min().map(|(.., place)| place)
    }
}

/// Where a label stands as a whole word.
fn word(text: &str, label: &str) -> Option<usize> {
    let places = text.match_indices(label).map(|(at, _)| at);
    let mut places = places.filter(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + label.len()..].chars().next();
        let joined = |of: Option<char>, edge: Option<char>| {
            of.is_some_and(char::is_alphanumeric) && edge.is_some_and(char::is_alphanumeric)
        };
        !joined(before, label.chars().next()) && !joined(after, label.chars().next_back())
    });
    places.next()
}

impl Judge for Label {
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        let [one, other] =
            [comparison.answer(), comparison.other()].map(|said| self.first(&said.words()));
        at_once(of_both(one, other, |one, other| one == other))
    }
}
