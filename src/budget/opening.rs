use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Ask, Hold, LedgerFuture, OnFailure, Refused, RefusedKind, Reserving, Scope,
    wish::{self, Wish},
};

/// The future of [`Hold::open`]. Dropped before it is ready, it leaves nothing held.
///
/// It is ready at once where all ledgers answer at once, unless it [waits](super::Budget::hold_wait) for money that
/// others hold.
#[must_use = "nothing is held before the future is ready"]
pub struct Opening {
    // Dropped before the hold: a ledger sees its question given up first, and then the hold released.
    state: State,
    // Every ledger that was asked is in the hold already, so whatever drops this releases all.
    hold: Option<Hold>,
    wish: Wish,
    // Scopes that are still to be asked for.
    left: Vec<Scope>,
    /// Whether calls wait for the money of any of the scopes.
    waits: bool,
    /// Whether this one does.
    may_wait: bool,
}

enum State {
    New,
    Asking,
    Answer(LedgerFuture<'static, Result<(), Refused>>, Group),
    InLine(Pin<Box<dyn Future<Output = Result<Hold, Refused>> + Send>>),
    Over,
}

/// Scopes of one ledger.
struct Group {
    scopes: Vec<Scope>,
    forced: bool,
}

impl Opening {
    pub(super) fn new(wish: Wish) -> Self {
        let waits = wish.scopes.iter().any(wish::waits);
        Self {
            state: State::New,
            hold: None,
            wish,
            left: Vec::new(),
            waits,
            may_wait: waits,
        }
    }

    /// One that is refused where it would have to wait.
    pub(super) fn at_once(wish: Wish) -> Self {
        Self {
            may_wait: false,
            ..Self::new(wish)
        }
    }

    /// Takes so many requests of the scopes' rate limits. Default: none.
    pub fn requests(mut self, requests: u64) -> Self {
        self.wish.requests = requests;
        self
    }

    /// Takes so many tokens of the scopes' rate limits: the most that the attempt can use. Default: none.
    pub fn tokens(mut self, tokens: u64) -> Self {
        self.wish.tokens = tokens;
        self
    }

    fn begin(&mut self) -> State {
        if self.may_wait
            && let Some(scope) = self.wish.crowded()
        {
            // Whoever came first is served first.
            return State::InLine(Box::pin(self.wish.clone().in_line(scope)));
        }
        // Without a place in line the scopes are needed once only.
        self.left = if self.waits {
            self.wish.scopes.clone()
        } else {
            std::mem::take(&mut self.wish.scopes)
        };
        self.hold = Some(self.wish.hold());
        State::Asking
    }

    /// Asks the ledger of the outermost scope that is left, for all scopes of that ledger.
    fn ask(&mut self) -> Option<(Reserving, Group)> {
        let ledger = Arc::clone(self.left.first()?.ledger());
        let shares = |scope: &Scope| Arc::ptr_eq(scope.ledger(), &ledger);
        let mut scopes = std::mem::take(&mut self.left);
        // Nearly always it is one ledger for all.
        if !scopes.iter().all(shares) {
            (scopes, self.left) = scopes.into_iter().partition(shares);
        }
        self.hold.as_mut()?.ask_of(ledger);
        let group = Group {
            scopes,
            forced: false,
        };
        Some((self.put(&group)?, group))
    }

    fn granted(&self, mut hold: Hold) -> Hold {
        if self.waits {
            hold.wakes(self.wish.waiting());
        }
        hold
    }

    fn put(&self, group: &Group) -> Option<Reserving> {
        let hold = self.hold.as_ref()?;
        let ask = Ask::new(hold.id(), &group.scopes, hold.bound(), &self.wish.label)
            .requests(self.wish.requests)
            .tokens(self.wish.tokens);
        let ledger = group.scopes.first()?.ledger();
        Some(ledger.reserve(&if group.forced { ask.forced() } else { ask }))
    }

    /// What follows from a ledger's answer.
    fn answered(&mut self, answer: Result<(), Refused>, mut group: Group) -> Next {
        let Err(refused) = answer else {
            return Next::Go(State::Asking);
        };
        if refused.kind() == RefusedKind::Unavailable && group.scopes.iter().all(admits) {
            tracing::warn!(
                scope = refused.scope().name(),
                "a budget's ledger does not answer; the call goes on all the same"
            );
            group.forced = true;
            // It is told at once or not at all: the call has waited for this ledger already.
            let _ = self.put(&group);
            return Next::Go(State::Asking);
        }
        self.left.clear();
        // One that does not answer may have taken it all the same.
        if refused.kind() != RefusedKind::Unavailable
            && let Some(hold) = &mut self.hold
        {
            hold.refused();
        }
        // Dropping the hold releases the ledgers that granted.
        self.hold = None;
        if self.may_wait && wish::may_wait(&refused) {
            let scope = refused.scope().clone();
            return Next::Go(State::InLine(Box::pin(self.wish.clone().in_line(scope))));
        }
        Next::Refused(refused)
    }
}

enum Next {
    Go(State),
    Refused(Refused),
}

/// Whether a call may go on while the ledger of this scope does not answer.
fn admits(scope: &Scope) -> bool {
    !scope.refuses() || scope.on_failure() == OnFailure::Admit
}

impl Future for Opening {
    type Output = Result<Hold, Refused>;

    /// After it was ready it is pending for ever.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            let next = match std::mem::replace(&mut this.state, State::Over) {
                State::Over => return Poll::Pending,
                State::New => Next::Go(this.begin()),
                State::Asking => match this.ask() {
                    None => match this.hold.take() {
                        Some(hold) => return Poll::Ready(Ok(this.granted(hold))),
                        None => return Poll::Pending,
                    },
                    Some((Reserving::Done(answer), group)) => this.answered(answer, group),
                    Some((Reserving::Later(answer), group)) => {
                        Next::Go(State::Answer(answer, group))
                    }
                },
                State::Answer(mut answer, group) => match answer.as_mut().poll(cx) {
                    Poll::Pending => {
                        this.state = State::Answer(answer, group);
                        return Poll::Pending;
                    }
                    Poll::Ready(answer) => this.answered(answer, group),
                },
                State::InLine(mut line) => {
                    let answer = line.as_mut().poll(cx);
                    if answer.is_pending() {
                        this.state = State::InLine(line);
                    }
                    return answer;
                }
            };
            match next {
                Next::Go(state) => this.state = state,
                Next::Refused(refused) => return Poll::Ready(Err(refused)),
            }
        }
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening")
            .field("hold", &self.hold)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
