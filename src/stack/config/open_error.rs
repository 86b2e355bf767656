use std::io;

use thiserror::Error;

use crate::{budget::LedgerError, profile::store::StoreError};

/// Why what a configuration names could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Where what is learned is kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file of the decision log.
    #[error("the decision log: {0}")]
    DecisionLog(io::Error),
}
