use std::{sync::Arc, time::SystemTime};

use smallvec::SmallVec;

use super::Labels;
use crate::{
    budget::{AccountId, Ask, HoldId, HoldView, RateLimit, Refused},
    money::Usd,
};

/// An open hold.
#[derive(Clone, Debug)]
pub(in crate::budget) struct Held {
    pub(in crate::budget) bound: Usd,
    pub(in crate::budget) label: u32,
    pub(in crate::budget) charges: SmallVec<[Charge; 4]>,
    pub(super) rates: SmallVec<[Taken; 1]>,
    pub(in crate::budget) since: SystemTime,
    pub(in crate::budget) expires_at: SystemTime,
}

/// A window that a hold was taken from.
#[derive(Clone, Debug)]
pub(in crate::budget) struct Charge {
    pub(in crate::budget) account: Arc<AccountId>,
    pub(in crate::budget) place: u32,
    pub(in crate::budget) serial: u64,
}

/// Tokens that a hold has taken of a rate limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) place: u32,
    /// Which of the accounts that have had this place.
    pub(super) born: u64,
    pub(super) limit: RateLimit,
    pub(super) count: u64,
    /// When time has brought them back by itself, in microseconds.
    pub(super) back_at: u64,
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

    pub(super) fn view(&self, id: HoldId, labels: &Labels) -> HoldView {
        HoldView {
            id,
            label: labels.of(self.label),
            bound: self.bound,
            accounts: self.accounts(),
            since: self.since,
            expires_at: self.expires_at,
        }
    }
}
