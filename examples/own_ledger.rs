//! A ledger of one's own: the one in memory, and a line for the auditors at each end of a hold.
//!
//! `cargo run --example own_ledger`

mod common;

use std::sync::{Arc, Mutex, PoisonError};

use tower_genai::{
    budget::{
        Allowance, Ask, Budget, HoldId, Ledger, LedgerError, LedgerFuture, MemoryLedger, Refund,
        RefundError, Reserving, Scope, Settlement, Snapshot, Window,
    },
    money::Usd,
};

#[derive(Debug, Default)]
struct Audited {
    inner: MemoryLedger,
    lines: Mutex<Vec<String>>,
}

impl Ledger for Audited {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        self.inner.reserve(ask)
    }

    /// Called from `Drop`, so what takes long is not done here.
    fn settle(&self, hold: HoldId, settlement: Settlement) {
        let line = format!("{hold}: {:?}", settlement.end());
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
        self.inner.settle(hold, settlement);
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        self.inner.allowance(scope)
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Ledger::snapshot(&self.inner)
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        Ledger::refund(&self.inner, refund)
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        self.inner.flush()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (_provider, stack) = common::start(None).await?;
    let ledger = Arc::new(Audited::default());
    let budget = Budget::new("app")
        .limit("0.001".parse()?, Window::Day)
        .ledger(ledger.clone());
    let stack = stack.budget(budget);
    for _ in 0..30 {
        common::ask(&stack, "What is for lunch?").await?;
    }
    println!("{}", common::ask(&stack, "And then?").await?);
    let lines = ledger.lines.lock().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{} holds have ended, the last of them as\n{}",
        lines.len(),
        lines.last().map_or("", |line| line)
    );
    Ok(())
}
