//! The ledger that survives its process.

mod closed;
mod disk;
mod ledger;
mod options;
mod rows;
mod shared;
mod store;
mod waiter;
mod writer;

#[cfg(test)]
mod tests;

pub use self::{closed::ClosedWindow, ledger::FileLedger, options::FileLedgerOptions};
