//! What a ledger has to be, too simple to be wrong: lists that are searched from end to end, and sums over them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::{Duration, SystemTime},
};

use tower_genai::budget::{End, HoldId, Measure, RateLimit, RefusedKind, Window};

pub(crate) const WINDOWS: [Window; 5] = [
    Window::Minute,
    Window::Hour,
    Window::Day,
    Window::Month,
    Window::Total,
];

/// Accounts, and the ways through them that calls take. The last ways meet an account twice.
pub(crate) const ACCOUNTS: [(&str, Option<&str>); 5] = [
    ("org", None),
    ("team", None),
    ("other", None),
    ("team", Some("key")),
    // Has rates and no limit, at first.
    ("pace", None),
];
pub(crate) const WAYS: [&[usize]; 7] = [
    &[0],
    &[0, 1],
    &[0, 2, 4],
    &[0, 1, 3],
    &[3, 0],
    &[0, 2, 0],
    &[4, 2, 4],
];

/// One window of one account. It is never the same one again, once it is gone.
#[derive(Clone, Debug)]
pub(crate) struct ModelWindow {
    pub(crate) account: usize,
    pub(crate) window: Window,
    pub(crate) bounds: (SystemTime, Option<SystemTime>),
    pub(crate) spent: u128,
    /// Attempts and their cost, by model.
    pub(crate) models: BTreeMap<String, (u64, u128)>,
    used: bool,
    pub(crate) gone: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct ModelHold {
    pub(crate) id: HoldId,
    pub(crate) way: usize,
    pub(crate) bound: u64,
    pub(crate) model: String,
    pub(crate) since: i64,
    /// The windows that it was taken from.
    pub(crate) charges: Vec<usize>,
    /// Tokens that it took: of which account, in which life of it, of which rate, how many.
    tokens: Vec<(usize, u64, RateLimit, u64, u64)>,
    pub(crate) open: bool,
    pub(crate) doubt: Option<ModelDoubt>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ModelDoubt {
    pub(crate) charged: u64,
    pub(crate) refunded: u64,
    pub(crate) expired: bool,
}

/// What an ask is about, apart from the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) bound: u64,
    pub(crate) requests: u64,
    pub(crate) tokens: u64,
}

impl Wanted {
    fn of(self, measure: Measure) -> u64 {
        match measure {
            Measure::Requests => self.requests,
            _ => self.tokens,
        }
    }
}

/// Which account refuses, why, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModelRefusal {
    pub(crate) account: usize,
    pub(crate) kind: RefusedKind,
    pub(crate) renews_at: Option<SystemTime>,
    /// How long until a rate lets it pass.
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) doubtful: u64,
    pub(crate) exceeded: u64,
    pub(crate) would_refuse: u64,
    pub(crate) forced: u64,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) limits: [BTreeMap<Window, u64>; ACCOUNTS.len()],
    pub(crate) rates: [BTreeMap<Measure, RateLimit>; ACCOUNTS.len()],
    pub(crate) observe: [bool; ACCOUNTS.len()],
    pub(crate) lease: u64,
    /// The kinds of window that count, by name.
    kinds: HashMap<&'static str, HashSet<Window>>,
    pub(crate) windows: Vec<ModelWindow>,
    pub(crate) holds: Vec<ModelHold>,
    /// Until when the rates of an account are used up, in microseconds.
    until: [BTreeMap<Measure, u64>; ACCOUNTS.len()],
    lives: [u64; ACCOUNTS.len()],
    pub(crate) would_refuse: [u64; ACCOUNTS.len()],
    pub(crate) refunds: HashMap<u8, u64>,
    pub(crate) wall: i64,
    pub(crate) latest: i64,
    pub(crate) counts: Counts,
}

pub(crate) fn time(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.cast_unsigned())
}

/// The window around a time, by UTC.
fn bounds(window: Window, seconds: i64) -> (SystemTime, Option<SystemTime>) {
    let even = |length: i64| {
        let start = seconds - seconds % length;
        (time(start), Some(time(start + length)))
    };
    match window {
        Window::Minute => even(60),
        Window::Hour => even(3_600),
        Window::Day => even(86_400),
        Window::Month => {
            let at = jiff::Timestamp::from_second(seconds).unwrap();
            let date = jiff::ZonedDateTime::new(at, jiff::tz::TimeZone::UTC).date();
            let next = date.last_of_month().tomorrow().unwrap();
            let midnight = |date: jiff::civil::Date| {
                let at = date.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap();
                time(at.timestamp().as_second())
            };
            (midnight(date.first_of_month()), Some(midnight(next)))
        }
        _ => (time(0), None),
    }
}

impl Model {
    pub(crate) fn new(now: i64, lease: u64) -> Self {
        Self {
            limits: Default::default(),
            rates: Default::default(),
            observe: Default::default(),
            lease,
            kinds: HashMap::new(),
            windows: Vec::new(),
            holds: Vec::new(),
            until: Default::default(),
            lives: Default::default(),
            would_refuse: Default::default(),
            refunds: HashMap::new(),
            wall: now,
            latest: now,
            counts: Counts::default(),
        }
    }

    fn now(&self) -> SystemTime {
        time(self.latest)
    }

    fn micros(&self) -> u64 {
        self.latest.cast_unsigned() * 1_000_000
    }

    fn runs(&self, at: usize) -> bool {
        let end = self.windows[at].bounds.1;
        end.is_none_or(|end| self.now() < end)
    }

    fn running(&self, account: usize, window: Window) -> Option<usize> {
        let mut all = 0..self.windows.len();
        all.find(|&at| {
            let one = &self.windows[at];
            one.account == account && one.window == window && !one.gone && self.runs(at)
        })
    }

    pub(crate) fn held(&self, at: usize) -> (u128, usize) {
        let holds = self.holds.iter();
        let holds = holds.filter(|hold| hold.open && hold.charges.contains(&at));
        let bounds: Vec<_> = holds.map(|hold| u128::from(hold.bound)).collect();
        (bounds.iter().sum(), bounds.len())
    }

    /// What is spent and held in the running window.
    pub(crate) fn sums(&self, account: usize, window: Window) -> (u128, u128) {
        self.running(account, window)
            .map_or((0, 0), |at| (self.windows[at].spent, self.held(at).0))
    }

    fn renewal(&self, account: usize, window: Window) -> Option<SystemTime> {
        match self.running(account, window) {
            Some(at) => self.windows[at].bounds.1,
            None => bounds(window, self.latest).1,
        }
    }

    fn fits(&self, account: usize, window: Window, bound: u64, with_held: bool) -> bool {
        let (spent, held) = self.sums(account, window);
        let held = if with_held { held } else { 0 };
        bound == 0 || spent + held + u128::from(bound) <= u128::from(self.limits[account][&window])
    }

    /// *Spent* before *held*, windows before rates, the outermost account first.
    pub(crate) fn refusal(&self, way: usize, wanted: Wanted) -> Option<ModelRefusal> {
        let enforcing = || WAYS[way].iter().copied().filter(|&a| !self.observe[a]);
        for (kind, with_held) in [(RefusedKind::Spent, false), (RefusedKind::Held, true)] {
            for account in enforcing() {
                let full = self.limits[account].keys().copied();
                let full = full.filter(|&w| !self.fits(account, w, wanted.bound, with_held));
                // Never is later than any time.
                let last = full
                    .map(|window| self.renewal(account, window))
                    .max_by_key(|renewal| (renewal.is_none(), *renewal));
                if let Some(renews_at) = last {
                    return Some(ModelRefusal {
                        account,
                        kind,
                        renews_at,
                        wait: None,
                    });
                }
            }
        }
        for account in enforcing() {
            for (&measure, &rate) in &self.rates[account] {
                let count = wanted.of(measure);
                let until = self.until[account].get(&measure).copied().unwrap_or(0);
                let (takes, most) = (takes(rate, count), takes(rate, rate.most()));
                let free_at = (until + takes).saturating_sub(most);
                if count > 0 && (takes > most || free_at > self.micros()) {
                    let wait = Duration::from_micros(free_at.saturating_sub(self.micros()));
                    return Some(ModelRefusal {
                        account,
                        kind: RefusedKind::Rate,
                        renews_at: None,
                        wait: (takes <= most).then_some(wait),
                    });
                }
            }
        }
        None
    }

    pub(crate) fn grant(
        &mut self,
        id: HoldId,
        way: usize,
        wanted: Wanted,
        model: String,
        forced: bool,
    ) {
        let limited = |of: &Self, account: usize| !of.limits[account].is_empty();
        self.counts.forced += u64::from(forced);
        for &account in WAYS[way] {
            if limited(self, account) {
                let kinds = self.kinds.entry(ACCOUNTS[account].0).or_default();
                kinds.extend(self.limits[account].keys());
            }
        }
        // Told by each mention, as the sums stand then.
        let mut hold = ModelHold {
            id,
            way,
            bound: wanted.bound,
            model,
            since: self.latest,
            charges: Vec::new(),
            tokens: Vec::new(),
            open: true,
            doubt: None,
        };
        self.holds.push(hold.clone());
        let mine = self.holds.len() - 1;
        for (nth, &account) in WAYS[way].iter().enumerate() {
            let mut limits = self.limits[account].keys();
            if self.observe[account] && !limits.all(|&w| self.fits(account, w, wanted.bound, true))
            {
                self.counts.would_refuse += 1;
                self.would_refuse[account] += 1;
            }
            let kinds = self.kinds.get(ACCOUNTS[account].0);
            for window in WINDOWS {
                if !limited(self, account) || !kinds.is_some_and(|kinds| kinds.contains(&window)) {
                    continue;
                }
                let at = self.running(account, window).unwrap_or_else(|| {
                    self.windows.push(ModelWindow {
                        account,
                        window,
                        bounds: bounds(window, self.latest),
                        spent: 0,
                        models: BTreeMap::new(),
                        used: false,
                        gone: false,
                    });
                    self.windows.len() - 1
                });
                if !hold.charges.contains(&at) {
                    hold.charges.push(at);
                }
            }
            // What an account gives, it gives once.
            for (&measure, &rate) in &self.rates[account] {
                let count = wanted.of(measure);
                if count == 0 || WAYS[way][..nth].contains(&account) {
                    continue;
                }
                let now = self.micros();
                let until = self.until[account].entry(measure).or_default();
                *until = (*until).max(now) + takes(rate, count);
                if measure == Measure::Tokens {
                    let back_at = *until;
                    hold.tokens
                        .push((account, self.lives[account], rate, count, back_at));
                }
            }
            self.holds[mine] = hold.clone();
        }
        if hold.charges.is_empty() && hold.tokens.is_empty() {
            self.holds.pop();
        }
        self.forget();
    }

    pub(crate) fn turn(&mut self, seconds: i64) {
        self.wall = (self.wall + seconds).max(0);
        self.latest = self.latest.max(self.wall);
        for at in 0..self.holds.len() {
            let hold = &self.holds[at];
            if hold.open && self.latest.abs_diff(hold.since) >= self.lease {
                let bound = hold.bound;
                self.post(at, bound);
                // Its end may tell yet what it has cost: its windows stay for that.
                for &charge in &self.holds[at].charges {
                    self.windows[charge].used = true;
                }
                self.doubt(at, bound, true);
            }
        }
        self.forget();
    }

    fn post(&mut self, at: usize, spent: u64) {
        self.holds[at].open = false;
        if spent == 0 {
            return;
        }
        let hold = &self.holds[at];
        for &charge in &hold.charges {
            let window = &mut self.windows[charge];
            window.used = true;
            window.spent += u128::from(spent);
            let model = window.models.entry(hold.model.clone()).or_default();
            *model = (model.0 + 1, model.1 + u128::from(spent));
        }
    }

    fn doubt(&mut self, at: usize, charged: u64, expired: bool) {
        self.counts.doubtful += 1;
        self.holds[at].doubt = Some(ModelDoubt {
            charged,
            refunded: 0,
            expired,
        });
    }

    /// The first end of a hold, in time or late.
    pub(crate) fn end(&mut self, at: usize, end: End, used: Option<u64>) {
        let bound = self.holds[at].bound;
        let spent = match end {
            End::Released => 0,
            End::AtBound => bound,
            End::Cut(seen) => seen.nanos().min(bound),
            End::Metered(cost) | End::Counted(cost) => cost.nanos(),
            _ => unreachable!(),
        };
        let in_doubt = matches!(end, End::AtBound | End::Cut(_));
        if self.holds[at].open {
            self.post(at, spent);
            if in_doubt {
                self.doubt(at, spent, false);
            }
        } else {
            let refunded = self.holds[at].doubt.map_or(0, |doubt| doubt.refunded);
            // What was refunded stays so where no more is known than before.
            let kept = if in_doubt { refunded.min(spent) } else { 0 };
            self.correct(at, spent - kept);
            self.holds[at].doubt = in_doubt.then_some(ModelDoubt {
                charged: spent,
                refunded: kept,
                expired: false,
            });
        }
        if matches!(end, End::Metered(_)) && spent > bound {
            self.counts.exceeded += 1;
        }
        if let Some(used) = used.or((end == End::Released).then_some(0)) {
            let now = self.micros();
            for &(account, life, rate, count, back_at) in &self.holds[at].tokens {
                if self.lives[account] == life {
                    let until = self.until[account].entry(Measure::Tokens).or_default();
                    let (before, after) = (takes(rate, count), takes(rate, used));
                    // At most what time has not brought back already.
                    let due = back_at.saturating_sub(now);
                    let back = before.saturating_sub(after).min(due);
                    *until = (*until + after.saturating_sub(before)).saturating_sub(back);
                }
            }
        }
        self.forget();
    }

    /// Puts what it has cost into the place of what was charged when it expired.
    fn correct(&mut self, at: usize, spent: u64) {
        let hold = &self.holds[at];
        let doubt = hold.doubt.expect("an expired hold");
        let before = u128::from(doubt.charged - doubt.refunded);
        let after = u128::from(spent);
        for &charge in &hold.charges {
            let window = &mut self.windows[charge];
            if !window.gone {
                window.used = true;
                window.spent = (window.spent + after).saturating_sub(before);
                let model = window.models.entry(hold.model.clone()).or_default();
                model.1 = (model.1 + after).saturating_sub(before);
            }
        }
    }

    /// `None` where the account is not known.
    pub(crate) fn refund_account(&mut self, account: usize, amount: u64) -> Option<u64> {
        if !self.is_alive(account) {
            return None;
        }
        let mut most = 0;
        for window in WINDOWS {
            if let Some(at) = self.running(account, window) {
                let spent = &mut self.windows[at].spent;
                let taken = u128::from(amount).min(*spent);
                *spent -= taken;
                most = most.max(taken);
            }
        }
        Some(u64::try_from(most).unwrap())
    }

    /// `None` where no doubtful charge of it is listed.
    pub(crate) fn refund_hold(&mut self, at: usize, amount: u64) -> Option<u64> {
        let hold = &mut self.holds[at];
        let doubt = hold.doubt.as_mut()?;
        let done = amount.min(doubt.charged - doubt.refunded);
        doubt.refunded += done;
        for &charge in &hold.charges {
            let spent = &mut self.windows[charge].spent;
            *spent = spent.saturating_sub(u128::from(done));
        }
        Some(done)
    }

    fn is_alive(&self, account: usize) -> bool {
        let windows = self.windows.iter();
        let mut windows = windows.filter(|window| window.account == account);
        windows.any(|window| !window.gone)
            || self.until[account].values().any(|&at| at > self.micros())
    }

    /// Windows that are over, or in which nothing happened, are gone once no hold is open there; accounts without any
    /// are too, once their rates are whole again.
    fn forget(&mut self) {
        for at in 0..self.windows.len() {
            let needed = self.held(at).1 > 0 || (self.windows[at].used && self.runs(at));
            self.windows[at].gone |= !needed;
        }
        for account in 0..ACCOUNTS.len() {
            if !self.is_alive(account) {
                self.until[account].clear();
                self.lives[account] += 1;
                self.would_refuse[account] = 0;
            }
        }
    }
}

/// For how long so many use up a rate, in microseconds.
fn takes(rate: RateLimit, count: u64) -> u64 {
    let period = u64::try_from(rate.period().as_micros()).unwrap();
    (count * period).div_ceil(rate.amount())
}
