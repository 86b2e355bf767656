//! One model against the three ledgers: whatever is asked of them, they know what it knows.
//!
//! Cases on each change: 1000 of the memory ledger, 60 of the file ledger, 150 of the Redis ledger; with `CI_LONG` set
//! twenty times as many.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use proptest::{prelude::*, sample::Index};
use tower_genai::{
    budget::{
        AccountId, Ask, Budget, End, HoldId, HoldLabel, Ledger, Measure, Mode, RateLimit, Refund,
        RefundError, Refused, Scope, ScopeKey, Settlement, Window,
    },
    context::Clock,
    money::Usd,
};

use crate::{
    model::{ACCOUNTS, Model, ModelHold, ModelRefusal, WAYS, WINDOWS, Wanted, time},
    rig::{Kind, Rig, Rules, answer, nanos},
};

#[derive(Clone, Debug)]
enum Step {
    Reserve {
        way: usize,
        wanted: Wanted,
        forced: bool,
    },
    Again(Index),
    End {
        hold: Index,
        end: u8,
        part: u64,
        used: Option<u64>,
    },
    /// The end of a hold whose lease is over.
    Late {
        hold: Index,
        end: u8,
        part: u64,
        used: Option<u64>,
    },
    EndTwice(Index),
    Turn(i64),
    Limit {
        account: usize,
        window: usize,
        amount: Option<u64>,
    },
    Rate {
        account: usize,
        tokens: bool,
        rate: Option<(u64, u64)>,
    },
    Mode {
        account: usize,
        observe: bool,
    },
    RefundAccount {
        account: usize,
        amount: u64,
        id: u8,
    },
    RefundHold {
        hold: Index,
        amount: u64,
        id: u8,
    },
}

fn steps() -> impl Strategy<Value = (u64, Vec<Step>)> {
    let amount = prop_oneof![4 => 0u64..60, 2 => Just(0), 1 => Just(Usd::MAX.nanos())];
    let limit = prop_oneof![6 => 0u64..200, 1 => Just(Usd::MAX.nanos())];
    let wanted = (
        amount.clone(),
        0u64..4,
        prop_oneof![1 => Just(0), 3 => 0u64..60],
    )
        .prop_map(|(bound, requests, tokens)| Wanted {
            bound,
            requests,
            tokens,
        });
    let used = prop::option::weighted(0.6, prop_oneof![4 => 0u64..60, 1 => 60u64..400]);
    let ending = || (any::<Index>(), 0u8..6, 0u64..100, used.clone());
    let step = prop_oneof![
        9 => (0..WAYS.len(), wanted, prop::bool::weighted(0.1))
            .prop_map(|(way, wanted, forced)| Step::Reserve { way, wanted, forced }),
        1 => any::<Index>().prop_map(Step::Again),
        6 => ending().prop_map(|(hold, end, part, used)| Step::End { hold, end, part, used }),
        2 => ending().prop_map(|(hold, end, part, used)| Step::Late { hold, end, part, used }),
        1 => any::<Index>().prop_map(Step::EndTwice),
        3 => prop_oneof![1 => -100_000i64..100_000, 3 => 0i64..200].prop_map(Step::Turn),
        2 => (0..ACCOUNTS.len(), 0..WINDOWS.len(), prop::option::weighted(0.8, limit))
            .prop_map(|(account, window, amount)| Step::Limit { account, window, amount }),
        1 => (0..ACCOUNTS.len(), any::<bool>(), prop::option::weighted(0.8, (1u64..90, 1u64..90)))
            .prop_map(|(account, tokens, rate)| Step::Rate { account, tokens, rate }),
        1 => (0..ACCOUNTS.len(), any::<bool>())
            .prop_map(|(account, observe)| Step::Mode { account, observe }),
        1 => (0..ACCOUNTS.len(), amount.clone(), 0u8..20)
            .prop_map(|(account, amount, id)| Step::RefundAccount { account, amount, id }),
        1 => (any::<Index>(), amount, 0u8..20)
            .prop_map(|(hold, amount, id)| Step::RefundHold { hold, amount, id }),
    ];
    let lease = prop_oneof![Just(600u64), Just(5_000), Just(1_000_000_000)];
    (lease, prop::collection::vec(step, 1..90))
}

const NOON: i64 = 1_774_699_200;

struct World<'a> {
    model: Model,
    ledger: Arc<dyn Ledger>,
    clock: Clock,
    runtime: &'a tokio::runtime::Runtime,
}

fn shown(sum: u128) -> Usd {
    nanos(u64::try_from(sum).unwrap_or(u64::MAX).min(Usd::MAX.nanos()))
}

fn end_of(end: u8, part: u64) -> End {
    match end {
        0 => End::Released,
        1 => End::AtBound,
        2 => End::Cut(nanos(part)),
        3 => End::Counted(nanos(part)),
        _ => End::Metered(nanos(part)),
    }
}

fn id_of(account: usize) -> AccountId {
    let (name, key) = ACCOUNTS[account];
    AccountId::new(name, key.map(|key| ScopeKey::new(key).unwrap()))
}

impl<'a> World<'a> {
    fn new(rig: &Rig, runtime: &'a tokio::runtime::Runtime, lease: u64) -> Self {
        let clock = Clock::manual(time(NOON));
        let mut model = Model::new(NOON, lease);
        model.limits[0].insert(Window::Day, 150);
        model.limits[1].insert(Window::Hour, 100);
        model.limits[2].insert(Window::Total, 100);
        model.limits[3].insert(Window::Minute, 50);
        model.limits[3].insert(Window::Month, 90);
        let rate = RateLimit::tokens(60).burst(90);
        model.rates[0].insert(Measure::Tokens, rate);
        model.rates[1].insert(Measure::Requests, RateLimit::requests(6).burst(4));
        model.rates[4].insert(Measure::Requests, RateLimit::requests(60).burst(5));
        let rules = Rules {
            lease: Duration::from_secs(lease),
            ..Rules::default()
        };
        let world = Self {
            model,
            ledger: rig.another(&rules, &clock),
            clock,
            runtime,
        };
        // Redis learns what time it is by being asked.
        world.compare();
        world
    }

    /// As a reload makes them: new every time, of what the limits are now.
    fn scope(&self, account: usize) -> Scope {
        let (name, key) = ACCOUNTS[account];
        let mode = if self.model.observe[account] {
            Mode::Observe
        } else {
            Mode::Enforce
        };
        let mut budget = Budget::new(name).ledger(self.ledger.clone()).mode(mode);
        for (&window, &limit) in &self.model.limits[account] {
            budget = budget.limit(nanos(limit), window);
        }
        for &rate in self.model.rates[account].values() {
            budget = budget.rate(rate);
        }
        match key {
            Some(key) => budget.scope_of(ScopeKey::new(key).unwrap()),
            None => budget.scope(),
        }
    }

    fn scopes(&self, accounts: impl Iterator<Item = usize>) -> Vec<Scope> {
        accounts.map(|account| self.scope(account)).collect()
    }

    fn settle(&self, id: HoldId, end: End, used: Option<u64>) {
        let settlement = Settlement::new(end);
        self.ledger.settle(
            id,
            used.map_or(settlement, |tokens| settlement.tokens(tokens)),
        );
        self.flush();
    }

    fn flush(&self) {
        self.runtime.block_on(self.ledger.flush()).unwrap();
    }

    fn ask(
        &self,
        id: HoldId,
        scopes: &[Scope],
        wanted: Wanted,
        model: &str,
        forced: bool,
    ) -> Result<(), Refused> {
        let label = HoldLabel::new(model, "provider");
        let ask = Ask::new(id, scopes, nanos(wanted.bound), &label)
            .requests(wanted.requests)
            .tokens(wanted.tokens);
        let ask = if forced { ask.forced() } else { ask };
        let reserving = self.ledger.reserve(&ask);
        let answer = self.runtime.block_on(answer(reserving));
        if forced {
            self.flush();
        }
        answer
    }

    fn picked(&self, index: &Index, which: impl Fn(&ModelHold) -> bool) -> Option<usize> {
        let holds = 0..self.model.holds.len();
        let all: Vec<_> = holds.filter(|&at| which(&self.model.holds[at])).collect();
        (!all.is_empty()).then(|| *index.get(&all))
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Reserve {
                way,
                wanted,
                forced,
            } => self.reserve(way, wanted, forced),
            Step::Again(ref index) => self.again(index),
            Step::End {
                ref hold,
                end,
                part,
                used,
            } => {
                let at = self.picked(hold, |hold| hold.open);
                self.end(at, end_of(end, part), used);
            }
            Step::Late {
                ref hold,
                end,
                part,
                used,
            } => {
                let expired = |hold: &ModelHold| hold.doubt.is_some_and(|doubt| doubt.expired);
                let at = self.picked(hold, expired);
                self.end(at, end_of(end, part), used);
            }
            Step::EndTwice(ref hold) => {
                let ended =
                    |hold: &ModelHold| !hold.open && hold.doubt.is_none_or(|doubt| !doubt.expired);
                if let Some(at) = self.picked(hold, ended) {
                    let id = self.model.holds[at].id;
                    self.settle(id, End::Metered(nanos(1)), Some(7));
                    self.settle(id, End::AtBound, None);
                }
            }
            Step::Turn(seconds) => {
                self.model.turn(seconds);
                self.clock.set(time(self.model.wall));
            }
            Step::Limit {
                account,
                window,
                amount,
            } => {
                let limits = &mut self.model.limits[account];
                match amount {
                    Some(amount) => limits.insert(WINDOWS[window], amount),
                    None => limits.remove(&WINDOWS[window]),
                };
            }
            Step::Rate {
                account,
                tokens,
                rate,
            } => {
                let measure = match tokens {
                    true => Measure::Tokens,
                    false => Measure::Requests,
                };
                let rates = &mut self.model.rates[account];
                match rate {
                    Some((amount, burst)) => {
                        rates.insert(measure, RateLimit::new(measure, amount).burst(burst))
                    }
                    None => rates.remove(&measure),
                };
            }
            Step::Mode { account, observe } => self.model.observe[account] = observe,
            Step::RefundAccount {
                account,
                amount,
                id,
            } => self.refund_account(account, amount, id),
            Step::RefundHold {
                ref hold,
                amount,
                id,
            } => self.refund_hold(hold, amount, id),
        }
    }

    fn reserve(&mut self, way: usize, wanted: Wanted, forced: bool) {
        let id = HoldId::unique();
        let expected = self.model.refusal(way, wanted).filter(|_| !forced);
        let model = format!("model-{}", wanted.bound % 3);
        let scopes = self.scopes(WAYS[way].iter().copied());
        let answer = self.ask(id, &scopes, wanted, &model, forced);
        let refused = answer.as_ref().err().map(|refused| ModelRefusal {
            account: (0..ACCOUNTS.len())
                .find(|&account| id_of(account) == **refused.scope().account())
                .unwrap(),
            kind: refused.kind(),
            renews_at: refused.renews_at(),
            wait: refused.rate().and_then(|_| refused.retry_after()),
        });
        assert_eq!(refused, expected);
        if answer.is_ok() {
            self.model.grant(id, way, wanted, model, forced);
        }
    }

    fn again(&self, index: &Index) {
        let Some(at) = self.picked(index, |hold| hold.open) else {
            return;
        };
        let hold = &self.model.holds[at];
        // Under the terms that it was held under: an account may have no limit by now, or had none.
        let charged = |account: &usize| {
            let windows = &self.model.windows;
            let mut charges = hold.charges.iter();
            charges.any(|&charge| windows[charge].account == *account)
        };
        let accounts = WAYS[hold.way].iter().copied().filter(charged);
        let scopes = self.scopes(accounts);
        if scopes.is_empty() {
            return;
        }
        let wanted = Wanted {
            bound: hold.bound,
            requests: 1,
            tokens: 1,
        };
        self.ask(hold.id, &scopes, wanted, &hold.model, false)
            .unwrap();
        self.ask(hold.id, &scopes, wanted, &hold.model, true)
            .unwrap();
    }

    fn end(&mut self, at: Option<usize>, end: End, used: Option<u64>) {
        if let Some(at) = at {
            self.settle(self.model.holds[at].id, end, used);
            self.model.end(at, end, used);
        }
    }

    fn refund(&self, refund: &Refund) -> Result<Usd, RefundError> {
        self.runtime.block_on(self.ledger.refund(refund))
    }

    fn refund_account(&mut self, account: usize, amount: u64, id: u8) {
        let refund = Refund::of_account(id.to_string(), id_of(account), nanos(amount));
        let answer = self.refund(&refund);
        let expected = match self.model.refunds.get(&id) {
            Some(&before) => Some(before),
            None => self.model.refund_account(account, amount),
        };
        self.refunded(id, answer, expected, RefundError::UnknownAccount);
    }

    fn refund_hold(&mut self, index: &Index, amount: u64, id: u8) {
        let Some(at) = self.picked(index, |hold| !hold.open) else {
            return;
        };
        let refund = Refund::of_hold(id.to_string(), self.model.holds[at].id, nanos(amount));
        let answer = self.refund(&refund);
        let expected = match self.model.refunds.get(&id) {
            Some(&before) => Some(before),
            None => self.model.refund_hold(at, amount),
        };
        self.refunded(id, answer, expected, RefundError::UnknownHold);
    }

    fn refunded(
        &mut self,
        id: u8,
        answer: Result<Usd, RefundError>,
        expected: Option<u64>,
        unknown: RefundError,
    ) {
        match expected {
            Some(done) => {
                assert_eq!(answer, Ok(nanos(done)));
                self.model.refunds.insert(id, done);
            }
            None => assert_eq!(answer, Err(unknown)),
        }
    }

    /// Everything that the ledger shows is what the model has, and nothing else.
    fn compare(&self) {
        let model = &self.model;
        let snapshot = self.runtime.block_on(self.ledger.snapshot()).unwrap();
        let mut seen = BTreeMap::new();
        let mut would_refuse = [0; ACCOUNTS.len()];
        for view in &snapshot.accounts {
            let account = (0..ACCOUNTS.len()).find(|&account| id_of(account) == view.id);
            let account = account.unwrap();
            would_refuse[account] = view.would_refuse;
            for window in &view.windows {
                let models = window.models.iter();
                let models: BTreeMap<_, _> = models
                    .map(|model| {
                        let sums = (model.attempts, model.spent);
                        (model.label.model().to_owned(), sums)
                    })
                    .collect();
                let key = (account, window.window, window.starts_at);
                let sums = (window.spent, window.held, window.open_holds);
                let before = seen.insert(key, (window.ends_at, sums, models));
                assert!(before.is_none(), "twice: {key:?}");
            }
        }
        let mut known = BTreeMap::new();
        for (at, window) in model.windows.iter().enumerate().filter(|(_, w)| !w.gone) {
            let models = window.models.iter();
            let models: BTreeMap<_, _> = models
                .map(|(name, (attempts, spent))| (name.clone(), (*attempts, shown(*spent))))
                .collect();
            let (held, open) = model.held(at);
            let sums = (shown(window.spent), shown(held), open);
            let key = (window.account, window.window, window.bounds.0);
            known.insert(key, (window.bounds.1, sums, models));
        }
        assert_eq!(seen, known);
        for (account, would_refuse) in would_refuse.into_iter().enumerate() {
            // Of an account without windows nothing is shown.
            if known.keys().any(|key| key.0 == account) {
                assert_eq!(would_refuse, model.would_refuse[account]);
            }
            let left = |(&window, &limit): (&Window, &u64)| {
                let (spent, held) = model.sums(account, window);
                nanos(limit)
                    .saturating_sub(shown(spent))
                    .saturating_sub(shown(held))
            };
            let least = model.limits[account].iter().map(left).min();
            let allowance = self.scope(account).allowance();
            assert_eq!(allowance.map(|allowance| allowance.left()), least);
        }
        self.compare_holds(&snapshot);
        let counts = [
            snapshot.doubtful_count,
            snapshot.bound_exceeded,
            snapshot.would_refuse,
            snapshot.forced,
            snapshot.uncounted,
        ];
        let of = &model.counts;
        let expected = [of.doubtful, of.exceeded, of.would_refuse, of.forced, 0];
        assert_eq!(counts, expected);
    }

    fn compare_holds(&self, snapshot: &tower_genai::budget::Snapshot) {
        let accounts = |hold: &ModelHold| {
            let mut accounts: Vec<AccountId> = Vec::new();
            for &charge in &hold.charges {
                let account = id_of(self.model.windows[charge].account);
                if !accounts.contains(&account) {
                    accounts.push(account);
                }
            }
            accounts
        };
        let seen: BTreeMap<_, _> = snapshot
            .holds
            .iter()
            .map(|hold| {
                let lease = hold.expires_at.duration_since(hold.since).unwrap();
                let of = (hold.bound, hold.label.model().to_owned(), lease.as_secs());
                (hold.id, (of, hold.since, hold.accounts.clone()))
            })
            .collect();
        let open = self.model.holds.iter().filter(|hold| hold.open);
        let known: BTreeMap<HoldId, (_, SystemTime, _)> = open
            .map(|hold| {
                let of = (nanos(hold.bound), hold.model.clone(), self.model.lease);
                (hold.id, (of, time(hold.since), accounts(hold)))
            })
            .collect();
        assert_eq!(seen, known);
        assert_eq!(snapshot.holds.len(), known.len());
        let seen: BTreeMap<_, _> = snapshot
            .doubtful
            .iter()
            .map(|doubt| {
                let sums = (doubt.bound, doubt.charged, doubt.refunded, doubt.expired);
                (doubt.id, (sums, doubt.accounts.clone()))
            })
            .collect();
        let doubtful = self.model.holds.iter();
        let known: BTreeMap<_, _> = doubtful
            .filter_map(|hold| {
                let doubt = hold.doubt?;
                let amounts = (nanos(hold.bound), nanos(doubt.charged));
                let sums = (amounts.0, amounts.1, nanos(doubt.refunded), doubt.expired);
                Some((hold.id, (sums, accounts(hold))))
            })
            .collect();
        assert_eq!(seen, known);
    }
}

fn is_the_model(kind: Kind, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let Some(rig) = runtime.block_on(Rig::start(kind, &Rules::default())) else {
        return;
    };
    let long = std::env::var_os("CI_LONG").is_some();
    let config = ProptestConfig {
        cases: if long { 20 * cases } else { cases },
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    };
    proptest!(config, |((lease, steps) in steps())| {
        let mut world = World::new(&rig, &runtime, lease);
        for step in &steps {
            world.step(step);
            world.compare();
        }
        // At rest nothing is held, whatever happened.
        for at in 0..world.model.holds.len() {
            if world.model.holds[at].open {
                world.end(Some(at), End::Released, None);
            }
        }
        world.compare();
        rig.assert_at_rest(&runtime.block_on(world.ledger.snapshot()).unwrap());
    });
}

#[test]
fn model_memory() {
    is_the_model(Kind::Memory, 1_000);
}

#[test]
fn model_file() {
    is_the_model(Kind::File, 60);
}

#[test]
fn model_redis() {
    is_the_model(Kind::Redis, 150);
}
