use std::sync::Arc;

use thiserror::Error;

use super::{AccountId, HoldId, LedgerError};
use crate::money::Usd;

/// An operator's correction: spending that turned out not to be owed. The only way to lower what is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    id: Arc<str>,
    target: RefundTarget,
    amount: Usd,
}

/// What a refund corrects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefundTarget {
    /// A doubtful charge, in all windows that took it.
    Hold(HoldId),
    /// An account, in all its running windows.
    Account(AccountId),
}

impl Refund {
    /// Of a doubtful charge that the snapshot lists. At most what it was charged is taken back, however many refunds.
    ///
    /// `id` is the operator's own name for this correction; the same id again changes nothing.
    pub fn of_hold(id: impl Into<Arc<str>>, hold: HoldId, amount: Usd) -> Self {
        Self {
            id: id.into(),
            target: RefundTarget::Hold(hold),
            amount,
        }
    }

    /// Of an account. At most what is spent is taken back.
    ///
    /// It belongs to no hold: refunds of holds, and ends that correct what had expired, take off beside it.
    ///
    /// `id` is the operator's own name for this correction; the same id again changes nothing.
    pub fn of_account(id: impl Into<Arc<str>>, account: AccountId, amount: Usd) -> Self {
        Self {
            id: id.into(),
            target: RefundTarget::Account(account),
            amount,
        }
    }

    /// The operator's name for it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it corrects.
    pub fn target(&self) -> &RefundTarget {
        &self.target
    }

    /// How much at most.
    pub fn amount(&self) -> Usd {
        self.amount
    }
}

/// A refund was not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RefundError {
    /// No such hold among the doubtful charges that are listed.
    #[error("no doubtful charge of this hold is listed")]
    UnknownHold,
    /// No such account, or nothing was spent there.
    #[error("the ledger has no such account")]
    UnknownAccount,
    /// The ledger does not answer. The refund may have been made: repeat it under the same id.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
