use std::time::SystemTime;

use smallvec::SmallVec;

use super::Labels;
use crate::{
    budget::{ModelView, Scope, Window, WindowView, scope::WeakScope},
    money::Usd,
};

/// Spending in one window of an account.
///
/// Sums are wider than [`Usd`], because what was spent must be recorded also where no limit keeps it small.
#[derive(Clone, Debug)]
pub(in crate::budget) struct Record {
    /// Its name: no other window of the ledger ever has it.
    pub(in crate::budget) serial: u64,
    pub(in crate::budget) window: Window,
    pub(in crate::budget) starts_at: SystemTime,
    pub(in crate::budget) ends_at: Option<SystemTime>,
    pub(in crate::budget) spent: u128,
    pub(super) held: u128,
    pub(super) open: usize,
    /// Something was spent here, even if it was refunded since: doubtful charges may still point here.
    pub(in crate::budget) used: bool,
    /// The highest share of a limit that was told of, in millionths.
    pub(in crate::budget) alerted: u32,
    /// By whose limit it was asked for last: says who is told of alerts. It leads back to the ledger, which must not keep
    /// itself alive, and to code of others, which must not end under the ledger's lock.
    pub(super) scope: WeakScope,
    /// Once so much is spent, there is something to tell.
    pub(super) alert_at: u128,
    /// Of which limit; another one is told of anew.
    pub(in crate::budget) alerted_of: Usd,
    pub(in crate::budget) models: SmallVec<[Tally; 1]>,
}

/// What was spent on one model, by the number of its label.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::budget) struct Tally {
    pub(in crate::budget) label: u32,
    pub(in crate::budget) attempts: u64,
    pub(in crate::budget) spent: u128,
}

impl Record {
    pub(super) fn new(
        serial: u64,
        window: Window,
        (starts_at, ends_at): (SystemTime, Option<SystemTime>),
    ) -> Self {
        Self {
            serial,
            window,
            starts_at,
            ends_at,
            spent: 0,
            held: 0,
            open: 0,
            used: false,
            alerted: 0,
            scope: WeakScope::default(),
            alert_at: u128::MAX,
            alerted_of: Usd::ZERO,
            models: SmallVec::new(),
        }
    }

    /// A window that has begun runs until its end, even if the clock goes back behind its beginning.
    pub(super) fn runs(&self, now: SystemTime) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }

    pub(super) fn is_needed(&self, now: SystemTime) -> bool {
        self.open > 0 || (self.used && self.runs(now))
    }

    pub(super) fn hold(&mut self, bound: Usd) {
        self.held += u128::from(bound.nanos());
        self.open += 1;
    }

    /// The highest share of this limit that was told of, in millionths.
    pub(super) fn told_of(&self, limit: Usd) -> u32 {
        match self.alerted_of == limit {
            true => self.alerted,
            false => 0,
        }
    }

    pub(super) fn tell(&mut self, share: u32, limit: Usd) {
        (self.alerted, self.alerted_of) = (share, limit);
    }

    /// It is asked for by a scope. Of several of one name, the one that limits this kind of window is told of it.
    pub(super) fn asked_by(&mut self, scope: &Scope) {
        let limits = |scope: &Scope| scope.limits().iter().any(|l| l.window() == self.window);
        if !self.scope.leads_to(scope) && limits(scope) {
            self.scope = scope.downgrade();
            self.aim(scope);
        }
    }

    /// Looks up what is to be told next by a scope's limit and shares.
    pub(super) fn aim(&mut self, scope: &Scope) {
        let mut limits = scope.limits().iter();
        let limit = limits.find(|limit| limit.window() == self.window);
        self.alert_at = limit.map_or(u128::MAX, |limit| {
            let told = self.told_of(limit.amount());
            let next = scope.alerts().iter().find(|s| s.millionths() > told);
            next.map_or(u128::MAX, |share| share.reached_at(limit.amount()))
        });
    }

    /// Takes a hold off.
    pub(super) fn free(&mut self, bound: Usd) {
        self.held = self.held.saturating_sub(u128::from(bound.nanos()));
        self.open = self.open.saturating_sub(1);
    }

    /// Adds what an attempt has cost.
    pub(super) fn spend(&mut self, label: u32, spent: Usd) {
        if spent == Usd::ZERO {
            return;
        }
        self.used = true;
        self.spent += u128::from(spent.nanos());
        let tally = self.tally(label);
        tally.attempts += 1;
        tally.spent += u128::from(spent.nanos());
    }

    /// Puts `after` into the place of `before` as the cost of an attempt.
    pub(super) fn correct(&mut self, label: u32, before: Usd, after: Usd) {
        let (before, after) = (u128::from(before.nanos()), u128::from(after.nanos()));
        let corrected = |sum: u128| (sum + after).saturating_sub(before);
        self.used = true;
        self.spent = corrected(self.spent);
        let tally = self.tally(label);
        tally.spent = corrected(tally.spent);
    }

    fn tally(&mut self, label: u32) -> &mut Tally {
        let at = self.models.iter().position(|tally| tally.label == label);
        let at = at.unwrap_or_else(|| {
            self.models.push(Tally {
                label,
                ..Tally::default()
            });
            self.models.len() - 1
        });
        &mut self.models[at]
    }

    pub(super) fn view(&self, labels: &Labels) -> WindowView {
        let mut models: Vec<_> = self
            .models
            .iter()
            .map(|tally| ModelView {
                label: labels.of(tally.label),
                attempts: tally.attempts,
                spent: shown(tally.spent),
            })
            .collect();
        models.sort_by_key(|model| std::cmp::Reverse(model.spent));
        WindowView {
            window: self.window,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            spent: shown(self.spent),
            held: shown(self.held),
            open_holds: self.open,
            models,
        }
    }
}

pub(in crate::budget) fn shown(nanos: u128) -> Usd {
    u64::try_from(nanos)
        .ok()
        .and_then(Usd::from_nanos)
        .unwrap_or(Usd::MAX)
}
