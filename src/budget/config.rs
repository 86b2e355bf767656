use std::{fmt, sync::Arc, time::Duration};

use http::request::Parts;

use super::{
    Ledger, Limit, MemoryLedger, Mode, OnFailure, RateLimit, Scope, ScopeKey, Share, TimeZone,
    UnknownTimeZone, Watcher, Window, alert::Alerts, scope::Terms,
};
use crate::{context::Context, money::Usd};

/// A wait without end, as calls go.
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 86_400);
const DEFAULT_MAX_OUTPUT: u32 = 4_096;

type KeyOf = Arc<dyn Fn(&Parts) -> Option<ScopeKey> + Send + Sync>;

/// How much may be spent, in which time, and what happens then: the configuration of a [`BudgetLayer`].
///
/// Without a [`limit`](Self::limit) it refuses nothing and records nothing. See the [module docs](crate::budget) for
/// an example.
///
/// [`BudgetLayer`]: super::BudgetLayer
#[derive(Clone)]
pub struct Budget {
    terms: Arc<Terms>,
    each: Each,
}

#[derive(Clone)]
enum Each {
    /// One account for all calls, made once.
    Whole(Scope),
    Tenant,
    Key(KeyOf),
}

impl Budget {
    /// A budget of this name, without a limit yet, with a memory ledger of its own.
    ///
    /// Within one ledger the name is the account: two budgets of one name there spend the same money, and the limits
    /// of either count what is spent under both.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let terms = Arc::new(Terms {
            name: name.into(),
            limits: Vec::new(),
            rates: Vec::new(),
            zone: TimeZone::UTC,
            mode: Mode::Enforce,
            default_max_output: DEFAULT_MAX_OUTPUT,
            max_share: Share::SIXTEENTH,
            hold_wait: Duration::ZERO,
            on_failure: OnFailure::Refuse,
            alerts: Alerts::default(),
            room: Arc::default(),
            ledger: Arc::new(MemoryLedger::new()),
        });
        let each = Each::Whole(Scope::new(Arc::clone(&terms), None));
        Self { terms, each }
    }

    /// At most `amount` in each `window`. Several kinds of window limit together; a kind set again is replaced.
    #[must_use]
    pub fn limit(self, amount: Usd, window: Window) -> Self {
        self.with(|terms| {
            terms.limits.retain(|limit| limit.window() != window);
            terms.limits.push(Limit::new(amount, window));
        })
    }

    /// At most so many requests, or tokens, in a time, evenly. A measure set again is replaced.
    ///
    /// A call that does not fit is refused; one that is answered from a cache takes nothing. Where a budget has a limit of
    /// tokens, the attempt takes the most that it can use, and what it has not used comes back when it ends.
    #[must_use]
    pub fn rate(self, rate: RateLimit) -> Self {
        self.with(|terms| {
            terms
                .rates
                .retain(|other| other.measure() != rate.measure());
            terms.rates.push(rate);
        })
    }

    /// The clock that windows follow, by its IANA name. Default: UTC.
    ///
    /// An account whose zone is changed finishes its running windows by the old one.
    ///
    /// # Errors
    /// When the system knows no zone of this name.
    pub fn time_zone(self, name: &str) -> Result<Self, UnknownTimeZone> {
        let zone = TimeZone::named(name)?;
        Ok(self.with(|terms| terms.zone = zone))
    }

    /// Whether it refuses. Default: it does.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        self.with(|terms| terms.mode = mode)
    }

    /// Counts and notes what it would have refused, and refuses nothing.
    #[must_use]
    pub fn observe(self) -> Self {
        self.mode(Mode::Observe)
    }

    /// How many tokens an answer may have where the caller sets no limit. Default: 4096.
    #[must_use]
    pub fn default_max_output(self, tokens: u32) -> Self {
        self.with(|terms| terms.default_max_output = tokens)
    }

    /// The most of what is left that a call without a limit of its own may hold. Default: a sixteenth.
    #[must_use]
    pub fn max_share(self, share: Share) -> Self {
        self.with(|terms| terms.max_share = share)
    }

    /// How long a call that does not fit only because of what others hold may wait for it, first come, first served among
    /// this budget and those that are [`within`](Self::within) it or replace it. Default: it is refused at once.
    ///
    /// Calls of this process are woken when money comes back; what others free is looked for every 100 ms. Waiting needs
    /// tokio's timers. Dropping the call gives its place up. At most 30 days.
    ///
    /// A call asks for money when the client is ready for it, and waits with that place in hand: where few calls may be
    /// under way at a time, those who wait count among them.
    #[must_use]
    pub fn hold_wait(self, most: Duration) -> Self {
        self.with(|terms| terms.hold_wait = most.min(LONGEST_WAIT))
    }

    /// What happens to calls while the ledger does not answer. Default: they are refused.
    #[must_use]
    pub fn on_failure(self, on_failure: OnFailure) -> Self {
        self.with(|terms| terms.on_failure = on_failure)
    }

    /// At which shares of a limit people are told, once in each window: when that much is spent, or for the whole, when a
    /// call is refused and less than a sixteenth is left. Default: a half, four fifths, and the whole.
    ///
    /// Each is an event of the log (`WARN`), and [`on_alert`](Self::on_alert) is called.
    #[must_use]
    pub fn alerts(self, shares: impl IntoIterator<Item = Share>) -> Self {
        let mut shares: Vec<_> = shares.into_iter().collect();
        shares.sort_by_key(|share| share.millionths());
        self.with(|terms| terms.alerts.shares = shares.into())
    }

    /// Who is told of alerts besides the log.
    #[must_use]
    pub fn on_alert(self, watcher: impl Watcher + 'static) -> Self {
        self.with(|terms| terms.alerts.watcher = Some(Arc::new(watcher)))
    }

    /// Where accounts are kept. Default: a [`MemoryLedger`] of its own.
    #[must_use]
    pub fn ledger(self, ledger: Arc<dyn Ledger>) -> Self {
        self.with(|terms| {
            terms.ledger = ledger;
            // Those who wait for the money of another ledger are no neighbours.
            terms.room = Arc::default();
        })
    }

    /// Keeps its accounts in the ledger of `outer`: budgets that nest should, since only within one ledger are holds
    /// taken on all of them at once. It does not open `outer`: that is for a layer further out.
    #[must_use]
    pub fn within(self, outer: &Self) -> Self {
        let (ledger, room) = (
            Arc::clone(&outer.terms.ledger),
            Arc::clone(&outer.terms.room),
        );
        self.with(|terms| (terms.ledger, terms.room) = (ledger, room))
    }

    /// One such budget for each tenant of the [`Context`]. Calls without a tenant share one.
    #[must_use]
    pub fn each_tenant(mut self) -> Self {
        self.each = Each::Tenant;
        self
    }

    /// One such budget for each key that `key` finds in a request's head. Calls without a key share one.
    ///
    /// Every key gets the whole amount: take it from what is authenticated, not from what a caller may make up.
    #[must_use]
    pub fn each(
        mut self,
        key: impl Fn(&Parts) -> Option<ScopeKey> + Send + Sync + 'static,
    ) -> Self {
        self.each = Each::Key(Arc::new(key));
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.terms.name
    }

    /// The scope of calls without a key.
    pub fn scope(&self) -> Scope {
        match &self.each {
            Each::Whole(scope) => scope.clone(),
            Each::Tenant | Each::Key(_) => Scope::new(Arc::clone(&self.terms), None),
        }
    }

    /// The scope of one key.
    pub fn scope_of(&self, key: ScopeKey) -> Scope {
        Scope::new(Arc::clone(&self.terms), Some(key))
    }

    pub(crate) fn opens(&self, parts: &Parts, context: &Context) -> Scope {
        let key = match &self.each {
            Each::Whole(scope) => return scope.clone(),
            Each::Tenant => context.tenant().map(ScopeKey::from),
            Each::Key(key) => key(parts),
        };
        Scope::new(Arc::clone(&self.terms), key)
    }

    fn with(mut self, change: impl FnOnce(&mut Terms)) -> Self {
        change(Arc::make_mut(&mut self.terms));
        if let Each::Whole(scope) = &mut self.each {
            *scope = Scope::new(Arc::clone(&self.terms), None);
        }
        self
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = match &self.each {
            Each::Whole(_) => "whole",
            Each::Tenant => "tenant",
            Each::Key(_) => "key",
        };
        f.debug_struct("Budget")
            .field("name", &self.terms.name)
            .field("limits", &self.terms.limits)
            .field("time_zone", &self.terms.zone)
            .field("mode", &self.terms.mode)
            .field("each", &format_args!("{each}"))
            .finish_non_exhaustive()
    }
}
