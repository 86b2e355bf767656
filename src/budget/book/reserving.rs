use std::time::Duration;

use smallvec::SmallVec;

use super::{Account, Book, Charge, Held, Told, book::FIRST_SWEEP, held::Taken};
use crate::{
    budget::{Ask, Limit, Measure, Refused, RefusedKind, Scope},
    money::Usd,
};

/// How often all accounts are looked through for idle ones while there is no room for more.
const FULL_SWEEP: Duration = Duration::from_secs(1);

/// Places of the accounts that an ask is about, by scope.
type Places = SmallVec<[Option<u32>; 6]>;

impl Book {
    /// Takes what is asked for, or nothing.
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
}

/// Scopes that have no account yet and need one.
fn missing<'a>(ask: &Ask<'a>, places: &Places) -> impl Iterator<Item = &'a Scope> {
    let scopes = ask.scopes().iter().zip(places);
    scopes
        .filter(|(scope, place)| place.is_none() && scope.is_counted())
        .map(|(scope, _)| scope)
}
