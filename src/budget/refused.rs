use std::{
    fmt,
    time::{Duration, SystemTime},
};

use thiserror::Error;

use super::{Allowance, RateLimit, Scope};
use crate::money::Usd;

/// Why a hold was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusedKind {
    /// It would not fit even if every open hold were released.
    Spent,
    /// It would fit if enough of the open holds were released.
    Held,
    /// More than a rate limit lets pass now.
    Rate,
    /// The ledger has no room for another account.
    Full,
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
    rate: Option<(RateLimit, Option<Duration>)>,
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
            rate: None,
        }))
    }

    /// A refusal by a rate limit; `wait` is how long until it fits, `None` where it never does.
    pub fn by_rate(
        scope: &Scope,
        rate: RateLimit,
        wait: Option<Duration>,
        asked: Usd,
        at: SystemTime,
    ) -> Self {
        let refused = Self::of_kind(RefusedKind::Rate, scope, asked, at);
        Self(Box::new(Reason {
            rate: Some((rate, wait)),
            ..*refused.0
        }))
    }

    /// A refusal because the ledger does not answer.
    pub fn unavailable(scope: &Scope, asked: Usd, at: SystemTime) -> Self {
        Self::of_kind(RefusedKind::Unavailable, scope, asked, at)
    }

    /// A refusal because the ledger has no room for the scope's account.
    pub fn full(scope: &Scope, asked: Usd, at: SystemTime) -> Self {
        Self::of_kind(RefusedKind::Full, scope, asked, at)
    }

    fn of_kind(kind: RefusedKind, scope: &Scope, asked: Usd, at: SystemTime) -> Self {
        Self(Box::new(Reason {
            kind,
            scope: scope.clone(),
            asked,
            at,
            allowance: None,
            rate: None,
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

    /// The rate limit that refused, where one did.
    pub fn rate(&self) -> Option<RateLimit> {
        self.0.rate.map(|(rate, _)| rate)
    }

    /// The window that refused, as it stood then; `None` where it was a rate limit or the ledger itself.
    pub fn allowance(&self) -> Option<&Allowance> {
        self.0.allowance.as_ref()
    }

    /// Whether the amount is above the limit itself, so that no waiting helps.
    pub fn never_fits(&self) -> bool {
        let by_rate = self.0.rate.is_some_and(|(_, wait)| wait.is_none());
        by_rate
            || self
                .allowance()
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
            RefusedKind::Rate => self.0.rate.and_then(|(_, wait)| wait),
            RefusedKind::Full => Some(Duration::from_secs(60)),
            RefusedKind::Held | RefusedKind::Unavailable => Some(Duration::from_secs(1)),
        }
    }
}

impl fmt::Display for Refused {
    /// Names the budget, its limit and its renewal, but no key and no amount that others have spent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.scope().name();
        if let Some(rate) = self.rate() {
            return match self.never_fits() {
                true => write!(
                    f,
                    "the call may use more than budget `{name}` lets pass at once ({rate})"
                ),
                false => write!(f, "budget `{name}` lets no more pass now ({rate})"),
            };
        }
        let Some(allowance) = self.allowance() else {
            return match self.kind() {
                RefusedKind::Full => write!(
                    f,
                    "the ledger of budget `{name}` has no room for another account"
                ),
                _ => write!(f, "the ledger of budget `{name}` does not answer"),
            };
        };
        let (limit, window) = (allowance.limit(), allowance.window());
        let asked = self.asked();
        if self.never_fits() {
            return write!(
                f,
                "the call may cost {asked} USD, more than budget `{name}` has ({limit} USD, window: {window})"
            );
        }
        if self.kind() == RefusedKind::Held {
            return write!(
                f,
                "calls in flight hold what is left of budget `{name}` ({limit} USD, window: {window})"
            );
        }
        write!(
            f,
            "budget `{name}` is spent ({limit} USD, window: {window}; the call may cost {asked} USD"
        )?;
        match self.renews_at().map(jiff::Timestamp::try_from) {
            Some(Ok(at)) => write!(f, "; it is renewed at {at})"),
            _ => f.write_str(")"),
        }
    }
}
