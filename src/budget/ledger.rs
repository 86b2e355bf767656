use std::{fmt, pin::Pin};

use super::{Allowance, End, HoldId, HoldLabel, Refund, RefundError, Refused, Scope, Snapshot};
use crate::money::Usd;

/// A wish to hold money: `bound` on every one of `scopes`.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    id: HoldId,
    scopes: &'a [Scope],
    bound: Usd,
    label: &'a HoldLabel,
}

impl<'a> Ask<'a> {
    /// Of an id that was never used for another hold; scopes of this ledger only, the outermost first.
    pub const fn new(id: HoldId, scopes: &'a [Scope], bound: Usd, label: &'a HoldLabel) -> Self {
        Self {
            id,
            scopes,
            bound,
            label,
        }
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
}

/// A later answer to an [`Ask`].
pub type ReservingFuture = Pin<Box<dyn Future<Output = Result<(), Refused>> + Send>>;

/// The answer to an [`Ask`]: at once, or later.
pub enum Reserving {
    /// Held, or refused.
    Done(Result<(), Refused>),
    /// To be waited for. When it is dropped instead, the hold is settled as [`End::Released`] right after.
    Later(ReservingFuture),
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
    /// is charged once, in all kinds of window that its name was limited by so far. Scopes that observe are charged and never refuse. An ask for a hold that is open changes nothing
    /// and is granted. A ledger that may not answer bounds the wait itself, and then refuses as
    /// [`Unavailable`](super::RefusedKind::Unavailable). Of several refusing windows, report one that is *spent* before one that is *held*, then the outermost.
    fn reserve(&self, ask: &Ask<'_>) -> Reserving;

    /// Ends a hold: takes it off, and adds to the windows *that it was taken from* what was spent.
    ///
    /// Called from `Drop`, perhaps without a runtime: it neither blocks nor panics. The second end of a hold changes
    /// nothing. An end may come while the hold's own reserve is still on its way; then it takes no money.
    fn settle(&self, hold: HoldId, end: End);

    /// What the scope still permits, in the window where least is left: a hint, cheap. `None` when it has no limit.
    fn allowance(&self, scope: &Scope) -> Option<Allowance>;

    /// All accounts, open holds and doubtful charges, as of one moment. A copy: for operators, not for every call.
    fn snapshot(&self) -> Snapshot;

    /// Takes back spending that turned out not to be owed; returns how much: of a hold what was still charged for it,
    /// of an account the most that any of its windows had to give. Never below zero. Repeated under the same id, it changes nothing and returns the same.
    ///
    /// # Errors
    /// When the ledger does not know the hold or account.
    fn refund(&self, refund: &Refund) -> Result<Usd, RefundError>;
}
