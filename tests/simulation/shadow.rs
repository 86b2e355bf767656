//! A ledger that is too simple to be wrong, beside the real one: it follows the same calls, and has to come to the same.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::{Duration, SystemTime},
};

use tower_genai::budget::{
    AccountId, Ask, End, HoldId, Measure, Mode, RateLimit, Refund, RefundTarget, RefusedKind,
    Scope, Settlement, Snapshot, Window,
};

/// What a ledger answers to an ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Granted,
    Refused(RefusedKind, String),
}

/// What came of a hold that was granted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) bound: u64,
    /// What is charged for it, refunds aside; `None` while it is open.
    pub(crate) charged: Option<u64>,
    /// Whether that may not be what it has cost.
    pub(crate) doubtful: bool,
}

#[derive(Debug)]
pub(crate) struct Shadow {
    now: SystemTime,
    lease: Duration,
    doubts_kept: usize,
    kinds: BTreeMap<String, BTreeSet<Window>>,
    accounts: BTreeMap<AccountId, Account>,
    open: HashMap<HoldId, Open>,
    leases: VecDeque<(SystemTime, HoldId)>,
    doubts: VecDeque<Doubt>,
    refunds: HashMap<String, u64>,
    serial: u64,
    pub(crate) fates: HashMap<HoldId, Fate>,
    /// What every account was ever charged, windows and refunds aside.
    pub(crate) charged: BTreeMap<AccountId, u128>,
    pub(crate) doubtful: u64,
    pub(crate) exceeded: u64,
    pub(crate) expired: u64,
}

#[derive(Debug)]
struct Account {
    /// An account of which nothing is left begins anew.
    born: u64,
    windows: Vec<Running>,
    /// Until when its rates are used up, in microseconds.
    until: [u64; 2],
}

#[derive(Debug)]
struct Running {
    serial: u64,
    kind: Window,
    ends: Option<SystemTime>,
    spent: u128,
    held: u128,
    open: usize,
    used: bool,
}

#[derive(Clone, Debug)]
struct Open {
    bound: u64,
    windows: Vec<(AccountId, u64)>,
    rates: Vec<Taken>,
}

/// Tokens that were taken of a rate.
#[derive(Clone, Debug)]
struct Taken {
    account: AccountId,
    born: u64,
    rate: RateLimit,
    count: u64,
    back_at: u64,
}

#[derive(Clone, Debug)]
struct Doubt {
    id: HoldId,
    hold: Open,
    charged: u64,
    refunded: u64,
    expired: bool,
}

fn place(measure: Measure) -> usize {
    usize::from(measure == Measure::Tokens)
}

/// For how long so many use up a rate.
fn takes(rate: RateLimit, count: u64) -> u64 {
    let micros = u128::from(count) * rate.period().as_micros();
    u64::try_from(micros.div_ceil(u128::from(rate.amount()))).unwrap()
}

fn micros(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_micros()).unwrap()
}

fn cost(end: End, bound: u64) -> u64 {
    match end {
        End::Released => 0,
        End::Metered(cost) | End::Counted(cost) => cost.nanos(),
        End::Cut(seen) => seen.nanos().min(bound),
        _ => bound,
    }
}

/// What had no bound exceeds none.
fn exceeds(end: End, bound: u64) -> bool {
    !matches!(end, End::Counted(_)) && cost(end, bound) > bound
}

impl Shadow {
    pub(crate) fn new(now: SystemTime, lease: Duration, doubts_kept: usize) -> Self {
        Self {
            now,
            lease,
            doubts_kept,
            kinds: BTreeMap::new(),
            accounts: BTreeMap::new(),
            open: HashMap::new(),
            leases: VecDeque::new(),
            doubts: VecDeque::new(),
            refunds: HashMap::new(),
            serial: 0,
            fates: HashMap::new(),
            charged: BTreeMap::new(),
            doubtful: 0,
            exceeded: 0,
            expired: 0,
        }
    }

    pub(crate) fn open_holds(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn turn(&mut self, now: SystemTime) {
        self.now = self.now.max(now);
        while let Some((at, id)) = self.leases.front().copied()
            && (at <= self.now || !self.open.contains_key(&id))
        {
            self.leases.pop_front();
            if let Some(hold) = self.open.remove(&id) {
                let bound = hold.bound;
                self.expired += 1;
                for (account, serial) in &hold.windows {
                    self.window(account, *serial)
                        .expect("open windows stay")
                        .used = true;
                }
                self.post(id, &hold, bound);
                self.doubt(id, hold, bound, true);
            }
        }
    }

    fn taken(&self, scope: &Scope, kind: Window) -> (u128, u128) {
        let account = self.accounts.get(scope.account().as_ref());
        let running = account.and_then(|a| a.running(kind, self.now));
        running.map_or((0, 0), |window| (window.spent, window.held))
    }

    /// What the tightest window has: its limit, what is spent, what is held.
    pub(crate) fn allowance(&self, scope: &Scope) -> Option<(u64, u128, u128)> {
        let all = scope.limits().iter().map(|limit| {
            let (spent, held) = self.taken(scope, limit.window());
            (limit.amount().nanos(), spent, held)
        });
        all.min_by_key(|(limit, spent, held)| {
            u128::from(*limit)
                .saturating_sub(*spent)
                .saturating_sub(*held)
        })
    }

    fn refusal(&self, ask: &Ask<'_>) -> Option<(RefusedKind, String)> {
        let refusing = || {
            let scopes = ask.scopes().iter();
            scopes.filter(|scope| scope.mode() == Mode::Enforce && scope.is_counted())
        };
        let bound = u128::from(ask.bound().nanos());
        let mut held_by = None;
        for scope in refusing() {
            for limit in scope.limits() {
                let (spent, held) = self.taken(scope, limit.window());
                let limit = u128::from(limit.amount().nanos());
                if bound == 0 || spent + held + bound <= limit {
                    continue;
                }
                if spent + bound > limit {
                    return Some((RefusedKind::Spent, scope.name().to_owned()));
                }
                held_by = held_by.or_else(|| Some(scope.name().to_owned()));
            }
        }
        if let Some(name) = held_by {
            return Some((RefusedKind::Held, name));
        }
        let now = micros(self.now);
        let too_fast = |scope: &&Scope| {
            let account = self.accounts.get(scope.account().as_ref());
            scope.rates().iter().any(|&rate| {
                let count = ask.amount(rate.measure());
                let until = account.map_or(0, |a| a.until[place(rate.measure())]);
                let (takes, most) = (takes(rate, count), takes(rate, rate.most()));
                count > 0 && (takes > most || until + takes > now + most)
            })
        };
        let scope = refusing().find(too_fast)?;
        Some((RefusedKind::Rate, scope.name().to_owned()))
    }

    pub(crate) fn reserve(&mut self, ask: &Ask<'_>) -> Said {
        let expired = |doubt: &Doubt| doubt.id == ask.id() && doubt.expired;
        if self.open.contains_key(&ask.id()) || self.doubts.iter().any(expired) {
            return Said::Granted;
        }
        if !ask.is_forced()
            && let Some((kind, scope)) = self.refusal(ask)
        {
            return Said::Refused(kind, scope);
        }
        let mut hold = Open {
            bound: ask.bound().nanos(),
            windows: Vec::new(),
            rates: Vec::new(),
        };
        for scope in ask.scopes() {
            let kinds = scope.limits().iter().map(|limit| limit.window());
            self.kinds
                .entry(scope.name().to_owned())
                .or_default()
                .extend(kinds);
        }
        for scope in ask.scopes().iter().filter(|scope| scope.is_counted()) {
            self.charge(ask, scope, &mut hold);
        }
        self.leases.push_back((self.now + self.lease, ask.id()));
        let fate = Fate {
            bound: hold.bound,
            ..Fate::default()
        };
        self.fates.insert(ask.id(), fate);
        self.open.insert(ask.id(), hold);
        Said::Granted
    }

    fn charge(&mut self, ask: &Ask<'_>, scope: &Scope, hold: &mut Open) {
        let id: &AccountId = scope.account();
        self.serial += 1;
        let account = self.accounts.entry(id.clone()).or_insert(Account {
            born: self.serial,
            windows: Vec::new(),
            until: [0; 2],
        });
        if !scope.limits().is_empty() {
            for kind in self.kinds.get(scope.name()).into_iter().flatten() {
                let at = account.windows.iter().position(|w| w.is(*kind, self.now));
                let at = at.unwrap_or_else(|| {
                    self.serial += 1;
                    account.windows.push(Running {
                        serial: self.serial,
                        kind: *kind,
                        ends: kind.ends(self.now, scope.time_zone()),
                        spent: 0,
                        held: 0,
                        open: 0,
                        used: false,
                    });
                    account.windows.len() - 1
                });
                let window = &mut account.windows[at];
                window.held += u128::from(hold.bound);
                window.open += 1;
                hold.windows.push((id.clone(), window.serial));
            }
        }
        for &rate in scope.rates() {
            let count = ask.amount(rate.measure());
            if count == 0 {
                continue;
            }
            let until = &mut account.until[place(rate.measure())];
            *until = (*until).max(micros(self.now)) + takes(rate, count);
            if rate.measure() == Measure::Tokens {
                hold.rates.push(Taken {
                    account: id.clone(),
                    born: account.born,
                    rate,
                    count,
                    back_at: *until,
                });
            }
        }
    }

    pub(crate) fn settle(&mut self, id: HoldId, settlement: Settlement) {
        let end = settlement.end();
        let doubtful = matches!(end, End::AtBound | End::Cut(_));
        if let Some(hold) = self.open.remove(&id) {
            let spent = cost(end, hold.bound);
            self.post(id, &hold, spent);
            self.give_back(&hold, settlement.used());
            if doubtful {
                self.doubt(id, hold, spent, false);
            } else {
                self.exceeded += u64::from(exceeds(end, hold.bound));
            }
            return;
        }
        // Late: once, for one whose lease has ended while it is listed still.
        let at = self.doubts.iter().position(|d| d.id == id && d.expired);
        let Some(at) = at else { return };
        let before = self.doubts[at].clone();
        let spent = cost(end, before.hold.bound);
        let mut after = spent;
        if doubtful {
            let doubt = &mut self.doubts[at];
            // What was refunded stays refunded, as far as it is charged still.
            let kept = doubt.refunded.min(spent);
            (doubt.expired, doubt.charged, doubt.refunded) = (false, spent, kept);
            after -= kept;
        } else {
            self.doubts.remove(at);
            self.exceeded += u64::from(exceeds(end, before.hold.bound));
        }
        let was = u128::from(before.charged - before.refunded);
        for (account, serial) in &before.hold.windows {
            if let Some(window) = self.window(account, *serial) {
                window.spent = (window.spent + u128::from(after)).saturating_sub(was);
            }
            self.tidy(account);
        }
        self.account_for(&before.hold, before.charged, spent);
        let fate = self.fates.entry(id).or_default();
        (fate.charged, fate.doubtful) = (Some(spent), doubtful);
        self.give_back(&before.hold, settlement.used());
    }

    fn post(&mut self, id: HoldId, hold: &Open, spent: u64) {
        for (account, serial) in &hold.windows {
            let window = self.window(account, *serial).expect("open windows stay");
            window.held -= u128::from(hold.bound);
            window.open -= 1;
            window.spent += u128::from(spent);
            window.used |= spent > 0;
            self.tidy(account);
        }
        self.account_for(hold, 0, spent);
        let fate = self.fates.entry(id).or_default();
        fate.charged = Some(spent);
    }

    /// Once for each account, however many kinds of window count there.
    fn account_for(&mut self, hold: &Open, before: u64, after: u64) {
        let accounts: BTreeSet<_> = hold.windows.iter().map(|(account, _)| account).collect();
        for account in accounts {
            let sum = self.charged.entry(account.clone()).or_default();
            *sum = *sum + u128::from(after) - u128::from(before);
        }
    }

    fn doubt(&mut self, id: HoldId, hold: Open, charged: u64, expired: bool) {
        self.doubtful += 1;
        self.fates.entry(id).or_default().doubtful = true;
        if self.doubts_kept == 0 {
            return;
        }
        if self.doubts.len() >= self.doubts_kept {
            // Those that have ended go first; of the others the end may come yet.
            match self.doubts.iter().position(|doubt| !doubt.expired) {
                Some(at) => drop(self.doubts.remove(at)),
                None if self.doubts.len() >= 2 * self.doubts_kept => drop(self.doubts.pop_front()),
                None => {}
            }
        }
        self.doubts.push_back(Doubt {
            id,
            hold,
            charged,
            refunded: 0,
            expired,
        });
    }

    fn give_back(&mut self, hold: &Open, used: Option<u64>) {
        let Some(used) = used else { return };
        for taken in &hold.rates {
            let account = self.accounts.get_mut(&taken.account);
            if let Some(account) = account.filter(|account| account.born == taken.born) {
                let until = &mut account.until[1];
                let (before, after) = (takes(taken.rate, taken.count), takes(taken.rate, used));
                if after > before {
                    *until += after - before;
                } else {
                    // At most what time has not brought back already.
                    let due = taken.back_at.saturating_sub(micros(self.now));
                    *until = until.saturating_sub((before - after).min(due));
                }
                self.tidy(&taken.account);
            }
        }
    }

    /// What a refund takes back; `None` where there is nothing of that name.
    pub(crate) fn refund(&mut self, refund: &Refund) -> Option<u64> {
        if let Some(done) = self.refunds.get(refund.id()) {
            return Some(*done);
        }
        let most = refund.amount().nanos();
        let done = match refund.target() {
            RefundTarget::Account(id) => {
                let now = self.now;
                let account = self.accounts.get_mut(id)?;
                let mut done = 0;
                for window in account.windows.iter_mut().filter(|w| w.runs(now)) {
                    let taken = window.spent.min(u128::from(most));
                    window.spent -= taken;
                    done = done.max(taken);
                }
                self.tidy(&id.clone());
                u64::try_from(done).unwrap()
            }
            RefundTarget::Hold(id) => {
                let at = self.doubts.iter().position(|doubt| doubt.id == *id)?;
                let doubt = &mut self.doubts[at];
                let done = most.min(doubt.charged - doubt.refunded);
                doubt.refunded += done;
                let windows = doubt.hold.windows.clone();
                for (account, serial) in &windows {
                    if let Some(window) = self.window(account, *serial) {
                        window.spent = window.spent.saturating_sub(u128::from(done));
                    }
                    self.tidy(account);
                }
                done
            }
            _ => unreachable!("there are no other refunds"),
        };
        self.refunds.insert(refund.id().to_owned(), done);
        Some(done)
    }

    fn window(&mut self, account: &AccountId, serial: u64) -> Option<&mut Running> {
        let account = self.accounts.get_mut(account)?;
        account.windows.iter_mut().find(|w| w.serial == serial)
    }

    /// Windows that nothing depends on begin anew, in the zone that is in force then.
    fn tidy(&mut self, account: &AccountId) {
        let now = self.now;
        if let Some(found) = self.accounts.get_mut(account)
            && !found.tidy(now)
        {
            self.accounts.remove(account);
        }
    }

    /// What differs in the ledger's own view.
    pub(crate) fn differs(&mut self, snapshot: &Snapshot) -> Option<String> {
        let now = self.now;
        self.accounts.retain(|_, account| account.tidy(now));
        let listed: usize = self.open.len();
        if snapshot.holds.len() != listed {
            return Some(format!("{} open holds, not {listed}", snapshot.holds.len()));
        }
        for hold in &snapshot.holds {
            let bound = self.open.get(&hold.id).map(|open| open.bound);
            if bound != Some(hold.bound.nanos()) {
                return Some(format!("a hold of {}, not {bound:?}", hold.bound));
            }
        }
        let counts = (snapshot.doubtful_count, snapshot.bound_exceeded);
        if counts != (self.doubtful, self.exceeded) {
            let (a, b) = (self.doubtful, self.exceeded);
            return Some(format!("{counts:?} doubtful and exceeded, not {a} and {b}"));
        }
        let mut seen = 0;
        for view in &snapshot.accounts {
            let ours = self.accounts.get(&view.id);
            for window in &view.windows {
                let found = ours.and_then(|account| {
                    let mut windows = account.windows.iter();
                    windows.find(|w| w.kind == window.window && w.ends == window.ends_at)
                });
                let Some(found) = found else {
                    return Some(format!("{}: a window too many: {window:?}", view.id));
                };
                seen += 1;
                let theirs = (
                    u128::from(window.spent.nanos()),
                    u128::from(window.held.nanos()),
                    window.open_holds,
                );
                let ours = (found.spent, found.held, found.open);
                if theirs != ours {
                    let (id, kind) = (&view.id, window.window);
                    return Some(format!(
                        "{id} ({kind}): spent, held, open are {theirs:?}, and must be {ours:?}"
                    ));
                }
            }
        }
        let all = self.accounts.values().flat_map(|account| &account.windows);
        let all = all.count();
        (seen != all).then(|| format!("{seen} windows, not {all}"))
    }
}

impl Account {
    /// Drops the windows that nothing depends on; says whether anything depends on the account.
    fn tidy(&mut self, now: SystemTime) -> bool {
        self.windows
            .retain(|w| w.open > 0 || (w.used && w.runs(now)));
        !self.windows.is_empty() || self.until.iter().any(|until| *until > micros(now))
    }

    fn running(&self, kind: Window, now: SystemTime) -> Option<&Running> {
        self.windows.iter().find(|window| window.is(kind, now))
    }
}

impl Running {
    fn runs(&self, now: SystemTime) -> bool {
        self.ends.is_none_or(|end| now < end)
    }

    fn is(&self, kind: Window, now: SystemTime) -> bool {
        self.kind == kind && self.runs(now)
    }
}
