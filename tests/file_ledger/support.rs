use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::SystemTime,
};

use tower_genai::{
    budget::{
        Ask, Budget, CutRule, FileLedger, Hold, HoldId, HoldLabel, Ledger, Refused, Reserving,
        Scope, Snapshot, Window,
    },
    context::Clock,
    money::Usd,
};

/// A path of its own for each test, whose file goes with it.
#[derive(Debug)]
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ledger-{}-{count}.redb", std::process::id());
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    pub(crate) fn open(&self) -> Arc<FileLedger> {
        Arc::new(FileLedger::open(&self.0).unwrap())
    }

    pub(crate) fn open_at(&self, clock: &Clock) -> Arc<FileLedger> {
        let options = FileLedger::options().clock(clock.clone());
        Arc::new(options.open(&self.0).unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn nanos(nanos: u64) -> Usd {
    Usd::from_nanos(nanos).unwrap()
}

pub(crate) fn at(text: &str) -> SystemTime {
    text.parse::<jiff::Timestamp>().unwrap().try_into().unwrap()
}

pub(crate) fn label() -> HoldLabel {
    HoldLabel::new("model", "provider")
}

pub(crate) fn scope(ledger: &Arc<FileLedger>, name: &str, limit: &str, window: Window) -> Scope {
    Budget::new(name)
        .limit(usd(limit), window)
        .ledger(ledger.clone())
        .scope()
}

pub(crate) async fn open(scope: &Scope, bound: &str) -> Result<Hold, Refused> {
    let scopes = std::slice::from_ref(scope);
    Hold::open(scopes, usd(bound), label(), CutRule::Bound).await
}

pub(crate) async fn spend(scope: &Scope, cost: &str) {
    let mut hold = open(scope, cost).await.unwrap();
    hold.sent();
    hold.settle(usd(cost));
}

pub(crate) async fn reserve(
    ledger: &dyn Ledger,
    id: HoldId,
    scopes: &[Scope],
    bound: Usd,
) -> Result<(), Refused> {
    match ledger.reserve(&Ask::new(id, scopes, bound, &label())) {
        Reserving::Done(answer) => answer,
        Reserving::Later(answer) => answer.await,
    }
}

/// What a snapshot says of money, without what changes by looking.
pub(crate) fn money(snapshot: &Snapshot) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        snapshot.accounts.clone(),
        snapshot.doubtful.clone(),
        [
            snapshot.doubtful_count,
            snapshot.bound_exceeded,
            snapshot.would_refuse,
            snapshot.forced,
            snapshot.uncounted,
        ],
    )
}
