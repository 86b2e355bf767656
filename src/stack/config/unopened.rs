use std::{future::ready, time::SystemTime};

use crate::{
    budget::{
        Allowance, Ask, HoldId, Ledger, LedgerError, LedgerFuture, Refund, RefundError, Refused,
        Reserving, Scope, Settlement, Snapshot,
    },
    money::Usd,
};

/// Stands for a ledger that was not opened: it answers nobody.
#[derive(Debug)]
pub(super) struct Unopened;

fn why() -> LedgerError {
    LedgerError::Unavailable("it was not opened; see `Config::open`".into())
}

impl Ledger for Unopened {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let refused = ask.scopes().first();
        let refused =
            refused.map(|scope| Refused::unavailable(scope, ask.bound(), SystemTime::now()));
        Reserving::Done(refused.map_or(Ok(()), Err))
    }

    fn settle(&self, _: HoldId, _: Settlement) {}

    fn allowance(&self, _: &Scope) -> Option<Allowance> {
        None
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Box::pin(ready(Err(why())))
    }

    fn refund(&self, _: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        Box::pin(ready(Err(why().into())))
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        Box::pin(ready(Ok(())))
    }
}
