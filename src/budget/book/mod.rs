//! What a ledger of one process knows, and what happens to it step by step: no clock, no lock, no files.

mod account;
mod accounts;
#[cfg(feature = "redb")]
mod batch;
#[allow(clippy::module_inception)]
mod book;
mod doubts;
mod ending;
mod held;
mod kinds;
mod labels;
mod record;
mod refunding;
mod refunds;
mod reserving;
mod told;
mod touched;

pub(super) use self::{
    account::Account,
    accounts::Accounts,
    book::Book,
    doubts::{Doubt, Doubts},
    held::{Charge, Held},
    kinds::Kinds,
    labels::Labels,
    record::Record,
    refunds::Refunds,
    told::Told,
    touched::Touched,
};

#[cfg(feature = "redb")]
pub(super) use self::{
    batch::{Batch, DoubtRow, HoldRow, RefundRow, StateRow, WindowRow},
    book::{Counts, Rules},
    record::shown,
};
