use tokio::sync::oneshot;

use super::ClosedWindow;
use crate::budget::{HoldId, LedgerError};

/// Whoever waits for a commit that begins after it came.
#[derive(Debug)]
pub(super) enum Waiter {
    /// A hold that is in the book, and granted once it is in the file. A forced one is granted in any case.
    Hold {
        id: HoldId,
        forced: bool,
        granted: oneshot::Sender<bool>,
    },
    /// Somebody who wants to know that all is written.
    Flush(oneshot::Sender<Result<(), LedgerError>>),
    /// Somebody who wants to read the statement.
    Closed(oneshot::Sender<Result<Vec<ClosedWindow>, LedgerError>>),
}

impl Waiter {
    /// Tells that it is written. Whoever went away meanwhile is told nothing.
    pub(super) fn written(self, closed: impl FnOnce() -> Result<Vec<ClosedWindow>, LedgerError>) {
        match self {
            Self::Hold { granted, .. } => drop(granted.send(true)),
            Self::Flush(told) => drop(told.send(Ok(()))),
            Self::Closed(told) => drop(told.send(closed())),
        }
    }

    /// Tells that it is not. Its hold is released by then, unless it is forced.
    pub(super) fn failed(self, error: &LedgerError) {
        match self {
            Self::Hold {
                granted, forced, ..
            } => drop(granted.send(forced)),
            Self::Flush(told) => drop(told.send(Err(error.clone()))),
            Self::Closed(told) => drop(told.send(Err(error.clone()))),
        }
    }
}
