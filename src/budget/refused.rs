use std::{
    fmt,
    time::{Duration, SystemTime},
};

use thiserror::Error;

use super::{Allowance, Scope};
use crate::money::Usd;

/// Why a hold was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusedKind {
    /// It would not fit even if every open hold were released.
    Spent,
    /// It would fit if enough of the open holds were released.
    Held,
    /// The ledger did not answer.
    Unavailable,
}

/// A hold was refused, and nothing was taken from any scope.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Refused(Box<Reason>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    kind: RefusedKind,
    scope: Scope,
    asked: Usd,
    at: SystemTime,
    allowance: Option<Allowance>,
}

impl Refused {
    /// A refusal by the window that `allowance` shows, at a time `at` of the ledger's clock.
    pub fn by(scope: &Scope, allowance: Allowance, asked: Usd, at: SystemTime) -> Self {
        let kind = if asked <= allowance.left_at_best() {
            RefusedKind::Held
        } else {
            RefusedKind::Spent
        };
        Self(Box::new(Reason {
            kind,
            scope: scope.clone(),
            asked,
            at,
            allowance: Some(allowance),
        }))
    }

    /// A refusal because the ledger does not answer.
    pub fn unavailable(scope: &Scope, asked: Usd, at: SystemTime) -> Self {
        Self(Box::new(Reason {
            kind: RefusedKind::Unavailable,
            scope: scope.clone(),
            asked,
            at,
            allowance: None,
        }))
    }

    /// Why.
    pub fn kind(&self) -> RefusedKind {
        self.0.kind
    }

    /// By which scope.
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// How much was asked for.
    pub fn asked(&self) -> Usd {
        self.0.asked
    }

    /// The window that refused, as it stood then; `None` when the ledger did not answer.
    pub fn allowance(&self) -> Option<&Allowance> {
        self.0.allowance.as_ref()
    }

    /// Whether the amount is above the limit itself, so that no waiting helps.
    pub fn never_fits(&self) -> bool {
        self.allowance()
            .is_some_and(|allowance| self.asked() > allowance.limit())
    }

    /// When the window that refused is renewed; `None` for never.
    pub fn renews_at(&self) -> Option<SystemTime> {
        self.allowance().and_then(Allowance::renews_at)
    }

    /// How long to wait before asking again: to the window's end when spent, a second when held or when the ledger
    /// did not answer. `None` when no waiting helps.
    pub fn retry_after(&self) -> Option<Duration> {
        if self.never_fits() {
            return None;
        }
        match self.kind() {
            RefusedKind::Spent => {
                let renews_at = self.renews_at()?;
                Some(renews_at.duration_since(self.0.at).unwrap_or_default())
            }
            RefusedKind::Held | RefusedKind::Unavailable => Some(Duration::from_secs(1)),
        }
    }
}

impl fmt::Display for Refused {
    /// Names the budget and its limit, but no key and no amount that others have spent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.scope().name();
        let Some(allowance) = self.allowance() else {
            return write!(f, "the ledger of budget `{name}` does not answer");
        };
        let (limit, window) = (allowance.limit(), allowance.window());
        let asked = self.asked();
        match self.kind() {
            _ if self.never_fits() => write!(
                f,
                "the call may cost {asked} USD, more than budget `{name}` has ({limit} USD, window: {window})"
            ),
            RefusedKind::Held => write!(
                f,
                "calls in flight hold what is left of budget `{name}` ({limit} USD, window: {window})"
            ),
            RefusedKind::Spent | RefusedKind::Unavailable => write!(
                f,
                "budget `{name}` is spent ({limit} USD, window: {window}; the call may cost {asked} USD)"
            ),
        }
    }
}
