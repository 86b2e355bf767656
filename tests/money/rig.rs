//! A ledger of each kind, by a clock that stands until it is turned, and what all scenarios need of one.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use tower_genai::{
    budget::{
        Ask, Budget, CutRule, FileLedger, Hold, HoldId, HoldLabel, Ledger, MemoryLedger,
        RedisLedger, Refused, Reserving, Scope, Snapshot, Window,
    },
    context::Clock,
    money::Usd,
};

use crate::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    File,
    Redis,
}

/// What a ledger may be told. Nothing is forgotten by default.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) lease: Duration,
    pub(crate) most_accounts: usize,
    pub(crate) doubtful: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(3_600),
            most_accounts: 1_000_000,
            doubtful: 1 << 20,
        }
    }
}

/// One kind of ledger, and the first one of it.
pub(crate) struct Rig {
    pub(crate) kind: Kind,
    pub(crate) clock: Clock,
    pub(crate) ledger: Arc<dyn Ledger>,
    server: Option<Server>,
    files: Mutex<Vec<PathBuf>>,
}

impl Rig {
    /// `None` where there is no Redis server here.
    pub(crate) async fn start(kind: Kind, rules: &Rules) -> Option<Self> {
        let server = match kind {
            Kind::Redis => Some(Server::start().await?),
            Kind::Memory | Kind::File => None,
        };
        let mut rig = Self {
            kind,
            clock: Clock::manual(at("2026-03-28T12:00:00Z")),
            ledger: Arc::new(MemoryLedger::new()),
            server,
            files: Mutex::default(),
        };
        rig.ledger = rig.another(rules, &rig.clock);
        Some(rig)
    }

    pub(crate) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// An empty ledger of this kind.
    pub(crate) fn another(&self, rules: &Rules, clock: &Clock) -> Arc<dyn Ledger> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        match self.kind {
            Kind::Memory => Arc::new(
                MemoryLedger::with_clock(clock.clone())
                    .lease(rules.lease)
                    .most_accounts(rules.most_accounts)
                    .doubtful_kept(rules.doubtful),
            ),
            Kind::File => {
                let name = format!("money-{}-{count}.redb", std::process::id());
                let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
                self.files.lock().unwrap().push(path.clone());
                let options = FileLedger::options()
                    .clock(clock.clone())
                    .lease(rules.lease)
                    .most_accounts(rules.most_accounts)
                    .doubtful_kept(rules.doubtful)
                    .patience(Duration::from_secs(60));
                Arc::new(options.open(path).unwrap())
            }
            Kind::Redis => Arc::new(self.redis(&format!("money-{count}"), rules, clock)),
        }
    }

    /// The ledger of this name, as one more process has it.
    pub(crate) fn redis(&self, name: &str, rules: &Rules, clock: &Clock) -> RedisLedger {
        let server = self.server.as_ref().expect("a rig of Redis");
        RedisLedger::new(&server.url())
            .unwrap()
            .name(name)
            .deadline(Duration::from_secs(60))
            .server_clock(clock.clone())
            .lease(rules.lease)
            .most_accounts(rules.most_accounts)
            .doubtful_kept(rules.doubtful)
    }

    pub(crate) fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A budget in the ledger.
    pub(crate) fn budget(&self, name: &str, limit: Usd, window: Window) -> Budget {
        Budget::new(name)
            .limit(limit, window)
            .ledger(self.ledger.clone())
    }

    /// So many of a number that costs an fsync or a round trip each.
    pub(crate) fn some(&self, memory: usize, file: usize, redis: usize) -> usize {
        match self.kind {
            Kind::Memory => memory,
            Kind::File => file,
            Kind::Redis => redis,
        }
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        snapshot(&*self.ledger).await
    }

    pub(crate) async fn spent(&self, name: &str, window: Window) -> u64 {
        let seen = self.snapshot().await;
        let account = seen.account(name);
        let window = account.and_then(|account| account.window(window));
        window.map_or(0, |window| window.spent.nanos())
    }

    pub(crate) async fn held(&self, name: &str, window: Window) -> u64 {
        let seen = self.snapshot().await;
        let account = seen.account(name);
        let window = account.and_then(|account| account.window(window));
        window.map_or(0, |window| window.held.nanos())
    }

    /// Nothing is held, anywhere.
    #[track_caller]
    pub(crate) fn assert_at_rest(&self, snapshot: &Snapshot) {
        assert!(snapshot.holds.is_empty(), "{:?}", snapshot.holds);
        for window in snapshot.accounts.iter().flat_map(|a| &a.windows) {
            assert_eq!((window.held, window.open_holds), (Usd::ZERO, 0));
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        for file in self.files.lock().unwrap().drain(..) {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Runs a scenario on a ledger of one kind; afterwards nothing is held.
fn run(kind: Kind, rules: &Rules, scenario: impl AsyncFnOnce(&Rig)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        if let Some(rig) = Rig::start(kind, rules).await {
            scenario(&rig).await;
            rig.assert_at_rest(&rig.snapshot().await);
        }
    });
}

pub(crate) fn memory(scenario: impl AsyncFnOnce(&Rig)) {
    run(Kind::Memory, &Rules::default(), scenario);
}

pub(crate) fn file(scenario: impl AsyncFnOnce(&Rig)) {
    run(Kind::File, &Rules::default(), scenario);
}

pub(crate) fn redis(scenario: impl AsyncFnOnce(&Rig)) {
    run(Kind::Redis, &Rules::default(), scenario);
}

pub(crate) fn nanos(nanos: u64) -> Usd {
    Usd::from_nanos(nanos).unwrap()
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> SystemTime {
    text.parse::<jiff::Timestamp>().unwrap().try_into().unwrap()
}

pub(crate) fn label() -> HoldLabel {
    HoldLabel::new("model", "provider")
}

pub(crate) async fn open(scopes: &[Scope], bound: Usd, rule: CutRule) -> Result<Hold, Refused> {
    Hold::open(scopes, bound, label(), rule).await
}

pub(crate) async fn answer(reserving: Reserving) -> Result<(), Refused> {
    match reserving {
        Reserving::Done(answer) => answer,
        Reserving::Later(answer) => answer.await,
    }
}

pub(crate) async fn reserve(scopes: &[Scope], id: HoldId, bound: Usd) -> Result<(), Refused> {
    let ledger = scopes[0].ledger();
    answer(ledger.reserve(&Ask::new(id, scopes, bound, &label()))).await
}

/// Everything that there is, once all ends are through.
pub(crate) async fn snapshot(ledger: &dyn Ledger) -> Snapshot {
    ledger.flush().await.unwrap();
    ledger.snapshot().await.unwrap()
}
