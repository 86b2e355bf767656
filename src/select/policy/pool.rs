use std::borrow::Cow;

use crate::{
    catalog::Candidate,
    money::Usd,
    observe::{Considered, Dropped},
};

/// The candidates that are left, for a [`Policy`](super::Policy) to order.
#[derive(Debug)]
pub struct Pool<'a> {
    considered: &'a mut [Considered],
    order: Vec<usize>,
    reason: Cow<'static, str>,
    probability: f64,
}

/// A candidate of a [`Pool`].
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a>(&'a Considered);

impl<'a> Entry<'a> {
    /// The model at an effort.
    pub fn candidate(self) -> &'a Candidate {
        &self.0.candidate
    }

    /// Predicted quality on the query's task, 0..=1.
    pub fn quality(self) -> Option<f64> {
        self.0.quality
    }

    /// What the call probably costs; a candidate without a price counts as the dearest.
    pub fn cost(self) -> Usd {
        self.0.guess.unwrap_or(Usd::MAX)
    }

    /// What the call can cost at most; `None` where that has no bound.
    pub fn bound(self) -> Option<Usd> {
        self.0.bound.bound()
    }
}

impl<'a> Pool<'a> {
    pub(in crate::select) fn new(considered: &'a mut [Considered]) -> Self {
        let order = (0..considered.len())
            .filter(|at| considered[*at].dropped.is_none())
            .collect();
        Self {
            considered,
            order,
            reason: Cow::Borrowed("policy"),
            probability: 1.0,
        }
    }

    /// The candidates left, in their present order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.order.iter().map(|at| Entry(&self.considered[*at]))
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Sorts by a key, ascending; equal ones keep their order, which is the catalog's at first.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(Entry<'_>) -> K) {
        let considered = &*self.considered;
        self.order.sort_by_key(|at| key(Entry(&considered[*at])));
    }

    /// Sorts by a score, the highest first. A score that is no number comes last.
    pub fn sort_by_score(&mut self, mut score: impl FnMut(Entry<'_>) -> f64) {
        let considered = &*self.considered;
        let mut keyed: Vec<(f64, usize)> = self
            .order
            .iter()
            .map(|at| (score(Entry(&considered[*at])), *at))
            .map(|(score, at)| {
                (
                    if score.is_nan() {
                        f64::NEG_INFINITY
                    } else {
                        score
                    },
                    at,
                )
            })
            .collect();
        keyed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        self.order.clear();
        self.order.extend(keyed.into_iter().map(|(_, at)| at));
    }

    /// Leaves out those for which there is a reason.
    pub fn drop_where(&mut self, mut reason: impl FnMut(Entry<'_>) -> Option<Dropped>) {
        let considered = &mut *self.considered;
        self.order
            .retain(|at| match reason(Entry(&considered[*at])) {
                Some(why) => {
                    considered[*at].dropped = Some(why);
                    false
                }
                None => true,
            });
    }

    /// Moves the first that matches to the front; says whether there was one.
    pub fn prefer(&mut self, mut matches: impl FnMut(Entry<'_>) -> bool) -> bool {
        let considered = &*self.considered;
        let Some(at) = self
            .order
            .iter()
            .position(|at| matches(Entry(&considered[*at])))
        else {
            return false;
        };
        self.order[..=at].rotate_right(1);
        true
    }

    /// Says why the first is first.
    pub fn reason(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.reason = reason.into();
    }

    /// Says with which probability the first was chosen. Without a word it is 1.
    pub fn probability(&mut self, probability: f64) {
        self.probability = probability.clamp(0.0, 1.0);
    }

    pub(in crate::select) fn into_parts(self) -> (Vec<usize>, Cow<'static, str>, f64) {
        (self.order, self.reason, self.probability)
    }
}
