//! The ledger in Redis beside a model of it that is too simple to be wrong: that of the memory ledger.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use proptest::{prelude::*, sample::Index};
use tower_genai::{
    budget::{
        AccountId, Budget, End, HoldId, Ledger, Mode, RedisLedger, Refund, RefundError,
        RefusedKind, Scope, ScopeKey, Settlement, Snapshot, Window,
    },
    context::Clock,
    money::Usd,
};

use super::{
    server::Server,
    support::{ledger_at, nanos, reserve},
};

const WINDOWS: [Window; 4] = [Window::Minute, Window::Hour, Window::Day, Window::Total];

/// Accounts, and the ways through them that calls take. The last way meets an account twice.
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
    },
    Again(Index),
    End {
        hold: Index,
        end: u8,
        part: u64,
    },
    EndTwice(Index),
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
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = prop_oneof![4 => 0u64..60, 1 => Just(0), 1 => Just(Usd::MAX.nanos())];
    let limit = prop_oneof![6 => 0u64..200, 1 => Just(Usd::MAX.nanos())];
    let step = prop_oneof![
        8 => (0..WAYS.len(), amount.clone()).prop_map(|(way, bound)| Step::Reserve { way, bound }),
        1 => any::<Index>().prop_map(Step::Again),
        6 => (any::<Index>(), 0u8..5, 0u64..100)
            .prop_map(|(hold, end, part)| Step::End { hold, end, part }),
        1 => any::<Index>().prop_map(Step::EndTwice),
        2 => prop_oneof![-100_000i64..100_000, 0i64..200].prop_map(|seconds| Step::Turn { seconds }),
        2 => (0..ACCOUNTS.len(), 0..WINDOWS.len(), prop::option::weighted(0.8, limit))
            .prop_map(|(account, window, amount)| Step::Limit { account, window, amount }),
        1 => (0..ACCOUNTS.len(), any::<bool>())
            .prop_map(|(account, observe)| Step::Mode { account, observe }),
        1 => (0..ACCOUNTS.len(), amount.clone(), any::<u8>())
            .prop_map(|(account, amount, id)| Step::RefundAccount { account, amount, id }),
        1 => (any::<Index>(), amount, any::<u8>())
            .prop_map(|(hold, amount, id)| Step::RefundHold { hold, amount, id }),
    ];
    prop::collection::vec(step, 1..120)
}

/// A window: whose, which kind, and the how many-eth since the epoch.
type Slot = (usize, Window, u64);

#[derive(Clone)]
struct ModelHold {
    id: HoldId,
    way: usize,
    bound: u64,
    slots: Vec<Slot>,
    open: bool,
    // What of a doubtful charge is not refunded.
    doubtful: Option<u64>,
}

/// Sums are sums over lists; nothing is ever forgotten.
struct Model {
    limits: [HashMap<Window, u64>; ACCOUNTS.len()],
    observe: [bool; ACCOUNTS.len()],
    // The kinds of window that count, by name.
    kinds: HashMap<&'static str, HashSet<Window>>,
    holds: Vec<ModelHold>,
    spent: HashMap<Slot, u128>,
    refunds: HashMap<u8, u64>,
    wall: i64,
    latest: i64,
    exceeded: u64,
}

impl Model {
    fn slot(&self, account: usize, window: Window) -> Slot {
        let seconds = self.latest.cast_unsigned();
        let index = match window {
            Window::Minute => seconds / 60,
            Window::Hour => seconds / 3_600,
            Window::Day => seconds / 86_400,
            _ => 0,
        };
        (account, window, index)
    }

    fn sums(&self, slot: Slot) -> (u128, u128) {
        let held = self
            .holds
            .iter()
            .filter(|hold| hold.open && hold.slots.contains(&slot));
        let held = held.map(|hold| u128::from(hold.bound)).sum();
        (self.spent.get(&slot).copied().unwrap_or(0), held)
    }

    /// The account that refuses first, *spent* before *held*.
    fn refusal(&self, way: usize, bound: u64) -> Option<(usize, RefusedKind)> {
        let refusing = |kind: RefusedKind| {
            let account = *WAYS[way]
                .iter()
                .filter(|&&a| !self.observe[a])
                .find(|&&account| {
                    self.limits[account].iter().any(|(&window, &limit)| {
                        let (spent, held) = self.sums(self.slot(account, window));
                        let held = if kind == RefusedKind::Spent { 0 } else { held };
                        bound > 0 && spent + held + u128::from(bound) > u128::from(limit)
                    })
                })?;
            Some((account, kind))
        };
        refusing(RefusedKind::Spent).or_else(|| refusing(RefusedKind::Held))
    }

    fn slots(&mut self, way: usize) -> Vec<Slot> {
        let limited = || WAYS[way].iter().filter(|&&a| !self.limits[a].is_empty());
        for &account in limited() {
            let kinds = self.kinds.entry(ACCOUNTS[account].0).or_default();
            kinds.extend(self.limits[account].keys());
        }
        let mut slots = Vec::new();
        for &account in limited() {
            for &window in &self.kinds[ACCOUNTS[account].0] {
                let slot = self.slot(account, window);
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
            }
        }
        slots
    }
}

struct World<'a> {
    model: Model,
    ledger: Blocking<'a>,
    clock: Clock,
}

/// A ledger that is waited for.
struct Blocking<'a> {
    ledger: Arc<RedisLedger>,
    runtime: &'a tokio::runtime::Runtime,
}

impl Blocking<'_> {
    fn reserve(
        &self,
        id: HoldId,
        scopes: &[Scope],
        bound: Usd,
    ) -> Result<(), tower_genai::budget::Refused> {
        self.runtime
            .block_on(reserve(&*self.ledger, id, scopes, bound))
    }

    fn settle(&self, id: HoldId, settlement: Settlement) {
        self.ledger.settle(id, settlement);
        self.runtime.block_on(self.ledger.flush()).unwrap();
    }

    fn refund(&self, refund: &Refund) -> Result<Usd, RefundError> {
        self.runtime.block_on(self.ledger.refund(refund))
    }

    fn snapshot(&self) -> Snapshot {
        self.runtime.block_on(self.ledger.snapshot()).unwrap()
    }
}

const NOON: i64 = 1_774_699_200;

fn time(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.cast_unsigned())
}

fn shown(sum: u128) -> Usd {
    nanos(u64::try_from(sum).unwrap_or(u64::MAX).min(Usd::MAX.nanos()))
}

impl<'a> World<'a> {
    fn new(server: &Server, runtime: &'a tokio::runtime::Runtime) -> Self {
        let clock = Clock::manual(time(NOON));
        let mut model = Model {
            limits: Default::default(),
            observe: [false; ACCOUNTS.len()],
            kinds: HashMap::new(),
            holds: Vec::new(),
            spent: HashMap::new(),
            refunds: HashMap::new(),
            wall: NOON,
            latest: NOON,
            exceeded: 0,
        };
        model.limits[0].insert(Window::Day, 150);
        model.limits[1].insert(Window::Hour, 100);
        model.limits[2].insert(Window::Total, 100);
        model.limits[3].insert(Window::Minute, 50);
        let ledger = ledger_at(&server.url())
            .name(format!("model-{:x}", fastrand::u64(..)))
            .server_clock(clock.clone())
            .lease(Duration::MAX)
            .doubtful_kept(usize::MAX);
        let ledger = Blocking {
            ledger: Arc::new(ledger),
            runtime,
        };
        // It knows of no time before it is first asked.
        ledger.snapshot();
        Self {
            model,
            ledger,
            clock,
        }
    }

    /// As a reload makes them: new every time, of what the limits are now.
    fn scope(&self, account: usize) -> Scope {
        let (name, key) = ACCOUNTS[account];
        let mode = if self.model.observe[account] {
            Mode::Observe
        } else {
            Mode::Enforce
        };
        let mut budget = Budget::new(name)
            .ledger(self.ledger.ledger.clone())
            .mode(mode);
        for (&window, &limit) in &self.model.limits[account] {
            budget = budget.limit(nanos(limit), window);
        }
        match key {
            Some(key) => budget.scope_of(ScopeKey::new(key).unwrap()),
            None => budget.scope(),
        }
    }

    fn scopes(&self, way: usize) -> Vec<Scope> {
        WAYS[way]
            .iter()
            .map(|&account| self.scope(account))
            .collect()
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Reserve { way, bound } => self.reserve(way, bound),
            Step::Again(ref index) => self.again(index),
            Step::End {
                ref hold,
                end,
                part,
            } => self.end(hold, end, part),
            Step::EndTwice(ref hold) => {
                let closed: Vec<_> = self.model.holds.iter().filter(|h| !h.open).collect();
                if !closed.is_empty() {
                    let id = hold.get(&closed).id;
                    self.ledger.settle(id, End::Metered(nanos(1)).into());
                    self.ledger.settle(id, End::AtBound.into());
                }
            }
            Step::Turn { seconds } => {
                self.model.wall = (self.model.wall + seconds).max(0);
                self.model.latest = self.model.latest.max(self.model.wall);
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

    fn reserve(&mut self, way: usize, bound: u64) {
        let id = HoldId::unique();
        let expected = self.model.refusal(way, bound);
        let answer = self.ledger.reserve(id, &self.scopes(way), nanos(bound));
        let refused = answer.as_ref().err().map(|refused| {
            let (name, key) = ACCOUNTS[expected.expect("the model grants it").0];
            assert_eq!(refused.scope().name(), name);
            assert_eq!(refused.scope().key().map(ScopeKey::as_str), key);
            refused.kind()
        });
        assert_eq!(refused, expected.map(|(_, kind)| kind));
        if answer.is_err() {
            return;
        }
        let slots = self.model.slots(way);
        if !slots.is_empty() {
            let hold = ModelHold {
                id,
                way,
                bound,
                slots,
                open: true,
                doubtful: None,
            };
            self.model.holds.push(hold);
        }
    }

    fn again(&self, index: &Index) {
        let open: Vec<_> = self.model.holds.iter().filter(|hold| hold.open).collect();
        if open.is_empty() {
            return;
        }
        let hold = index.get(&open);
        // Under the terms that it was held under: an account may have no limit by now, or had none.
        let scopes: Vec<_> = WAYS[hold.way]
            .iter()
            .filter(|&&account| hold.slots.iter().any(|slot| slot.0 == account))
            .map(|&account| self.scope(account))
            .collect();
        self.ledger
            .reserve(hold.id, &scopes, nanos(hold.bound))
            .unwrap();
    }

    fn end(&mut self, index: &Index, end: u8, part: u64) {
        let mut open: Vec<_> = self
            .model
            .holds
            .iter_mut()
            .filter(|hold| hold.open)
            .collect();
        if open.is_empty() {
            return;
        }
        let picked = index.index(open.len());
        let hold = &mut open[picked];
        let (end, spent) = match end {
            0 => (End::Released, 0),
            1 => (End::AtBound, hold.bound),
            2 => (End::Cut(nanos(part)), part.min(hold.bound)),
            _ => (End::Metered(nanos(part)), part),
        };
        hold.open = false;
        if matches!(end, End::AtBound | End::Cut(_)) {
            hold.doubtful = Some(spent);
        }
        if matches!(end, End::Metered(_)) && part > hold.bound {
            self.model.exceeded += 1;
        }
        let (id, slots) = (hold.id, hold.slots.clone());
        for slot in slots {
            *self.model.spent.entry(slot).or_default() += u128::from(spent);
        }
        self.ledger.settle(id, end.into());
    }

    fn refund_account(&mut self, account: usize, amount: u64, id: u8) {
        let (name, key) = ACCOUNTS[account];
        let target = AccountId::new(name, key.map(|key| ScopeKey::new(key).unwrap()));
        let answer = self
            .ledger
            .refund(&Refund::of_account(id.to_string(), target, nanos(amount)));
        if let Some(&before) = self.model.refunds.get(&id) {
            assert_eq!(answer, Ok(nanos(before)));
            return;
        }
        let mut most = 0;
        for window in WINDOWS {
            let slot = self.model.slot(account, window);
            if let Some(spent) = self.model.spent.get_mut(&slot) {
                let taken = u128::from(amount).min(*spent);
                *spent -= taken;
                most = most.max(taken);
            }
        }
        let most = u64::try_from(most).unwrap();
        // An account that was never used, or is empty again, is not known.
        assert_eq!(answer.clone().unwrap_or_default(), nanos(most));
        if answer.is_ok() {
            self.model.refunds.insert(id, most);
        }
    }

    fn refund_hold(&mut self, index: &Index, amount: u64, id: u8) {
        let known = self.model.refunds.get(&id).copied();
        let mut doubtful: Vec<_> = self
            .model
            .holds
            .iter_mut()
            .filter(|hold| hold.doubtful.is_some())
            .collect();
        if doubtful.is_empty() {
            return;
        }
        let picked = index.index(doubtful.len());
        let hold = &mut doubtful[picked];
        let refund = Refund::of_hold(id.to_string(), hold.id, nanos(amount));
        let answer = self.ledger.refund(&refund).unwrap();
        if let Some(before) = known {
            assert_eq!(answer, nanos(before));
            return;
        }
        let left = hold.doubtful.unwrap();
        let done = amount.min(left);
        hold.doubtful = Some(left - done);
        assert_eq!(answer, nanos(done));
        for slot in hold.slots.clone() {
            let spent = self.model.spent.get_mut(&slot).unwrap();
            *spent -= u128::from(done).min(*spent);
        }
        self.model.refunds.insert(id, done);
    }

    /// Everything that the ledger shows is what the model has.
    fn compare(&self) {
        for account in 0..ACCOUNTS.len() {
            let scope = self.scope(account);
            let mut least = None;
            for (&window, &limit) in &self.model.limits[account] {
                let (spent, held) = self.model.sums(self.model.slot(account, window));
                let left = nanos(limit)
                    .saturating_sub(shown(spent))
                    .saturating_sub(shown(held));
                least = Some(least.map_or(left, |least: Usd| least.min(left)));
            }
            assert_eq!(scope.allowance().map(|allowance| allowance.left()), least);
        }
        let snapshot = self.ledger.snapshot();
        for view in &snapshot.accounts {
            let account = ACCOUNTS.iter().position(|(name, key)| {
                view.id.name() == *name && view.id.key().map(ScopeKey::as_str) == *key
            });
            for window in &view.windows {
                let start = window
                    .starts_at
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap();
                let length = window.ends_at.map_or(u64::MAX, |end| {
                    end.duration_since(window.starts_at).unwrap().as_secs()
                });
                let slot = (account.unwrap(), window.window, start.as_secs() / length);
                let (spent, held) = self.model.sums(slot);
                assert_eq!(
                    (window.spent, window.held),
                    (shown(spent), shown(held)),
                    "{slot:?}"
                );
            }
        }
        // Nothing that is alive is missing.
        let open = self.model.holds.iter().filter(|hold| hold.open);
        assert_eq!(snapshot.holds.len(), open.count());
        let shown_held: u128 = snapshot
            .holds
            .iter()
            .map(|h| u128::from(h.bound.nanos()))
            .sum();
        let held = self.model.holds.iter().filter(|hold| hold.open);
        assert_eq!(shown_held, held.map(|hold| u128::from(hold.bound)).sum());
        let doubtful = self
            .model
            .holds
            .iter()
            .filter(|hold| hold.doubtful.is_some());
        assert_eq!(snapshot.doubtful.len(), doubtful.count());
        assert_eq!(snapshot.bound_exceeded, self.model.exceeded);
    }
}

#[test]
fn the_ledger_is_its_model() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let Some(server) = runtime.block_on(Server::start()) else {
        return;
    };
    let config = ProptestConfig {
        cases: if std::env::var_os("CI_LONG").is_some() {
            1_000
        } else {
            60
        },
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in steps())| {
        let mut world = World::new(&server, &runtime);
        for step in &steps {
            world.step(step);
            world.compare();
        }
        // At rest nothing is held, whatever happened.
        for hold in world.model.holds.iter().filter(|hold| hold.open) {
            world.ledger.settle(hold.id, End::Released.into());
        }
        super::support::assert_at_rest(&world.ledger.snapshot());
    });
}
