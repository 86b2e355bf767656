use std::{fmt, sync::Arc};

use super::{AccountId, Allowance, Ledger, Limit, Mode, ScopeKey, Share, TimeZone};

/// What a [`Budget`](super::Budget) says, apart from how keys are found. Shared by all its scopes.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) name: Arc<str>,
    pub(super) limits: Vec<Limit>,
    pub(super) zone: TimeZone,
    pub(super) mode: Mode,
    pub(super) default_max_output: u32,
    pub(super) max_share: Share,
    pub(super) ledger: Arc<dyn Ledger>,
}

/// A holder of money that calls spend from: one budget, or one key's own of it. Cheap to clone.
///
/// Two scopes are equal when they stand for the same account in the same ledger under the same limits.
#[derive(Clone)]
pub struct Scope {
    terms: Arc<Terms>,
    account: Arc<AccountId>,
}

impl Scope {
    pub(super) fn new(terms: Arc<Terms>, key: Option<ScopeKey>) -> Self {
        let account = Arc::new(AccountId::new(Arc::clone(&terms.name), key));
        Self { terms, account }
    }

    /// The budget's name.
    pub fn name(&self) -> &str {
        &self.terms.name
    }

    /// The key, where there is one such budget for each.
    pub fn key(&self) -> Option<&ScopeKey> {
        self.account.key()
    }

    /// What the ledger keeps its account under.
    pub fn account(&self) -> &Arc<AccountId> {
        &self.account
    }

    /// Whether it refuses.
    pub fn mode(&self) -> Mode {
        self.terms.mode
    }

    /// The limits, one per kind of window.
    pub fn limits(&self) -> &[Limit] {
        &self.terms.limits
    }

    /// The clock that the windows follow.
    pub fn time_zone(&self) -> &TimeZone {
        &self.terms.zone
    }

    /// Whether it refuses what exceeds it: it enforces, and has a limit.
    pub fn is_hard(&self) -> bool {
        self.mode() == Mode::Enforce && !self.limits().is_empty()
    }

    /// How many tokens an answer may have where the caller sets no limit.
    pub fn default_max_output(&self) -> u32 {
        self.terms.default_max_output
    }

    /// The most of what is left that a call without a limit of its own may hold.
    pub fn max_share(&self) -> Share {
        self.terms.max_share
    }

    /// The ledger that keeps the account.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.terms.ledger
    }

    /// What is left, in the window where least is; `None` where there is no limit.
    ///
    /// A hint: by the time it is read, a neighbour may have taken it. Only a [`Hold`](super::Hold) is sure.
    pub fn allowance(&self) -> Option<Allowance> {
        self.terms.ledger.allowance(self)
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.terms, &other.terms);
        self.account == other.account
            && (Arc::ptr_eq(a, b)
                || (Arc::ptr_eq(&a.ledger, &b.ledger) && a.limits == b.limits && a.mode == b.mode))
    }
}

impl Eq for Scope {}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("account", &format_args!("{}", self.account))
            .field("limits", &self.terms.limits)
            .field("mode", &self.terms.mode)
            .finish_non_exhaustive()
    }
}
