use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak},
    time::Duration,
};

use super::{
    AccountId, Alert, Allowance, Ledger, Limit, Mode, OnFailure, RateLimit, ScopeKey, Share,
    TimeZone, alert::Alerts, waiting::Room,
};

/// What a [`Budget`](super::Budget) says, apart from how keys are found. Shared by all its scopes.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) name: Arc<str>,
    pub(super) limits: Vec<Limit>,
    pub(super) rates: Vec<RateLimit>,
    pub(super) zone: TimeZone,
    pub(super) mode: Mode,
    pub(super) default_max_output: u32,
    pub(super) max_share: Share,
    pub(super) hold_wait: Duration,
    pub(super) on_failure: OnFailure,
    pub(super) alerts: Alerts,
    pub(super) room: Arc<Room>,
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

    /// The rate limits, one per measure.
    pub fn rates(&self) -> &[RateLimit] {
        &self.terms.rates
    }

    /// The clock that the windows follow.
    pub fn time_zone(&self) -> &TimeZone {
        &self.terms.zone
    }

    /// Whether it refuses what exceeds it: it enforces, and has a limit.
    pub fn is_hard(&self) -> bool {
        self.mode() == Mode::Enforce && !self.limits().is_empty()
    }

    /// Whether a ledger keeps an account of it: it has limits of money or of rates.
    pub fn is_counted(&self) -> bool {
        !self.limits().is_empty() || !self.rates().is_empty()
    }

    /// Whether it can refuse: money or rates.
    pub fn refuses(&self) -> bool {
        self.mode() == Mode::Enforce && self.is_counted()
    }

    /// How many tokens an answer may have where the caller sets no limit.
    pub fn default_max_output(&self) -> u32 {
        self.terms.default_max_output
    }

    /// The most of what is left that a call without a limit of its own may hold.
    pub fn max_share(&self) -> Share {
        self.terms.max_share
    }

    /// How long a call may wait for money that others hold.
    pub fn hold_wait(&self) -> Duration {
        self.terms.hold_wait
    }

    /// What happens while the ledger does not answer.
    pub fn on_failure(&self) -> OnFailure {
        self.terms.on_failure
    }

    /// The shares of each limit that are told of when they are reached, rising.
    pub fn alerts(&self) -> &[Share] {
        &self.terms.alerts.shares
    }

    /// Tells of an alert: an event of the log, and the budget's own watcher. For ledgers, which find that a share is
    /// reached; they hold no lock then.
    pub fn alert(&self, alert: &Alert) {
        let seen = alert.allowance();
        tracing::warn!(
            account = %seen.account(),
            window = %seen.window(),
            percent = alert.share().percent(),
            limit_usd = %seen.limit(),
            spent_usd = %seen.spent(),
            "budget alert",
        );
        if let Some(watcher) = &self.terms.alerts.watcher {
            let told = catch_unwind(AssertUnwindSafe(|| watcher.alert(alert)));
            if told.is_err() {
                tracing::error!(account = %seen.account(), "a watcher of alerts panicked");
            }
        }
    }

    pub(super) fn room(&self) -> &Arc<Room> {
        &self.terms.room
    }

    /// What leads back to this scope as long as anybody else has its budget, and keeps nothing alive.
    pub(super) fn downgrade(&self) -> WeakScope {
        WeakScope(Arc::downgrade(&self.terms))
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

/// See [`Scope::downgrade`].
#[derive(Clone, Debug, Default)]
pub(super) struct WeakScope(Weak<Terms>);

impl WeakScope {
    /// Whether it leads to the budget of this scope as it is now.
    pub(super) fn leads_to(&self, scope: &Scope) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&scope.terms))
    }

    pub(super) fn upgrade(&self, account: &Arc<AccountId>) -> Option<Scope> {
        let (terms, account) = (self.0.upgrade()?, Arc::clone(account));
        Some(Scope { terms, account })
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.terms, &other.terms);
        self.account == other.account
            && (Arc::ptr_eq(a, b)
                || (Arc::ptr_eq(&a.ledger, &b.ledger)
                    && a.limits == b.limits
                    && a.rates == b.rates
                    && a.mode == b.mode))
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
