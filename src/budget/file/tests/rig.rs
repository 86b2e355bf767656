use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::platter::Platter;
use crate::{
    budget::{
        Ask, Budget, FileLedger, FileLedgerOptions, HoldId, HoldLabel, Ledger, LedgerError,
        Refused, Reserving, Scope, Window,
    },
    context::Clock,
    money::Usd,
};

pub(super) fn nanos(nanos: u64) -> Usd {
    Usd::from_nanos(nanos).unwrap()
}

/// A ledger on a platter, whose clock stands.
pub(super) fn start(platter: &Platter) -> Result<Arc<FileLedger>, LedgerError> {
    start_with(platter, FileLedger::options())
}

pub(super) fn start_with(
    platter: &Platter,
    options: FileLedgerOptions,
) -> Result<Arc<FileLedger>, LedgerError> {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_774_699_200);
    let options = options.clock(Clock::manual(noon));
    FileLedger::start(Box::new(platter.clone()), options).map(Arc::new)
}

pub(super) fn scope(ledger: &Arc<FileLedger>, name: &str, limit: u64, window: Window) -> Scope {
    let budget = Budget::new(name).limit(nanos(limit), window);
    budget.ledger(ledger.clone()).scope()
}

pub(super) fn wait<T>(answer: impl Future<Output = T>) -> T {
    futures::executor::block_on(answer)
}

pub(super) fn ask(ledger: &FileLedger, id: HoldId, scopes: &[Scope], bound: u64) -> Reserving {
    let label = HoldLabel::new("model", "provider");
    ledger.reserve(&Ask::new(id, scopes, nanos(bound), &label))
}

pub(super) fn reserve(
    ledger: &FileLedger,
    scopes: &[Scope],
    bound: u64,
) -> Result<HoldId, Refused> {
    let id = HoldId::unique();
    answer(ask(ledger, id, scopes, bound)).map(|()| id)
}

pub(super) fn answer(reserving: Reserving) -> Result<(), Refused> {
    match reserving {
        Reserving::Done(answer) => answer,
        Reserving::Later(answer) => wait(answer),
    }
}

pub(super) fn spent(ledger: &FileLedger, name: &str) -> u64 {
    let snapshot = ledger.snapshot();
    let account = snapshot.account(name);
    let windows = account.iter().flat_map(|account| &account.windows);
    windows
        .map(|window| window.spent.nanos())
        .max()
        .unwrap_or(0)
}
