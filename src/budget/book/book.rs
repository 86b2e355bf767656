use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime},
};

use foldhash::fast::RandomState;

use super::{Account, Accounts, Charge, Doubts, Held, Kinds, Labels, Refunds, Told, Touched};
use crate::budget::{Allowance, HoldId, Scope, Snapshot, rate_limit::micros};

/// The year 10 000: later than any calendar here reaches, and early enough that a lease can be added.
const LATEST: Duration = Duration::from_secs(253_402_300_800);
/// A hundred years: added to a time it is still one.
const LONGEST_LEASE: Duration = Duration::from_secs(36_525 * 86_400);
/// So many accounts are looked through for idle ones for the first time.
pub(super) const FIRST_SWEEP: usize = 64;

/// All accounts and holds of a ledger. Every method is one step: the ledger calls it under its lock.
#[derive(Debug)]
pub(in crate::budget) struct Book {
    /// The latest time seen: a clock that goes back does not bring back windows that are past.
    pub(super) now: SystemTime,
    pub(super) micros: u64,
    pub(super) rules: Rules,
    pub(super) accounts: Accounts,
    pub(super) kinds: Kinds,
    pub(super) labels: Labels,
    pub(super) sweep_at: usize,
    pub(super) swept_full: Option<SystemTime>,
    pub(super) serial: u64,
    pub(super) holds: HashMap<HoldId, Held, RandomState>,
    /// Holds by the end of their leases, the first ones first; ended ones may stand here too.
    pub(super) leases: VecDeque<(SystemTime, HoldId)>,
    pub(super) doubts: Doubts,
    pub(super) refunds: Refunds,
    pub(super) counts: Counts,
    pub(super) told: Vec<Told>,
    pub(super) touched: Option<Touched>,
}

/// What a ledger of this kind can be told.
#[derive(Clone, Copy, Debug)]
pub(in crate::budget) struct Rules {
    /// How long a hold lasts that nobody ends.
    pub(in crate::budget) lease: Duration,
    pub(in crate::budget) doubtful_kept: usize,
    pub(in crate::budget) most_accounts: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(3_600),
            doubtful_kept: 1_024,
            most_accounts: 1_000_000,
        }
    }
}

/// What has happened, all in all.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::budget) struct Counts {
    pub(in crate::budget) doubtful: u64,
    pub(in crate::budget) bound_exceeded: u64,
    pub(in crate::budget) would_refuse: u64,
    pub(in crate::budget) forced: u64,
    pub(in crate::budget) uncounted: u64,
}

impl Book {
    pub(in crate::budget) fn new(now: SystemTime) -> Self {
        let rules = Rules::default();
        Self {
            now,
            micros: micros(now),
            rules,
            accounts: Accounts::default(),
            kinds: Kinds::default(),
            labels: Labels::default(),
            sweep_at: FIRST_SWEEP,
            swept_full: None,
            serial: 0,
            holds: HashMap::default(),
            leases: VecDeque::new(),
            doubts: Doubts::new(rules.doubtful_kept),
            refunds: Refunds::default(),
            counts: Counts::default(),
            told: Vec::new(),
            touched: None,
        }
    }

    pub(in crate::budget) fn rules(&mut self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules);
        self.rules.lease = self.rules.lease.min(LONGEST_LEASE);
        self.doubts.keep(self.rules.doubtful_kept);
    }

    /// Turns to a later time, and ends what is over by then.
    pub(in crate::budget) fn turn(&mut self, now: SystemTime) {
        let now = now.min(SystemTime::UNIX_EPOCH + LATEST);
        if now > self.now {
            self.now = now;
            self.micros = micros(now);
        }
        while let Some(&(expires_at, id)) = self.leases.front()
            && (expires_at <= self.now || !self.holds.contains_key(&id))
        {
            self.leases.pop_front();
            self.expire(id);
        }
    }

    /// What is to be told since it was asked last.
    pub(in crate::budget) fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    pub(super) fn at(&self, place: Option<u32>) -> Option<&Account> {
        self.accounts.at(place?)
    }

    pub(in crate::budget) fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        let account = self.at(self.accounts.find(scope.account()));
        scope
            .limits()
            .iter()
            .map(|&limit| Account::allowance(account, scope, limit, self.now))
            .min_by_key(Allowance::left)
    }

    pub(in crate::budget) fn snapshot(&mut self) -> Snapshot {
        self.sweep();
        let accounts = self.accounts.iter().filter(|a| !a.records.is_empty());
        let mut accounts: Vec<_> = accounts.map(|a| a.view(&self.labels)).collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        let holds = self.holds.iter();
        Snapshot {
            accounts,
            holds: holds
                .map(|(&id, held)| held.view(id, &self.labels))
                .collect(),
            doubtful: self.doubts.views(&self.labels),
            doubtful_count: self.counts.doubtful,
            bound_exceeded: self.counts.bound_exceeded,
            would_refuse: self.counts.would_refuse,
            forced: self.counts.forced,
            uncounted: self.counts.uncounted,
        }
    }

    /// Accounts of a key that never comes back are found by sweeping, as often as their number doubles.
    pub(super) fn sweep(&mut self) {
        let (now, micros) = (self.now, self.micros);
        let touched = &mut self.touched;
        self.accounts.retain(|account| {
            account.tidy(now, micros, |id, record| {
                if let Some(touched) = touched {
                    touched.gone(id, record);
                }
            })
        });
    }

    pub(super) fn tidy(&mut self, place: u32) {
        let (now, micros) = (self.now, self.micros);
        let touched = &mut self.touched;
        if let Some(account) = self.accounts.at_mut(place)
            && !account.tidy(now, micros, |id, record| {
                if let Some(touched) = touched {
                    touched.gone(id, record);
                }
            })
        {
            self.accounts.close(place);
        }
    }

    pub(super) fn touch_window(&mut self, charge: &Charge) {
        self.touch(|touched| touched.window(charge.serial, charge.place));
    }

    pub(super) fn touch(&mut self, note: impl FnOnce(&mut Touched)) {
        if let Some(touched) = &mut self.touched {
            note(touched);
        }
    }
}
