use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    catalog::Candidate,
    context::Tenant,
    health::{Health, Speed},
    money::Usd,
    observe::{Considered, Dropped},
    profile::Estimate,
    query::Task,
};

/// The candidates that are left, for a [`Policy`](super::Policy) to order.
pub struct Pool<'a> {
    considered: &'a mut [Considered],
    health: &'a [Arc<dyn Health>],
    order: Vec<usize>,
    reason: Cow<'static, str>,
    probability: f64,
}

/// A candidate of a [`Pool`].
#[derive(Clone, Copy)]
pub struct Entry<'a>(&'a Considered, &'a [Arc<dyn Health>]);

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
        self.0.cost()
    }

    /// What the call can cost at most; `None` where that has no bound.
    pub fn bound(self) -> Option<Usd> {
        self.0.bound.bound()
    }

    /// What is left of its quality where one wants to be as sure as the normal quantile `z` says: the lower bound of what
    /// experience says, and the catalog's score where nobody asked experience.
    pub(super) fn quality_at_least(self, z: f64) -> Option<f64> {
        let estimate = self.0.estimate.map(|estimate| estimate.low(z));
        estimate.or(self.quality())
    }

    /// How fast it has been lately, at least, in this share (0..=1) of calls, where somebody knows.
    pub fn speed(self, share: f64) -> Option<Speed> {
        let mut asked = self.1.iter();
        asked.find_map(|health| health.speed(self.candidate(), share))
    }

    /// How many tokens its answers to a tenant's queries of a task have on average, where somebody knows.
    pub fn length(self, task: &Task, tenant: Option<&Tenant>) -> Option<f64> {
        let mut asked = self.1.iter();
        asked.find_map(|health| health.length(self.candidate(), task, tenant))
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(self.0).finish()
    }
}

impl<'a> Pool<'a> {
    pub(in crate::select) fn new(
        considered: &'a mut [Considered],
        health: &'a [Arc<dyn Health>],
    ) -> Self {
        let order = (0..considered.len())
            .filter(|at| considered[*at].dropped.is_none())
            .collect();
        Self::of(order, considered, health)
    }

    /// Of some of them.
    pub(in crate::select) const fn of(
        some: Vec<usize>,
        considered: &'a mut [Considered],
        health: &'a [Arc<dyn Health>],
    ) -> Self {
        Self {
            considered,
            health,
            order: some,
            reason: Cow::Borrowed("policy"),
            probability: 1.0,
        }
    }

    /// The candidates left, in their present order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.order
            .iter()
            .map(|at| Entry(&self.considered[*at], self.health))
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether somebody watches how candidates do.
    pub(in crate::select) const fn is_watched(&self) -> bool {
        !self.health.is_empty()
    }

    /// Sorts by a key, ascending; equal ones keep their order, which is the catalog's at first.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(Entry<'_>) -> K) {
        let (considered, health) = (&*self.considered, self.health);
        self.order
            .sort_by_key(|at| key(Entry(&considered[*at], health)));
    }

    /// The same for a key that takes some time to make: each is made once.
    pub(in crate::select) fn sort_by_cached_key<K: Ord>(
        &mut self,
        mut key: impl FnMut(Entry<'_>) -> K,
    ) {
        let (considered, health) = (&*self.considered, self.health);
        self.order
            .sort_by_cached_key(|at| key(Entry(&considered[*at], health)));
    }

    /// Sorts by a score, the highest first. A score that is no number comes last.
    pub fn sort_by_score(&mut self, mut score: impl FnMut(Entry<'_>) -> f64) {
        let (considered, health) = (&*self.considered, self.health);
        let mut keyed: Vec<(f64, usize)> = self
            .order
            .iter()
            .map(|at| (score(Entry(&considered[*at], health)), *at))
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
        let (considered, health) = (&mut *self.considered, self.health);
        self.order
            .retain(|at| match reason(Entry(&considered[*at], health)) {
                Some(why) => {
                    considered[*at].dropped = Some(why);
                    false
                }
                None => true,
            });
    }

    /// Takes out those that match, unless all do. They are not dropped.
    pub(in crate::select) fn set_aside(
        &mut self,
        matches: impl Fn(Entry<'_>) -> bool,
    ) -> Vec<usize> {
        let entry = |at: &usize| matches(Entry(&self.considered[*at], self.health));
        let (aside, rest): (Vec<usize>, Vec<usize>) = self.order.iter().partition(|at| entry(at));
        if rest.is_empty() {
            return Vec::new();
        }
        self.order = rest;
        aside
    }

    /// Moves the first that matches to the front; says whether there was one.
    pub fn prefer(&mut self, mut matches: impl FnMut(Entry<'_>) -> bool) -> bool {
        let (considered, health) = (&*self.considered, self.health);
        let Some(at) = self
            .order
            .iter()
            .position(|at| matches(Entry(&considered[*at], health)))
        else {
            return false;
        };
        self.order[..=at].rotate_right(1);
        true
    }

    /// Says what experience predicts of each that is left, in their present order. Their quality is then the mean.
    pub fn estimate(&mut self, estimates: &[Estimate]) {
        for (at, estimate) in self.order.iter().zip(estimates) {
            let one = &mut self.considered[*at];
            one.quality = Some(estimate.mean);
            one.estimate = Some(*estimate);
        }
    }

    /// Says of each that is left, in their present order, with which probability it comes first.
    pub fn probabilities(&mut self, probabilities: &[f64]) {
        for (at, probability) in self.order.iter().zip(probabilities) {
            self.considered[*at].probability = Some(probability.clamp(0.0, 1.0));
        }
    }

    /// Puts those that are left into this order of their present places. Places that are not named stay behind, as they
    /// are.
    pub fn arrange(&mut self, places: &[usize]) {
        let mut order: Vec<usize> = Vec::with_capacity(self.order.len());
        let named = places.iter().filter_map(|place| self.order.get(*place));
        for at in named.chain(&self.order) {
            if !order.contains(at) {
                order.push(*at);
            }
        }
        self.order = order;
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

impl fmt::Debug for Pool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("considered", &self.considered)
            .field("order", &self.order)
            .field("reason", &self.reason)
            .field("probability", &self.probability)
            .finish_non_exhaustive()
    }
}
