use std::{fmt, sync::Arc};

use http::request::Parts;

use super::{
    Ledger, Limit, MemoryLedger, Mode, Scope, ScopeKey, Share, TimeZone, UnknownTimeZone, Window,
    scope::Terms,
};
use crate::{context::Context, money::Usd};

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
            zone: TimeZone::UTC,
            mode: Mode::Enforce,
            default_max_output: DEFAULT_MAX_OUTPUT,
            max_share: Share::SIXTEENTH,
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

    /// Where accounts are kept. Default: a [`MemoryLedger`] of its own.
    #[must_use]
    pub fn ledger(self, ledger: Arc<dyn Ledger>) -> Self {
        self.with(|terms| terms.ledger = ledger)
    }

    /// Keeps its accounts in the ledger of `outer`: budgets that nest should, since only within one ledger are holds
    /// taken on all of them at once. It does not open `outer`: that is for a layer further out.
    #[must_use]
    pub fn within(self, outer: &Self) -> Self {
        self.ledger(Arc::clone(&outer.terms.ledger))
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
