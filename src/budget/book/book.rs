use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime},
};

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{
    Account, Accounts, Charge, Doubt, Doubts, Held, Kinds, Labels, Refunds, Told, Touched,
    held::Taken,
};
use crate::{
    budget::{
        Allowance, Ask, End, HoldId, Limit, Measure, Refund, RefundError, RefundTarget, Refused,
        RefusedKind, Scope, Settlement, Snapshot, rate_limit::micros,
    },
    money::Usd,
};

/// The year 10 000: later than any calendar here reaches, and early enough that a lease can be added.
const LATEST: Duration = Duration::from_secs(253_402_300_800);
/// A hundred years: added to a time it is still one.
const LONGEST_LEASE: Duration = Duration::from_secs(36_525 * 86_400);
const FIRST_SWEEP: usize = 64;
/// How often all accounts are looked through for idle ones while there is no room for more.
const FULL_SWEEP: Duration = Duration::from_secs(1);

/// Places of the accounts that an ask is about, by scope.
type Places = SmallVec<[Option<u32>; 6]>;

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
    sweep_at: usize,
    swept_full: Option<SystemTime>,
    pub(super) serial: u64,
    pub(super) holds: HashMap<HoldId, Held, RandomState>,
    /// Holds by the end of their leases, the first ones first; ended ones may stand here too.
    leases: VecDeque<(SystemTime, HoldId)>,
    pub(super) doubts: Doubts,
    pub(super) refunds: Refunds,
    pub(super) counts: Counts,
    told: Vec<Told>,
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

    pub(in crate::budget) fn reserve(&mut self, ask: &Ask<'_>) -> Result<(), Refused> {
        if let Some(held) = self.holds.get(&ask.id()) {
            return held.covers(ask, self.now);
        }
        // One whose lease is over counts as spent already: asked for once more, it is not charged twice.
        if let Some(doubt) = self.doubts.get(ask.id()).filter(|doubt| doubt.expired) {
            return doubt.held.covers(ask, self.now);
        }
        let mut places = self.places(ask);
        if !ask.is_forced()
            && let Some(refused) = self.refusal(ask, &places)
        {
            self.exhausted(&refused);
            return Err(refused);
        }
        self.make_room(ask, &mut places)?;
        let held = self.charge(ask, &places);
        debug_assert!(
            ask.is_forced() || self.keeps_to_limits(ask),
            "a hold was granted above a limit"
        );
        if ask.is_forced() {
            self.counts.forced += 1;
        }
        if held.charges.is_empty() && held.rates.is_empty() {
            return Ok(());
        }
        self.leases.push_back((held.expires_at, ask.id()));
        self.holds.insert(ask.id(), held);
        self.touch(|touched| touched.hold(ask.id()));
        if self.leases.len() > 64 + 2 * self.holds.len() {
            let holds = &self.holds;
            self.leases.retain(|(_, id)| holds.contains_key(id));
        }
        Ok(())
    }

    fn places(&self, ask: &Ask<'_>) -> Places {
        let scopes = ask.scopes().iter();
        scopes
            .map(|scope| self.accounts.find(scope.account()))
            .collect()
    }

    fn at(&self, place: Option<u32>) -> Option<&Account> {
        self.accounts.at(place?)
    }

    /// The refusal to report: *spent* before *held*, the outermost scope first, in it the window that renews last; rate
    /// limits after windows.
    fn refusal(&self, ask: &Ask<'_>, places: &Places) -> Option<Refused> {
        let mut first_held = None;
        let refusing = || ask.scopes().iter().zip(places).filter(|(s, _)| s.refuses());
        for (scope, place) in refusing() {
            let account = self.at(*place);
            let fits = |&&limit: &&Limit| Account::fits(account, limit, ask.bound(), self.now);
            if scope.limits().iter().all(|limit| fits(&limit)) {
                continue;
            }
            let windows = scope.limits().iter().filter(|limit| !fits(limit));
            let refused = windows
                .map(|&limit| {
                    let seen = Account::allowance(account, scope, limit, self.now);
                    Refused::by(scope, seen, ask.bound(), self.now)
                })
                .min_by_key(|refused| {
                    let renewal = refused.renews_at();
                    let later = (renewal.is_none(), renewal);
                    (
                        refused.kind() != RefusedKind::Spent,
                        std::cmp::Reverse(later),
                    )
                });
            match refused {
                Some(refused) if refused.kind() == RefusedKind::Spent => return Some(refused),
                Some(refused) => first_held = first_held.or(Some(refused)),
                None => {}
            }
        }
        first_held
            .or_else(|| refusing().find_map(|(scope, place)| self.too_fast(ask, scope, *place)))
    }

    fn too_fast(&self, ask: &Ask<'_>, scope: &Scope, place: Option<u32>) -> Option<Refused> {
        scope.rates().iter().find_map(|&limit| {
            let count = ask.amount(limit.measure());
            let until = self
                .at(place)
                .map_or(0, |a| a.until[limit.measure() as usize]);
            let wait = limit.wait(until, self.micros, count);
            if count == 0 || wait.is_some_and(|wait| wait.is_zero()) {
                return None;
            }
            Some(Refused::by_rate(scope, limit, wait, ask.bound(), self.now))
        })
    }

    /// Notes that a window has no more to give.
    fn exhausted(&mut self, refused: &Refused) {
        let Some(allowance) = refused.allowance() else {
            return;
        };
        if refused.kind() != RefusedKind::Spent || refused.never_fits() {
            return;
        }
        let scope = refused.scope();
        let place = self.accounts.find(scope.account());
        let account = place.and_then(|place| Some((place, self.accounts.at_mut(place)?)));
        let Some((place, account)) = account else {
            return;
        };
        if let Some((serial, alert)) = account.exhausted(scope, allowance) {
            self.told.push(Told::Alert(scope.clone(), alert));
            self.touch(|touched| touched.window(serial, place));
        }
    }

    /// Looks for idle accounts where new ones are needed and there are many already.
    fn make_room(&mut self, ask: &Ask<'_>, places: &mut Places) -> Result<(), Refused> {
        if places.iter().all(Option::is_some) {
            return Ok(());
        }
        let full = self.accounts.len() + missing(ask, places).count() > self.rules.most_accounts;
        let again = self.swept_full.is_none_or(|at| self.now >= at + FULL_SWEEP);
        if self.accounts.len() >= self.sweep_at || (full && again) {
            self.sweep();
            self.sweep_at = FIRST_SWEEP.max(self.accounts.len().saturating_mul(2));
            self.swept_full = full.then_some(self.now);
            *places = self.places(ask);
        }
        let new = missing(ask, places).count();
        if self.accounts.len() + new <= self.rules.most_accounts || ask.is_forced() {
            return Ok(());
        }
        // What is spent already is never forgotten to make room.
        match missing(ask, places).find(|scope| scope.refuses()) {
            Some(scope) => Err(Refused::full(scope, ask.bound(), self.now)),
            None => Ok(()),
        }
    }

    /// What every granted hold must leave behind. Free ones may come where more was spent than there is.
    fn keeps_to_limits(&self, ask: &Ask<'_>) -> bool {
        let hard = ask.scopes().iter().filter(|scope| scope.is_hard());
        ask.bound() == Usd::ZERO
            || hard.into_iter().all(|scope| {
                let account = self.at(self.accounts.find(scope.account()));
                scope.limits().iter().all(|&limit| {
                    let seen = Account::allowance(account, scope, limit, self.now);
                    let sum = seen.spent().checked_add(seen.held());
                    sum.is_some_and(|sum| sum <= limit.amount())
                })
            })
    }

    /// Takes the bound from every window of the ask, once from each.
    fn charge(&mut self, ask: &Ask<'_>, places: &Places) -> Held {
        let mut held = Held {
            bound: ask.bound(),
            label: self.labels.number(ask.label()),
            charges: SmallVec::new(),
            rates: SmallVec::new(),
            since: self.now,
            expires_at: self.now + self.rules.lease,
        };
        let limited = |scope: &&Scope| !scope.limits().is_empty();
        for scope in ask.scopes().iter().filter(limited) {
            if self.kinds.add(scope) {
                let name = scope.account().shared_name().clone();
                self.touch(|touched| touched.name(name));
            }
        }
        let counted = ask.scopes().iter().zip(places).enumerate();
        for (nth, (scope, place)) in counted.filter(|(_, (scope, _))| scope.is_counted()) {
            let full = self.accounts.len() >= self.rules.most_accounts && !ask.is_forced();
            // The same account may stand twice in an ask: the second time it is there.
            let place = place.or_else(|| self.accounts.find(scope.account()));
            let place = match place {
                Some(place) => place,
                None if full => {
                    self.counts.uncounted += 1;
                    continue;
                }
                None => {
                    self.serial += 1;
                    self.accounts.open(scope.account(), self.serial)
                }
            };
            self.charge_one(ask, nth, place, &mut held);
        }
        held
    }

    fn charge_one(&mut self, ask: &Ask<'_>, nth: usize, place: u32, held: &mut Held) {
        let (earlier, scope) = (&ask.scopes()[..nth], &ask.scopes()[nth]);
        let (now, micros) = (self.now, self.micros);
        let Some(account) = self.accounts.at_mut(place) else {
            return;
        };
        let fits = |limit: &Limit| Account::fits(Some(account), *limit, ask.bound(), now);
        let told = !scope.is_hard() && !scope.limits().iter().all(fits);
        if told {
            account.would_refuse();
            self.counts.would_refuse += 1;
        }
        // Who has no limit of money counts none.
        let limited = !scope.limits().is_empty();
        for window in self.kinds.of(scope).filter(|_| limited) {
            let record = account.run(window, scope, now, self.serial + 1);
            let serial = record.serial;
            let new = serial > self.serial;
            self.serial = self.serial.max(serial);
            record.asked_by(scope);
            if let Some(touched) = &mut self.touched
                && (new || told)
            {
                touched.window(serial, place);
            }
            if held.charges.iter().all(|charge| charge.serial != serial) {
                record.hold(ask.bound());
                held.charges.push(Charge {
                    account: scope.account().clone(),
                    place,
                    serial,
                });
            }
        }
        // What an account gives of a measure, it gives once.
        let given = |measure| {
            let mut same = earlier.iter().filter(|s| s.account() == scope.account());
            same.any(|scope| scope.rates().iter().any(|r| r.measure() == measure))
        };
        for &limit in scope.rates() {
            let count = ask.amount(limit.measure());
            if count == 0 || given(limit.measure()) {
                continue;
            }
            let until = &mut account.until[limit.measure() as usize];
            *until = (*until).max(micros).saturating_add(limit.takes(count));
            if limit.measure() == Measure::Tokens {
                held.rates.push(Taken {
                    place,
                    born: account.born,
                    limit,
                    count,
                    back_at: *until,
                });
            }
        }
    }

    pub(in crate::budget) fn settle(&mut self, id: HoldId, settlement: Settlement) {
        // Taken out: the second end of a hold finds none.
        let Some(held) = self.holds.remove(&id) else {
            self.settle_late(id, settlement);
            return;
        };
        self.touch(|touched| touched.hold(id));
        let spent = cost(settlement.end(), held.bound);
        // Before its windows are given up, and perhaps the account with them.
        self.give_back(&held, settlement.used());
        self.post(&held, spent);
        match settlement.end() {
            End::AtBound | End::Cut(_) => self.doubt(id, held, spent, false),
            end => self.check_bound(id, &held, end),
        }
    }

    /// Replaces a hold by what was spent, in the windows that it was taken from.
    fn post(&mut self, held: &Held, spent: Usd) {
        for charge in &held.charges {
            let Some(account) = self.accounts.at_mut(charge.place) else {
                continue;
            };
            let Some(record) = account.record(charge.serial) else {
                continue;
            };
            record.free(held.bound);
            record.spend(held.label, spent);
            if spent > Usd::ZERO
                && let Some((scope, alert)) = account.alert(charge.serial)
            {
                self.told.push(Told::Alert(scope, alert));
            }
            self.touch_window(charge);
            self.tidy(charge.place);
        }
    }

    /// Of the tokens that a hold has taken of rate limits, those that were not used.
    fn give_back(&mut self, held: &Held, used: Option<u64>) {
        let Some(used) = used else {
            return;
        };
        for taken in &held.rates {
            let account = self.accounts.at_mut(taken.place);
            let Some(account) = account.filter(|account| account.born == taken.born) else {
                continue;
            };
            let until = &mut account.until[Measure::Tokens as usize];
            let (before, after) = (taken.limit.takes(taken.count), taken.limit.takes(used));
            // What time has brought back meanwhile is not given back once more.
            let back = before.saturating_sub(after);
            let back = back.min(taken.back_at.saturating_sub(self.micros));
            let more = after.saturating_sub(before);
            *until = until.saturating_add(more).saturating_sub(back);
            self.tidy(taken.place);
        }
    }

    fn check_bound(&mut self, hold: HoldId, held: &Held, end: End) {
        let spent = cost(end, held.bound);
        if spent <= held.bound || matches!(end, End::Counted(_)) {
            return;
        }
        self.counts.bound_exceeded += 1;
        self.told.push(Told::Exceeded {
            hold,
            account: held.outermost(),
            label: self.labels.of(held.label),
            bound: held.bound,
            spent,
        });
    }

    fn doubt(&mut self, id: HoldId, held: Held, charged: Usd, expired: bool) {
        self.counts.doubtful += 1;
        let doubt = Doubt {
            held,
            charged,
            refunded: Usd::ZERO,
            at: self.now,
            expired,
            nth: self.counts.doubtful,
        };
        let gone = self.doubts.add(id, doubt);
        self.touch(|touched| {
            touched.doubt(id);
            gone.into_iter().for_each(|gone| touched.doubt(gone));
        });
    }

    /// A hold that nobody has ended in its time: its money may be gone, and counts so.
    pub(super) fn expire(&mut self, id: HoldId) {
        let Some(held) = self.holds.remove(&id) else {
            return;
        };
        self.touch(|touched| touched.hold(id));
        // Where nothing was held, its end may tell yet what it has cost: the window stays for that.
        for charge in &held.charges {
            let account = self.accounts.at_mut(charge.place);
            if let Some(record) = account.and_then(|account| account.record(charge.serial)) {
                record.used = true;
            }
        }
        self.post(&held, held.bound);
        self.told.push(Told::Expired {
            hold: id,
            label: self.labels.of(held.label),
            bound: held.bound,
        });
        let bound = held.bound;
        self.doubt(id, held, bound, true);
    }

    /// The end of a hold that has expired corrects what was charged then, once.
    fn settle_late(&mut self, id: HoldId, settlement: Settlement) {
        let end = settlement.end();
        let stays = matches!(end, End::AtBound | End::Cut(_));
        let mut kept = Usd::ZERO;
        let doubt = if stays {
            let listed = self.doubts.get_mut(id).filter(|doubt| doubt.expired);
            listed.map(|doubt| {
                let before = doubt.clone();
                doubt.expired = false;
                doubt.charged = cost(end, doubt.held.bound);
                // An end that knows no more than before undoes no refund.
                doubt.refunded = doubt.refunded.min(doubt.charged);
                kept = doubt.refunded;
                before
            })
        } else {
            self.doubts.take_expired(id)
        };
        let Some(doubt) = doubt else {
            return;
        };
        self.touch(|touched| touched.doubt(id));
        self.give_back(&doubt.held, settlement.used());
        let spent = cost(end, doubt.held.bound);
        // What was refunded meanwhile is part of the correction, not beside it.
        let before = doubt.charged.saturating_sub(doubt.refunded);
        for charge in &doubt.held.charges {
            let account = self.accounts.at_mut(charge.place);
            if let Some(record) = account.and_then(|account| account.record(charge.serial)) {
                record.correct(doubt.held.label, before, spent.saturating_sub(kept));
            }
            self.touch_window(charge);
            self.tidy(charge.place);
        }
        self.check_bound(id, &doubt.held, end);
    }

    pub(in crate::budget) fn refund(&mut self, refund: &Refund) -> Result<Usd, RefundError> {
        if let Some(done) = self.refunds.done(refund.id()) {
            return Ok(done);
        }
        let done = match refund.target() {
            RefundTarget::Hold(id) => self.refund_hold(*id, refund.amount())?,
            RefundTarget::Account(id) => {
                let place = self.accounts.find(id).ok_or(RefundError::UnknownAccount)?;
                self.refund_account(place, refund.amount())
            }
        };
        let nth = self.refunds.next();
        let gone = self.refunds.remember(refund.id(), done, nth);
        self.touch(|touched| {
            touched.refund(refund.id().into());
            gone.into_iter().for_each(|gone| touched.refund(gone));
        });
        Ok(done)
    }

    /// Takes back up to `amount` in every running window; answers the most that any of them had to give.
    fn refund_account(&mut self, place: u32, amount: Usd) -> Usd {
        let mut most = Usd::ZERO;
        let mut serials = SmallVec::<[u64; 4]>::new();
        if let Some(account) = self.accounts.at_mut(place) {
            for record in account.records.iter_mut().filter(|r| r.runs(self.now)) {
                let taken = record.spent.min(u128::from(amount.nanos()));
                record.spent -= taken;
                most = most.max(super::record::shown(taken));
                serials.push(record.serial);
            }
        }
        self.touch(|touched| {
            serials
                .iter()
                .for_each(|serial| touched.window(*serial, place))
        });
        self.tidy(place);
        most
    }

    fn refund_hold(&mut self, id: HoldId, amount: Usd) -> Result<Usd, RefundError> {
        let doubt = self.doubts.get_mut(id).ok_or(RefundError::UnknownHold)?;
        let unpaid = doubt.charged.saturating_sub(doubt.refunded);
        let done = amount.min(unpaid);
        doubt.refunded = doubt.refunded.saturating_add(done);
        let charges = doubt.held.charges.clone();
        self.touch(|touched| touched.doubt(id));
        for charge in &charges {
            // A window that is past and closed has nothing to correct.
            let account = self.accounts.at_mut(charge.place);
            if let Some(record) = account.and_then(|account| account.record(charge.serial)) {
                record.spent = record.spent.saturating_sub(u128::from(done.nanos()));
            }
            self.touch_window(charge);
            self.tidy(charge.place);
        }
        Ok(done)
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

    fn tidy(&mut self, place: u32) {
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

    fn touch_window(&mut self, charge: &Charge) {
        self.touch(|touched| touched.window(charge.serial, charge.place));
    }

    pub(super) fn touch(&mut self, note: impl FnOnce(&mut Touched)) {
        if let Some(touched) = &mut self.touched {
            note(touched);
        }
    }
}

/// Scopes that have no account yet and need one.
fn missing<'a>(ask: &Ask<'a>, places: &Places) -> impl Iterator<Item = &'a Scope> {
    let scopes = ask.scopes().iter().zip(places);
    scopes
        .filter(|(scope, place)| place.is_none() && scope.is_counted())
        .map(|(scope, _)| scope)
}

/// What an end costs whose hold had this bound.
fn cost(end: End, bound: Usd) -> Usd {
    match end {
        End::Released => Usd::ZERO,
        End::Metered(amount) | End::Counted(amount) => amount,
        End::AtBound => bound,
        End::Cut(seen) => seen.min(bound),
    }
}
