use std::{
    cmp::Reverse,
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::SystemTime,
};

use super::{
    account::Account,
    held::{Charge, Held},
    kinds::Kinds,
    refunds::Refunds,
};
use crate::{
    budget::{
        AccountId, Allowance, Ask, DoubtfulCharge, End, HoldId, HoldLabel, Limit, Refund,
        RefundError, RefundTarget, Refused, RefusedKind, Scope, Snapshot,
    },
    money::Usd,
};

const FIRST_SWEEP: usize = 64;

/// All accounts and holds of a memory ledger. Every method is one step: the ledger calls it under its lock.
#[derive(Debug)]
pub(super) struct Book {
    // The latest time seen: a clock that goes back does not bring back windows that are past.
    now: SystemTime,
    accounts: HashMap<Arc<AccountId>, Account>,
    kinds: Kinds,
    sweep_at: usize,
    serial: u64,
    holds: HashMap<HoldId, Held>,
    doubtful: VecDeque<Doubt>,
    doubtful_kept: usize,
    doubtful_count: u64,
    refunds: Refunds,
    bound_exceeded: u64,
    would_refuse: u64,
}

#[derive(Debug)]
struct Doubt {
    charge: DoubtfulCharge,
    charges: Vec<Charge>,
}

/// What an ended hold is to be reported for, once the lock is off.
#[derive(Debug)]
pub(super) struct Exceeded {
    pub(super) label: HoldLabel,
    pub(super) bound: Usd,
    pub(super) spent: Usd,
    pub(super) account: Option<Arc<AccountId>>,
}

impl Book {
    pub(super) fn new(now: SystemTime, doubtful_kept: usize) -> Self {
        Self {
            now,
            accounts: HashMap::new(),
            kinds: Kinds::default(),
            sweep_at: FIRST_SWEEP,
            serial: 0,
            holds: HashMap::new(),
            doubtful: VecDeque::new(),
            doubtful_kept,
            doubtful_count: 0,
            refunds: Refunds::default(),
            bound_exceeded: 0,
            would_refuse: 0,
        }
    }

    pub(super) fn keep_doubtful(&mut self, charges: usize) {
        self.doubtful_kept = charges;
    }

    pub(super) fn turn(&mut self, now: SystemTime) {
        self.now = self.now.max(now);
    }

    pub(super) fn reserve(&mut self, ask: &Ask<'_>) -> Result<(), Refused> {
        if let Some(held) = self.holds.get(&ask.id()) {
            return held.covers(ask, self.now);
        }
        if let Some(refused) = self.refusal(ask) {
            return Err(refused);
        }
        let charges = self.charge(ask);
        debug_assert!(
            self.keeps_to_limits(ask),
            "a hold was granted above a limit"
        );
        if !charges.is_empty() {
            let held = Held {
                bound: ask.bound(),
                label: ask.label().clone(),
                charges,
                since: self.now,
            };
            self.holds.insert(ask.id(), held);
        }
        Ok(())
    }

    /// The windows of one scope that the amount does not fit into.
    fn refusing(&self, scope: &Scope, asked: Usd) -> impl Iterator<Item = Allowance> {
        let account = self.accounts.get(scope.account());
        scope
            .limits()
            .iter()
            .map(move |&limit| Account::allowance(account, scope, limit, self.now))
            // What costs nothing always fits, also where more was spent than there is.
            .filter(move |allowance| asked > Usd::ZERO && asked > allowance.left())
    }

    /// The refusal to report: *spent* before *held*, the outermost scope first, in it the window that renews last.
    fn refusal(&self, ask: &Ask<'_>) -> Option<Refused> {
        let mut first_held = None;
        for scope in ask.scopes().iter().filter(|scope| scope.is_hard()) {
            let refused = self
                .refusing(scope, ask.bound())
                .map(|allowance| Refused::by(scope, allowance, ask.bound(), self.now))
                .min_by_key(|refused| {
                    let renewal = refused.renews_at();
                    let later = (renewal.is_none(), renewal);
                    (refused.kind() != RefusedKind::Spent, Reverse(later))
                });
            match refused {
                Some(refused) if refused.kind() == RefusedKind::Spent => return Some(refused),
                Some(refused) => first_held = first_held.or(Some(refused)),
                None => {}
            }
        }
        first_held
    }

    /// What every granted hold must leave behind. Free ones may come where more was spent than there is.
    fn keeps_to_limits(&self, ask: &Ask<'_>) -> bool {
        let hard = ask.scopes().iter().filter(|scope| scope.is_hard());
        ask.bound() == Usd::ZERO
            || hard.into_iter().all(|scope| {
                let account = self.accounts.get(scope.account());
                scope.limits().iter().all(|&limit| {
                    let seen = Account::allowance(account, scope, limit, self.now);
                    let sum = seen.spent().checked_add(seen.held());
                    sum.is_some_and(|sum| sum <= limit.amount())
                })
            })
    }

    /// Takes the bound from every window of the ask, once from each.
    fn charge(&mut self, ask: &Ask<'_>) -> Vec<Charge> {
        let mut charges: Vec<Charge> = Vec::new();
        let limited = || ask.scopes().iter().filter(|s| !s.limits().is_empty());
        limited().for_each(|scope| self.kinds.add(scope));
        for scope in limited() {
            let noted = !scope.is_hard() && self.refusing(scope, ask.bound()).next().is_some();
            self.sweep_if_due();
            let account = self
                .accounts
                .entry(Arc::clone(scope.account()))
                .or_default();
            if noted {
                account.would_refuse();
                self.would_refuse += 1;
            }
            for window in self.kinds.of(scope) {
                self.serial += 1;
                let serial = account.run(window, scope.time_zone(), self.now, self.serial);
                if charges.iter().all(|charge| charge.serial != serial) {
                    account.hold(serial, ask.bound());
                    charges.push(Charge {
                        account: Arc::clone(scope.account()),
                        serial,
                    });
                }
            }
        }
        charges
    }

    pub(super) fn settle(&mut self, id: HoldId, end: End) -> Option<Exceeded> {
        // Taken out: the second end of a hold finds none.
        let held = self.holds.remove(&id)?;
        let spent = match end {
            End::Released => Usd::ZERO,
            End::Metered(amount) => amount,
            End::AtBound => held.bound,
            End::Cut(seen) => seen.min(held.bound),
            End::Counted(amount) => amount,
        };
        for charge in &held.charges {
            if let Some(account) = self.accounts.get_mut(&charge.account) {
                account.settle(charge.serial, held.bound, spent);
            }
            self.tidy(&charge.account);
        }
        if matches!(end, End::AtBound | End::Cut(_)) {
            self.doubt(id, spent, held);
            return None;
        }
        if spent <= held.bound || matches!(end, End::Counted(_)) {
            return None;
        }
        self.bound_exceeded += 1;
        Some(Exceeded {
            account: held.outermost(),
            label: held.label,
            bound: held.bound,
            spent,
        })
    }

    fn doubt(&mut self, id: HoldId, charged: Usd, held: Held) {
        self.doubtful_count += 1;
        if self.doubtful_kept == 0 {
            return;
        }
        if self.doubtful.len() >= self.doubtful_kept {
            self.doubtful.pop_front();
        }
        self.doubtful.push_back(Doubt {
            charge: DoubtfulCharge {
                id,
                accounts: held.accounts(),
                label: held.label,
                bound: held.bound,
                charged,
                refunded: Usd::ZERO,
                at: self.now,
            },
            charges: held.charges,
        });
    }

    pub(super) fn refund(&mut self, refund: &Refund) -> Result<Usd, RefundError> {
        if let Some(done) = self.refunds.done(refund.id()) {
            return Ok(done);
        }
        let done = match refund.target() {
            RefundTarget::Hold(id) => self.refund_hold(*id, refund.amount())?,
            RefundTarget::Account(id) => self
                .accounts
                .get_mut(id)
                .map(|account| account.refund_running(refund.amount(), self.now))
                .ok_or(RefundError::UnknownAccount)?,
        };
        if let RefundTarget::Account(id) = refund.target() {
            self.tidy(id);
        }
        self.refunds.remember(refund.id(), done);
        Ok(done)
    }

    fn refund_hold(&mut self, id: HoldId, amount: Usd) -> Result<Usd, RefundError> {
        let doubt = self
            .doubtful
            .iter_mut()
            .find(|doubt| doubt.charge.id == id)
            .ok_or(RefundError::UnknownHold)?;
        let unpaid = doubt.charge.charged.saturating_sub(doubt.charge.refunded);
        let done = amount.min(unpaid);
        doubt.charge.refunded = doubt.charge.refunded.saturating_add(done);
        let charges = doubt.charges.clone();
        for charge in &charges {
            // A window that is past and closed has nothing to correct.
            if let Some(account) = self.accounts.get_mut(&charge.account) {
                account.refund(charge.serial, done);
            }
            self.tidy(&charge.account);
        }
        Ok(done)
    }

    pub(super) fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        let account = self.accounts.get(scope.account());
        scope
            .limits()
            .iter()
            .map(|&limit: &Limit| Account::allowance(account, scope, limit, self.now))
            .min_by_key(Allowance::left)
    }

    pub(super) fn snapshot(&mut self) -> Snapshot {
        self.sweep();
        let mut accounts: Vec<_> = self
            .accounts
            .iter()
            .map(|(id, account)| account.view(id))
            .collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Snapshot {
            accounts,
            holds: self.holds.iter().map(|(&id, held)| held.view(id)).collect(),
            doubtful: self.doubtful.iter().map(|d| d.charge.clone()).collect(),
            doubtful_count: self.doubtful_count,
            bound_exceeded: self.bound_exceeded,
            would_refuse: self.would_refuse,
        }
    }

    /// Accounts of a key that never comes back are found by sweeping, as often as their number doubles.
    fn sweep_if_due(&mut self) {
        if self.accounts.len() >= self.sweep_at {
            self.sweep();
            self.sweep_at = FIRST_SWEEP.max(self.accounts.len().saturating_mul(2));
        }
    }

    fn sweep(&mut self) {
        let now = self.now;
        self.accounts.retain(|_, account| account.tidy(now));
    }

    fn tidy(&mut self, id: &AccountId) {
        if let Some(account) = self.accounts.get_mut(id)
            && !account.tidy(self.now)
        {
            self.accounts.remove(id);
        }
    }
}
