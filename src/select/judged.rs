use super::Quote;
use crate::{
    catalog::{Candidate, scores},
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
}

impl Judged {
    pub(super) fn left(&self) -> Vec<usize> {
        let all = self.considered.iter().enumerate();
        all.filter(|(_, one)| one.dropped.is_none())
            .map(|(at, _)| at)
            .collect()
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
