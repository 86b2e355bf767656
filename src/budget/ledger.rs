use std::{fmt, pin::Pin};

use thiserror::Error;

use super::{
    Allowance, HoldId, HoldLabel, Measure, Refund, RefundError, Refused, Scope, Settlement,
    Snapshot,
};
use crate::money::Usd;

/// A wish to hold money: `bound` on every one of `scopes`, and what it takes of their [rate limits](super::RateLimit).
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    id: HoldId,
    scopes: &'a [Scope],
    bound: Usd,
    label: &'a HoldLabel,
    requests: u64,
    tokens: u64,
    forced: bool,
}

impl<'a> Ask<'a> {
    /// Of an id that was never used for another hold; scopes of this ledger only, the outermost first.
    pub const fn new(id: HoldId, scopes: &'a [Scope], bound: Usd, label: &'a HoldLabel) -> Self {
        Self {
            id,
            scopes,
            bound,
            label,
            requests: 0,
            tokens: 0,
            forced: false,
        }
    }

    /// Takes so many requests of the scopes' rate limits, which are not given back.
    #[must_use]
    pub const fn requests(mut self, requests: u64) -> Self {
        self.requests = requests;
        self
    }

    /// Takes so many tokens of the scopes' rate limits: the most that the attempt can use.
    #[must_use]
    pub const fn tokens(mut self, tokens: u64) -> Self {
        self.tokens = tokens;
        self
    }

    /// Takes it whatever the limits say: the call goes on already, since its scopes [fail
    /// open](super::OnFailure::Admit).
    #[must_use]
    pub const fn forced(mut self) -> Self {
        self.forced = true;
        self
    }

    /// What the hold will be named.
    pub const fn id(&self) -> HoldId {
        self.id
    }

    /// On which scopes, the outermost first.
    pub const fn scopes(&self) -> &'a [Scope] {
        self.scopes
    }

    /// The most that the attempt can cost.
    pub const fn bound(&self) -> Usd {
        self.bound
    }

    /// What the money is for.
    pub const fn label(&self) -> &'a HoldLabel {
        self.label
    }

    /// How much it takes of a rate limit of this measure.
    pub const fn amount(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Requests => self.requests,
            Measure::Tokens => self.tokens,
        }
    }

    /// Whether limits do not count.
    pub const fn is_forced(&self) -> bool {
        self.forced
    }
}

/// What a ledger answers later.
pub type LedgerFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A ledger could not do what an operator asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// What keeps the accounts does not answer, or answers with an error.
    #[error("the ledger does not answer: {0}")]
    Unavailable(Box<str>),
    /// What was kept is gone or older than what was acknowledged before; see the ledger's own docs.
    #[error("the ledger has lost what it kept: {0}")]
    Lost(Box<str>),
    /// What is kept cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Corrupt(Box<str>),
}

/// The answer to an [`Ask`]: at once, or later.
pub enum Reserving {
    /// Held, or refused.
    Done(Result<(), Refused>),
    /// To be waited for. When it is dropped instead, the hold is settled as [`End::Released`](super::End::Released) right after,
    /// unless the ask was [forced](Ask::is_forced).
    Later(LedgerFuture<'static, Result<(), Refused>>),
}

impl fmt::Debug for Reserving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

/// Where accounts and holds are kept.
///
/// The promise to keep: in no window of an enforcing scope does what is spent and held exceed the limit by a hold that
/// was granted, and a hold ends exactly once.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Takes the bound from every scope of the ask, or from none.
    ///
    /// All or nothing *at once*: a neighbour never sees money that is gone only until another scope refuses. The
    /// limits are those of the ask's scopes, windows those of the ledger's clock. An account that the ask names twice
    /// is charged once, in all kinds of window that its name was limited by so far. Scopes that observe are charged and
    /// never refuse, and a [forced](Ask::is_forced) ask is never refused, and not waited for: it is to be noted at once, and
    /// done when it can be. An ask for a hold that is open changes nothing
    /// and is granted; one that takes requests alone leaves no hold. A ledger that may not answer bounds the wait itself, and then refuses as
    /// [`Unavailable`](super::RefusedKind::Unavailable). Of several refusing windows, report one that is *spent* before
    /// one that is *held*, then the outermost; a rate limit only where no window refuses.
    fn reserve(&self, ask: &Ask<'_>) -> Reserving;

    /// Ends a hold: takes it off, and adds to the windows *that it was taken from* what was spent.
    ///
    /// Called from `Drop`, perhaps without a runtime: it neither blocks nor panics. The second end of a hold changes
    /// nothing, but for the first one after its lease has expired, which corrects what was charged then. An end may come
    /// while the hold's own reserve is still on its way; then it takes no money.
    fn settle(&self, hold: HoldId, settlement: Settlement);

    /// What the scope still permits, in the window where least is left: a hint, cheap. `None` when it has no limit.
    fn allowance(&self, scope: &Scope) -> Option<Allowance>;

    /// All accounts, open holds and doubtful charges, as of one moment. A copy: for operators, not for every call.
    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>>;

    /// Takes back spending that turned out not to be owed; answers how much: of a hold what was still charged for it,
    /// of an account the most that any of its windows had to give. Never below zero. Repeated under the same id, it
    /// changes nothing and answers the same.
    ///
    /// Fails when the ledger does not know the hold or account, or does not answer.
    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>>;

    /// Waits until every end that was told before is recorded as safely as this ledger can: before a process exits.
    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>>;
}
