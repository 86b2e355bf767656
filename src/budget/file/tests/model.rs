//! The file ledger beside a memory ledger that is told the same: whatever happens, also restarts, they know the same.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use proptest::{prelude::*, sample::Index};

use super::{
    platter::{Left, Platter},
    rig::{answer, nanos, wait},
};
use crate::{
    budget::{
        AccountId, Ask, Budget, End, FileLedger, HoldId, HoldLabel, Ledger, MemoryLedger, Mode,
        Refund, Scope, ScopeKey, Snapshot, Window,
    },
    context::Clock,
    money::Usd,
};

const WINDOWS: [Window; 5] = Window::ALL;
const ACCOUNTS: [(&str, Option<&str>); 4] = [
    ("org", None),
    ("team", None),
    ("other", None),
    ("team", Some("key")),
];
const WAYS: [&[usize]; 6] = [&[0], &[0, 1], &[0, 2], &[0, 1, 3], &[3, 0], &[0, 2, 0]];

#[derive(Clone, Debug)]
enum Step {
    Reserve {
        way: usize,
        bound: u64,
        forced: bool,
    },
    Again(Index),
    End {
        hold: Index,
        end: u8,
        part: u64,
    },
    Turn {
        seconds: i64,
    },
    Limit {
        account: usize,
        window: usize,
        amount: Option<u64>,
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
    /// The ledger is dropped with no hold open, and opened again.
    Restart,
    /// The disk fails, and works again: everything is written anew.
    Fail,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = prop_oneof![4 => 0u64..60, 1 => Just(0), 1 => Just(Usd::MAX.nanos())];
    let limit = prop_oneof![6 => 0u64..200, 1 => Just(Usd::MAX.nanos())];
    let step = prop_oneof![
        8 => (0..WAYS.len(), amount.clone(), prop::bool::weighted(0.1))
            .prop_map(|(way, bound, forced)| Step::Reserve { way, bound, forced }),
        1 => any::<Index>().prop_map(Step::Again),
        6 => (any::<Index>(), 0u8..5, 0u64..100)
            .prop_map(|(hold, end, part)| Step::End { hold, end, part }),
        2 => prop_oneof![-100_000i64..100_000, 0i64..200].prop_map(|seconds| Step::Turn { seconds }),
        2 => (0..ACCOUNTS.len(), 0..WINDOWS.len(), prop::option::weighted(0.8, limit))
            .prop_map(|(account, window, amount)| Step::Limit { account, window, amount }),
        1 => (0..ACCOUNTS.len(), any::<bool>())
            .prop_map(|(account, observe)| Step::Mode { account, observe }),
        1 => (0..ACCOUNTS.len(), amount.clone(), 0u8..20)
            .prop_map(|(account, amount, id)| Step::RefundAccount { account, amount, id }),
        1 => (any::<Index>(), amount, 0u8..20)
            .prop_map(|(hold, amount, id)| Step::RefundHold { hold, amount, id }),
        1 => Just(Step::Restart),
        1 => Just(Step::Fail),
    ];
    prop::collection::vec(step, 1..60)
}

struct World {
    platter: Platter,
    clock: Clock,
    file: Arc<FileLedger>,
    memory: Arc<MemoryLedger>,
    limits: [Vec<(Window, u64)>; ACCOUNTS.len()],
    modes: [Mode; ACCOUNTS.len()],
    holds: Vec<(HoldId, usize, u64)>,
    ended: Vec<HoldId>,
}

const NOON: i64 = 1_774_699_200;
/// Few, so that the oldest are forgotten.
const DOUBTFUL: usize = 4;

fn time(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.cast_unsigned())
}

impl World {
    fn new() -> Self {
        let clock = Clock::manual(time(NOON));
        let platter = Platter::default();
        let memory = MemoryLedger::with_clock(clock.clone()).doubtful_kept(DOUBTFUL);
        Self {
            file: Self::open(&platter, &clock),
            platter,
            clock,
            memory: Arc::new(memory),
            limits: [
                vec![(Window::Day, 150)],
                vec![(Window::Hour, 100)],
                vec![(Window::Total, 100)],
                vec![(Window::Minute, 50), (Window::Month, 90)],
            ],
            modes: [Mode::Enforce; ACCOUNTS.len()],
            holds: Vec::new(),
            ended: Vec::new(),
        }
    }

    fn open(platter: &Platter, clock: &Clock) -> Arc<FileLedger> {
        let options = FileLedger::options()
            .clock(clock.clone())
            .doubtful_kept(DOUBTFUL);
        Arc::new(FileLedger::start(Box::new(platter.clone()), options).unwrap())
    }

    fn scopes(&self, way: usize, ledger: Arc<dyn Ledger>) -> Vec<Scope> {
        let scope = |&account: &usize| {
            let (name, key) = ACCOUNTS[account];
            let mut budget = Budget::new(name)
                .ledger(ledger.clone())
                .mode(self.modes[account]);
            for &(window, limit) in &self.limits[account] {
                budget = budget.limit(nanos(limit), window);
            }
            match key {
                Some(key) => budget.scope_of(ScopeKey::new(key).unwrap()),
                None => budget.scope(),
            }
        };
        WAYS[way].iter().map(scope).collect()
    }

    /// Asks both; they say the same.
    fn ask(&self, id: HoldId, way: usize, bound: u64, forced: bool) -> bool {
        let label = HoldLabel::new(format!("model-{}", bound % 3), "provider");
        let ledgers: [Arc<dyn Ledger>; 2] = [self.memory.clone(), self.file.clone()];
        let answers = ledgers.map(|ledger| {
            let scopes = self.scopes(way, ledger.clone());
            let ask = Ask::new(id, &scopes, nanos(bound), &label);
            let answer = answer(ledger.reserve(&if forced { ask.forced() } else { ask }));
            answer.map_err(|refused| {
                let scope = refused.scope().account().to_string();
                (scope, refused.kind(), refused.renews_at())
            })
        });
        assert_eq!(answers[0], answers[1]);
        answers[0].is_ok()
    }

    fn end(&mut self, at: usize, end: End) {
        let (id, ..) = self.holds.swap_remove(at);
        self.ended.push(id);
        self.memory.settle(id, end.into());
        self.file.settle(id, end.into());
    }

    fn refund(&self, refund: &Refund) {
        let ours = wait(Ledger::refund(&*self.file, refund));
        assert_eq!(ours, self.memory.refund(refund));
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Reserve { way, bound, forced } => {
                let id = HoldId::unique();
                if self.ask(id, way, bound, forced) {
                    self.holds.push((id, way, bound));
                }
            }
            Step::Again(ref index) if !self.holds.is_empty() => {
                let &(id, way, bound) = index.get(&self.holds);
                // One whose lease is over is another hold.
                if self
                    .memory
                    .snapshot()
                    .holds
                    .iter()
                    .any(|hold| hold.id == id)
                {
                    self.ask(id, way, bound, false);
                }
            }
            Step::End {
                ref hold,
                end,
                part,
            } if !self.holds.is_empty() => {
                let end = match end {
                    0 => End::Released,
                    1 => End::AtBound,
                    2 => End::Cut(nanos(part)),
                    _ => End::Metered(nanos(part)),
                };
                self.end(hold.index(self.holds.len()), end);
            }
            Step::Turn { seconds } => {
                let now = self
                    .clock
                    .now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap();
                let now = i64::try_from(now.as_secs()).unwrap();
                self.clock.set(time((now + seconds).max(0)));
            }
            Step::Limit {
                account,
                window,
                amount,
            } => {
                let window = WINDOWS[window];
                let limits = &mut self.limits[account];
                limits.retain(|(kind, _)| *kind != window);
                limits.extend(amount.map(|amount| (window, amount)));
            }
            Step::Mode { account, observe } => {
                self.modes[account] = if observe {
                    Mode::Observe
                } else {
                    Mode::Enforce
                };
            }
            Step::RefundAccount {
                account,
                amount,
                id,
            } => {
                let (name, key) = ACCOUNTS[account];
                let target = AccountId::new(name, key.map(|key| ScopeKey::new(key).unwrap()));
                self.refund(&Refund::of_account(id.to_string(), target, nanos(amount)));
            }
            Step::RefundHold {
                ref hold,
                amount,
                id,
            } if !self.ended.is_empty() => {
                let hold = *hold.get(&self.ended);
                self.refund(&Refund::of_hold(id.to_string(), hold, nanos(amount)));
            }
            Step::Restart => {
                while !self.holds.is_empty() {
                    self.end(0, End::Released);
                }
                // What a memory ledger shows of accounts is tidied by looking; a file's when it is opened.
                self.memory.snapshot();
                // In the order of the fields the old one goes first.
                wait(self.file.flush()).unwrap();
                let disk = Platter::of(self.platter.after_crash(Left::Nothing));
                self.file = Self::open(&disk, &self.clock);
                self.platter = disk;
            }
            Step::Fail => {
                self.platter.set(|state| state.deaf = true);
                let _ = wait(self.file.flush());
                self.platter.set(|state| state.deaf = false);
                while wait(self.file.flush()).is_err() {
                    std::thread::yield_now();
                }
            }
            _ => {}
        }
    }

    fn compare(&self) {
        for way in 0..WAYS.len() {
            let left = |ledger: Arc<dyn Ledger>| {
                let scopes = self.scopes(way, ledger);
                let scopes = scopes.iter().map(Scope::allowance);
                scopes
                    .map(|seen| seen.map(|seen| seen.left()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(left(self.memory.clone()), left(self.file.clone()));
        }
        assert_eq!(sorted(self.memory.snapshot()), sorted(self.file.snapshot()));
    }
}

fn sorted(mut snapshot: Snapshot) -> Snapshot {
    snapshot.holds.sort_by_key(|hold| hold.id);
    for account in &mut snapshot.accounts {
        account
            .windows
            .sort_by_key(|window| (window.window, window.starts_at));
        for window in &mut account.windows {
            window
                .models
                .sort_by(|a, b| a.label.model().cmp(b.label.model()));
        }
    }
    snapshot
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_a_memory_ledger_that_survives(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            world.compare();
        }
    }
}
