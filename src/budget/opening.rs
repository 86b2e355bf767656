use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{Ask, Hold, HoldLabel, Refused, RefusedKind, Reserving, ReservingFuture, Scope};

/// The future of [`Hold::open`]. Dropped before it is ready, it leaves nothing held.
#[must_use = "nothing is held before the future is ready"]
pub struct Opening {
    // Dropped before the hold: a ledger sees its question given up first, and then the hold released.
    waiting: Option<Waiting>,
    // Every ledger that was asked is in the hold already, so whatever drops this releases all.
    hold: Option<Hold>,
    label: HoldLabel,
    // Scopes that are still to be asked for.
    left: Vec<Scope>,
}

struct Waiting {
    answer: ReservingFuture,
    hard: bool,
}

impl Opening {
    pub(super) fn new(scopes: &[Scope], hold: Hold, label: HoldLabel) -> Self {
        let left = scopes
            .iter()
            .filter(|scope| !scope.limits().is_empty())
            .cloned()
            .collect();
        Self {
            hold: Some(hold),
            label,
            left,
            waiting: None,
        }
    }

    /// Asks the ledger of the outermost scope that is left, for all scopes of that ledger.
    fn ask(&mut self, hold: &mut Hold) -> Option<(Reserving, bool)> {
        let ledger = Arc::clone(self.left.first()?.ledger());
        let shares = |scope: &Scope| Arc::ptr_eq(scope.ledger(), &ledger);
        let mut group = std::mem::take(&mut self.left);
        // Nearly always it is one ledger for all.
        if !group.iter().all(shares) {
            (group, self.left) = group.into_iter().partition(shares);
        }
        let ask = Ask::new(hold.id(), &group, hold.bound(), &self.label);
        hold.ask_of(Arc::clone(&ledger));
        let hard = group.iter().any(Scope::is_hard);
        Some((ledger.reserve(&ask), hard))
    }
}

/// A ledger that does not answer stops only what it was to enforce.
fn granted(answer: Result<(), Refused>, hard: bool) -> Result<(), Refused> {
    match answer {
        Err(refused) if !hard && refused.kind() == RefusedKind::Unavailable => {
            tracing::warn!(
                scope = refused.scope().name(),
                "an observing budget's ledger does not answer"
            );
            Ok(())
        }
        answer => answer,
    }
}

impl Future for Opening {
    type Output = Result<Hold, Refused>;

    /// After it was ready it is pending for ever.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            if let Some(waiting) = &mut this.waiting {
                let answer = ready!(waiting.answer.as_mut().poll(cx));
                let hard = waiting.hard;
                this.waiting = None;
                if let Err(refused) = granted(answer, hard) {
                    this.left.clear();
                    this.hold = None;
                    return Poll::Ready(Err(refused));
                }
            }
            let Some(mut hold) = this.hold.take() else {
                return Poll::Pending;
            };
            let asked = this.ask(&mut hold);
            match asked {
                None => return Poll::Ready(Ok(hold)),
                // Dropping the hold releases the ledgers that granted.
                Some((Reserving::Done(answer), hard)) => granted(answer, hard)?,
                Some((Reserving::Later(answer), hard)) => {
                    this.waiting = Some(Waiting { answer, hard });
                }
            }
            this.hold = Some(hold);
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
