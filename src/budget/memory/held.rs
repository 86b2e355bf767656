use std::{sync::Arc, time::SystemTime};

use crate::{
    budget::{AccountId, Ask, HoldId, HoldLabel, HoldView, Refused},
    money::Usd,
};

/// An open hold.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bound: Usd,
    pub(super) label: HoldLabel,
    pub(super) charges: Vec<Charge>,
    pub(super) since: SystemTime,
}

/// A window that a hold was taken from.
#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) account: Arc<AccountId>,
    pub(super) serial: u64,
}

impl Held {
    /// Whether this hold is the one asked for, so that asking again is harmless.
    pub(super) fn covers(&self, ask: &Ask<'_>, now: SystemTime) -> Result<(), Refused> {
        let foreign = ask.scopes().iter().find(|scope| {
            self.bound < ask.bound()
                || (!scope.limits().is_empty()
                    && self.charges.iter().all(|c| c.account != *scope.account()))
        });
        match foreign {
            Some(scope) => Err(Refused::unavailable(scope, ask.bound(), now)),
            None => Ok(()),
        }
    }

    pub(super) fn outermost(&self) -> Option<Arc<AccountId>> {
        self.charges
            .first()
            .map(|charge| Arc::clone(&charge.account))
    }

    pub(super) fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = Vec::new();
        for charge in &self.charges {
            if !accounts.contains(&charge.account) {
                accounts.push(AccountId::clone(&charge.account));
            }
        }
        accounts
    }

    pub(super) fn view(&self, id: HoldId) -> HoldView {
        HoldView {
            id,
            label: self.label.clone(),
            bound: self.bound,
            accounts: self.accounts(),
            since: self.since,
        }
    }
}
