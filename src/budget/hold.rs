use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use smallvec::SmallVec;

use super::{End, HoldId, HoldLabel, Ledger, Opening, Scope, Settlement, wish::Wish};
use crate::money::Usd;

/// What a call that was cut while its answer came in costs at its provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CutRule {
    /// The provider stops: it costs what was [`seen`](Hold::seen), at most the bound.
    Stops,
    /// The provider runs on, or nobody knows: it costs the whole bound.
    #[default]
    Bound,
}

/// Money held for one attempt, on every open scope. It ends exactly once: by [`settle`](Self::settle), by
/// [`release`](Self::release), or by being dropped, which acts by how far the attempt had come:
///
/// | dropped | ends as |
/// |---|---|
/// | before [`sent`](Self::sent) | released |
/// | after it | spent, the whole bound |
/// | after [`seen`](Self::seen), provider [stops](CutRule::Stops) | spent, the latest sum seen, at most the bound |
/// | after [`seen`](Self::seen), [otherwise](CutRule::Bound) | spent, the whole bound |
///
/// Dropping needs no runtime, does not wait, and does not panic, also while another panic unwinds. A hold of no
/// scopes is free.
#[must_use = "a hold that is dropped is released"]
pub struct Hold {
    id: HoldId,
    // Those that have the hold, or were asked for it. Empty once it has ended.
    ledgers: SmallVec<[Arc<dyn Ledger>; 1]>,
    /// Those whose money others may wait for.
    waits: Vec<Scope>,
    bound: Usd,
    rule: CutRule,
    /// Whether the bound is none: the call has none that is known.
    unbounded: bool,
    state: State,
    tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unsent,
    Sent,
    Metered(Usd),
}

impl Hold {
    /// Holds `bound` on every one of `scopes`, or on none.
    ///
    /// The future is ready at once where all ledgers answer at once, as a memory ledger does, and nothing is to be
    /// [waited](super::Budget::hold_wait) for. Dropped before it is ready, it releases what it took.
    ///
    /// Scopes that share a ledger are held together in one step. Where a call has scopes of several ledgers, these are
    /// asked one after another, and the earlier ones released if a later one refuses: for that moment a neighbour may see
    /// money gone that comes back. Let budgets that nest share a ledger ([`Budget::within`](super::Budget::within)).
    pub fn open(scopes: &[Scope], bound: Usd, label: HoldLabel, rule: CutRule) -> Opening {
        let counted = scopes.iter().filter(|scope| scope.is_counted());
        Opening::new(Wish {
            scopes: counted.cloned().collect(),
            bound,
            rule,
            label,
            requests: 0,
            tokens: 0,
        })
    }

    pub(super) fn unsent(bound: Usd, rule: CutRule) -> Self {
        Self {
            id: HoldId::unique(),
            ledgers: SmallVec::new(),
            waits: Vec::new(),
            bound,
            rule,
            unbounded: false,
            state: State::Unsent,
            tokens: None,
        }
    }

    /// Its name in the ledgers.
    pub fn id(&self) -> HoldId {
        self.id
    }

    /// The amount.
    pub fn bound(&self) -> Usd {
        self.bound
    }

    /// Whether any ledger keeps it.
    pub fn is_kept(&self) -> bool {
        !self.ledgers.is_empty()
    }

    /// Notes that the request is handed to the client. Call it before the request can leave, not after.
    pub fn sent(&mut self) {
        if self.state == State::Unsent {
            self.state = State::Sent;
        }
    }

    /// Notes that at least `cost` was spent by now, in all. The highest sum counts, so an older one does no harm.
    ///
    /// Where the provider stops when a stream is cut, add the step that it may still bill.
    pub fn seen(&mut self, cost: Usd) {
        self.state = match self.state {
            State::Metered(before) => State::Metered(before.max(cost)),
            State::Unsent | State::Sent => State::Metered(cost),
        };
    }

    /// Notes that the call has no bound that is known. What it costs is counted then, and not held against a bound; only
    /// for scopes that observe, since those that enforce would have had to refuse it.
    pub fn unbounded(&mut self) {
        self.unbounded = true;
    }

    /// Notes how many tokens were used in all; rate limits get the others back. Not said, all stay taken.
    pub fn used(&mut self, tokens: u64) {
        self.tokens = Some(tokens);
    }

    /// Ends it without cost: the request was not sent, or the provider rejected it.
    pub fn release(mut self) {
        self.end(End::Released);
    }

    /// Ends it at the true cost. A cost above the bound is recorded as it is, and reported as an error event.
    pub fn settle(mut self, cost: Usd) {
        self.end(if self.unbounded {
            End::Counted(cost)
        } else {
            End::Metered(cost)
        });
    }

    /// Ends it as if dropped now, by how far the attempt has come.
    pub fn cut(self) {}

    /// Granted: from now on its end wakes those who wait for these scopes' money.
    pub(super) fn wakes(&mut self, waits: Vec<Scope>) {
        self.waits = waits;
    }

    pub(super) fn ask_of(&mut self, ledger: Arc<dyn Ledger>) {
        self.ledgers.push(ledger);
    }

    /// The ledger that was asked last has taken nothing: it is not told of an end.
    pub(super) fn refused(&mut self) {
        self.ledgers.pop();
    }

    fn end(&mut self, end: End) {
        let settlement = match self.tokens {
            Some(tokens) => Settlement::new(end).tokens(tokens),
            None => Settlement::new(end),
        };
        for ledger in self.ledgers.drain(..) {
            // This runs in Drop, perhaps while another panic unwinds: a second one would abort the process, and would
            // leave the other ledgers' holds open.
            let settled = catch_unwind(AssertUnwindSafe(|| ledger.settle(self.id, settlement)));
            if settled.is_err() {
                tracing::error!(hold = %self.id, "a ledger panicked when a hold ended");
            }
        }
        for scope in self.waits.drain(..) {
            scope.room().freed(scope.account());
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let end = match (self.state, self.rule) {
            (State::Unsent, _) => End::Released,
            (State::Metered(seen), _) if self.unbounded => End::Counted(seen),
            (State::Metered(seen), CutRule::Stops) => End::Cut(seen.min(self.bound)),
            (State::Sent, _) | (State::Metered(_), CutRule::Bound) => End::AtBound,
        };
        self.end(end);
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold")
            .field("id", &self.id)
            .field("bound", &self.bound)
            .field("rule", &self.rule)
            .field("state", &self.state)
            .field("ledgers", &self.ledgers.len())
            .finish()
    }
}
