use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_genai::{
    budget::{
        Ask, CutRule, Hold, HoldId, HoldLabel, Ledger, RedisLedger, Refused, Reserving, Scope,
        Snapshot,
    },
    money::Usd,
};

use super::server::Server;

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

/// A ledger that waits longer than a busy machine takes.
pub(crate) fn ledger_at(url: &str) -> RedisLedger {
    RedisLedger::new(url)
        .unwrap()
        .deadline(Duration::from_secs(5))
}

pub(crate) fn ledger(server: &Server) -> Arc<RedisLedger> {
    Arc::new(ledger_at(&server.url()))
}

pub(crate) async fn open(scopes: &[Scope], bound: Usd, rule: CutRule) -> Result<Hold, Refused> {
    Hold::open(scopes, bound, label(), rule).await
}

pub(crate) async fn reserve(
    ledger: &dyn Ledger,
    id: HoldId,
    scopes: &[Scope],
    bound: Usd,
) -> Result<(), Refused> {
    answer(ledger.reserve(&Ask::new(id, scopes, bound, &label()))).await
}

pub(crate) async fn answer(reserving: Reserving) -> Result<(), Refused> {
    match reserving {
        Reserving::Done(answer) => answer,
        Reserving::Later(answer) => answer.await,
    }
}

/// Everything that there is, once all ends are through.
pub(crate) async fn snapshot(ledger: &dyn Ledger) -> Snapshot {
    ledger.flush().await.unwrap();
    ledger.snapshot().await.unwrap()
}

pub(crate) async fn spent(scope: &Scope) -> Usd {
    scope.ledger().flush().await.unwrap();
    scope.allowance().unwrap().spent()
}

pub(crate) async fn held(scope: &Scope) -> Usd {
    scope.ledger().flush().await.unwrap();
    scope.allowance().unwrap().held()
}

/// Nothing is held, anywhere.
pub(crate) fn assert_at_rest(snapshot: &Snapshot) {
    assert!(snapshot.holds.is_empty(), "{:?}", snapshot.holds);
    for window in snapshot.accounts.iter().flat_map(|a| &a.windows) {
        assert_eq!((window.held, window.open_holds), (Usd::ZERO, 0));
    }
}
