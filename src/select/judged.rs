use super::Quote;
use crate::{
    catalog::{Candidate, scores},
    health::Ailment,
    money::Usd,
    observe::{Considered, Dropped},
    query::Task,
};

/// The candidates of a pool with their quotes.
pub(super) struct Judged {
    pub(super) considered: Vec<Considered>,
    pub(super) quotes: Vec<Quote>,
    /// The most that the call may cost.
    pub(super) most: Option<Usd>,
    /// Those that nothing else stands against, and what ails them.
    pub(super) ailing: Vec<(usize, Ailment)>,
    /// The same as if they were well, where some are and others are not.
    pub(super) all: Option<Box<Self>>,
}

impl Judged {
    pub(super) fn left(&self) -> Vec<usize> {
        let all = self.considered.iter().enumerate();
        all.filter(|(_, one)| one.dropped.is_none())
            .map(|(at, _)| at)
            .collect()
    }

    /// Drops the one that was considered last if it is ill, and nothing else stands against it.
    pub(super) fn ails(&mut self, ailment: impl FnOnce(&Candidate) -> Option<Ailment>) {
        let at = self.considered.len().saturating_sub(1);
        if let Some(one) = self.considered.last_mut()
            && one.dropped.is_none()
            && let Some(ailment) = ailment(&one.candidate)
        {
            one.dropped = Some(Dropped::Unhealthy(ailment.why().clone()));
            self.ailing.push((at, ailment));
        }
    }

    /// The same as if those were well whose ailments pass, where there are any beside others who are well.
    pub(super) fn if_all_were_well(&self) -> Option<Self> {
        let passing = |(_, ailment): &&(usize, Ailment)| ailment.passes().is_some();
        let ailing: Vec<_> = self.ailing.iter().filter(passing).cloned().collect();
        if ailing.is_empty() || self.considered.iter().all(|one| one.dropped.is_some()) {
            return None;
        }
        let mut considered = self.considered.clone();
        for (at, ailment) in &ailing {
            considered[*at].dropped = None;
            considered[*at].ailing = Some(ailment.why().clone());
        }
        Some(Self {
            considered,
            quotes: self.quotes.clone(),
            most: self.most,
            ailing,
            all: None,
        })
    }

    /// Says of those in a route with which probability each would be first. `first` is that of who is, where a policy has
    /// chosen it: where it says nothing of the others, and was not sure, nothing is known of them.
    pub(super) fn by_chance(&mut self, route: &[usize], first: Option<f64>) {
        let sure = first.is_none_or(|first| first >= 1.0);
        for (place, at) in route.iter().enumerate() {
            let one = &mut self.considered[*at].probability;
            let known = match (place, first) {
                (0, Some(first)) => Some(first),
                (0, None) => Some(1.0),
                _ if sure => Some(0.0),
                _ => *one,
            };
            *one = known;
        }
    }

    /// Puts behind all others who would be in the route were it well, for when the others fail: what is known of it is
    /// of the past. Who is expected to be well the soonest comes first.
    pub(super) fn put_behind(&mut self, route: &mut Vec<usize>, all: &Self, their: &[usize]) {
        let ill = all.ailing.iter().filter(|(at, _)| their.contains(at));
        let mut ill: Vec<_> = ill.collect();
        ill.sort_by_key(|(_, ailment)| ailment.passes());
        for (at, _) in ill {
            self.considered[*at] = all.considered[*at].clone();
            // It was ranked as if it were well, and is not.
            self.considered[*at].probability = Some(0.0);
            route.push(*at);
        }
    }

    /// Puts behind all others those who are not chosen before any of them.
    pub(super) fn put_last(&mut self, route: &mut Vec<usize>, their: &[usize]) {
        for at in their {
            self.considered[*at].probability = Some(0.0);
        }
        route.extend_from_slice(their);
    }

    /// Whoever is dearer than `most` is not chosen any more, and `instead` is, whenever one of them would have been.
    pub(super) fn move_chances(&mut self, most: Usd, instead: usize) {
        let mut moved = Some(0.0);
        for one in &mut self.considered {
            if one.dropped.is_none() && one.cost() > most {
                let theirs = one.probability.replace(0.0);
                moved = moved.zip(theirs).map(|(moved, theirs)| moved + theirs);
            }
        }
        let own = match &self.considered[instead] {
            // It was not to be chosen at all.
            one if one.dropped.is_some() => Some(0.0),
            one => one.probability,
        };
        let all = own.zip(moved).map(|(own, moved)| (own + moved).min(1.0));
        self.considered[instead].probability = all;
    }

    /// Whether there is nobody to be chosen but those who are ill.
    pub(super) fn are_all_ill(&self) -> bool {
        let mut left = self.considered.iter().filter(|one| one.dropped.is_none());
        left.all(|one| one.ailing.is_some())
    }

    /// Where nobody is left, those are asked all the same whose ailments pass: an attempt that may fail beats a refusal.
    pub(super) fn last_resort(&mut self) {
        if self.ailing.is_empty() || self.considered.iter().any(|one| one.dropped.is_none()) {
            return;
        }
        self.ailing
            .retain(|(_, ailment)| ailment.passes().is_some());
        for (at, ailment) in &self.ailing {
            let one = &mut self.considered[*at];
            one.dropped = None;
            one.ailing = Some(ailment.why().clone());
        }
    }

    /// Puts in front who is expected to be well the soonest, where all are ill. Says whether that is so.
    pub(super) fn soonest_first(&self, route: &mut [usize]) -> bool {
        let ill = |at: &usize| self.considered[*at].ailing.is_some();
        if route.is_empty() || !route.iter().all(ill) {
            return false;
        }
        let passes = |place: &usize| {
            let mut ailing = self.ailing.iter();
            let found = ailing.find(|(at, _)| at == place);
            found.and_then(|(_, ailment)| ailment.passes())
        };
        route.sort_by_key(passes);
        true
    }

    /// Scores those that are left by what is known of all of them alike; in a pool, one without a score drops out where
    /// another has one.
    pub(super) fn score(&mut self, task: &Task, in_pool: bool) {
        let left = self.left();
        let candidates = |at: &usize| self.considered[*at].candidate.clone();
        let pool: Vec<Candidate> = left.iter().map(candidates).collect();
        let scores = scores(&pool, task);
        let scored = in_pool && scores.iter().any(Option::is_some);
        for (at, quality) in left.into_iter().zip(scores) {
            let one = &mut self.considered[at];
            one.quality = quality;
            if scored && quality.is_none() {
                one.dropped = Some(Dropped::Unscored);
            }
        }
    }

    /// Drops what can cost more than is left. Where nothing would remain, the one that can cost least stays: what
    /// is left is only a hint, and the hold itself gives the exact refusal.
    pub(super) fn within(&mut self, most: Usd) {
        let bound = |at: &usize| self.considered[*at].bound.bound().unwrap_or(Usd::MAX);
        let left = self.left();
        let Some(least) = left.iter().copied().min_by_key(bound) else {
            return;
        };
        for at in left {
            if let Some(bound) = self.considered[at].bound.bound()
                && bound > most
                && at != least
            {
                self.considered[at].dropped = Some(Dropped::TooDear { bound, most });
            }
        }
    }
}
