use std::sync::Arc;

use crate::{
    budget::{AccountId, Alert, HoldId, HoldLabel, Scope},
    money::Usd,
};

/// What people are to be told of once the ledger's lock is off.
#[derive(Debug)]
pub(in crate::budget) enum Told {
    /// An attempt has cost more than was held for it.
    Exceeded {
        hold: HoldId,
        label: HoldLabel,
        bound: Usd,
        spent: Usd,
        account: Option<Arc<AccountId>>,
    },
    /// Nobody has ended a hold, and its lease is over.
    Expired {
        hold: HoldId,
        label: HoldLabel,
        bound: Usd,
    },
    Alert(Scope, Alert),
}

impl Told {
    pub(in crate::budget) fn tell(self) {
        match self {
            Self::Exceeded {
                hold,
                label,
                bound,
                spent,
                account,
            } => tracing::error!(
                hold = %hold,
                account = account.as_ref().map(tracing::field::display),
                model = label.model(),
                provider = label.provider(),
                bound_usd = %bound,
                spent_usd = %spent,
                "bound exceeded: an attempt cost more than was held for it",
            ),
            Self::Expired { hold, label, bound } => tracing::warn!(
                hold = %hold,
                model = label.model(),
                provider = label.provider(),
                bound_usd = %bound,
                "hold expired: nobody has ended it, and its bound counts as spent",
            ),
            Self::Alert(scope, alert) => scope.alert(&alert),
        }
    }
}
