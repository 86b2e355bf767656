use std::{sync::Arc, time::SystemTime};

use super::{AccountId, Limit, Scope, Share, Window};
use crate::money::Usd;

/// What a scope still permits in one window, as seen a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    account: Arc<AccountId>,
    limit: Limit,
    spent: Usd,
    held: Usd,
    max_share: Share,
    renews_at: Option<SystemTime>,
}

impl Allowance {
    /// What a ledger answers: `spent` and `held` of the scope's account in the running window of `limit`.
    pub fn new(
        scope: &Scope,
        limit: Limit,
        spent: Usd,
        held: Usd,
        renews_at: Option<SystemTime>,
    ) -> Self {
        Self {
            account: Arc::clone(scope.account()),
            limit,
            spent,
            held,
            max_share: scope.max_share(),
            renews_at,
        }
    }

    /// The one of these scopes that permits least. Those that only observe do not count; `None` where none enforces.
    pub fn tightest(scopes: &[Scope]) -> Option<Self> {
        scopes
            .iter()
            .filter(|scope| scope.is_hard())
            .filter_map(Scope::allowance)
            .min_by_key(Self::left)
    }

    /// Whose it is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The kind of window that it is about.
    pub fn window(&self) -> Window {
        self.limit.window()
    }

    /// The most for one window.
    pub fn limit(&self) -> Usd {
        self.limit.amount()
    }

    /// What is settled in this window.
    pub fn spent(&self) -> Usd {
        self.spent
    }

    /// What calls in flight may cost yet.
    pub fn held(&self) -> Usd {
        self.held
    }

    /// What may still be held: the limit less what is spent and held.
    pub fn left(&self) -> Usd {
        self.limit()
            .saturating_sub(self.spent)
            .saturating_sub(self.held)
    }

    /// What is left when nothing that is held is spent.
    pub fn left_at_best(&self) -> Usd {
        self.limit().saturating_sub(self.spent)
    }

    /// The most that a call without a limit of its own may hold: the scope's
    /// [`max_share`](super::Budget::max_share) of what is left.
    pub fn share(&self) -> Usd {
        self.max_share.of(self.left())
    }

    /// When the next window begins; `None` for never.
    pub fn renews_at(&self) -> Option<SystemTime> {
        self.renews_at
    }
}
