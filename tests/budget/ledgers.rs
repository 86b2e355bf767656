use std::{
    future::ready,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::SystemTime,
};

use tokio::sync::oneshot;
use tower_genai::{
    budget::{
        Allowance, Ask, Budget, CutRule, End, Hold, HoldId, Ledger, LedgerError, LedgerFuture,
        Refund, RefundError, Refused, RefusedKind, Reserving, Scope, Settlement, Snapshot, Window,
    },
    money::Usd,
};

use super::support::{assert_at_rest, held, label, open, snapshot, spent, usd};

/// Answers when the test says so, and writes down what it is told.
#[derive(Debug, Default)]
struct Slow {
    answers: Mutex<Vec<oneshot::Sender<bool>>>,
    ends: Mutex<Vec<(HoldId, End)>>,
    panics: bool,
}

impl Slow {
    fn answer(&self, grant: bool) {
        self.answers.lock().unwrap().remove(0).send(grant).unwrap();
    }

    fn ends(&self) -> Vec<End> {
        self.ends
            .lock()
            .unwrap()
            .iter()
            .map(|(_, end)| *end)
            .collect()
    }
}

impl Ledger for Slow {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let (sender, receiver) = oneshot::channel();
        self.answers.lock().unwrap().push(sender);
        let (scope, bound) = (ask.scopes()[0].clone(), ask.bound());
        Reserving::Later(Box::pin(async move {
            match receiver.await {
                Ok(true) => Ok(()),
                _ => Err(Refused::unavailable(&scope, bound, SystemTime::UNIX_EPOCH)),
            }
        }))
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        self.ends.lock().unwrap().push((hold, settlement.end()));
        assert!(!self.panics, "on purpose");
    }

    fn allowance(&self, _: &Scope) -> Option<Allowance> {
        None
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Box::pin(ready(Ok(Snapshot::default())))
    }

    fn refund(&self, _: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        Box::pin(ready(Err(RefundError::UnknownHold)))
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        Box::pin(ready(Ok(())))
    }
}

fn two() -> (Arc<Slow>, [Scope; 2]) {
    let slow = Arc::new(Slow::default());
    let near = Budget::new("near").limit(usd("1"), Window::Total);
    let far = Budget::new("far")
        .limit(usd("1"), Window::Total)
        .ledger(slow.clone());
    (slow, [near.scope(), far.scope()])
}

fn poll(
    opening: &mut (impl Future<Output = Result<Hold, Refused>> + Unpin),
) -> Poll<Result<Hold, Refused>> {
    std::pin::Pin::new(opening).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_later_refusal_releases_the_earlier_ledger() {
    let (slow, scopes) = two();
    let mut opening = Hold::open(&scopes, usd("1"), label(), CutRule::Bound);
    assert!(poll(&mut opening).is_pending());
    assert_eq!(held(&scopes[0]), usd("1"));
    slow.answer(false);
    let Poll::Ready(Err(refused)) = poll(&mut opening) else {
        panic!("must be refused");
    };
    assert_eq!(
        (refused.scope().name(), refused.kind()),
        ("far", RefusedKind::Unavailable)
    );
    assert_eq!(held(&scopes[0]), Usd::ZERO);
    assert_eq!(slow.ends(), [End::Released]);
    assert!(poll(&mut opening).is_pending());
}

#[test]
fn an_earlier_refusal_does_not_ask_the_later_ledger() {
    let (slow, scopes) = two();
    let refused = open(&scopes, usd("2"), CutRule::Bound).unwrap_err();
    assert_eq!(refused.scope().name(), "near");
    assert!(slow.answers.lock().unwrap().is_empty() && slow.ends().is_empty());
}

#[test]
fn given_up_while_waiting_it_releases_all() {
    let (slow, scopes) = two();
    let mut opening = Hold::open(&scopes, usd("1"), label(), CutRule::Bound);
    assert!(poll(&mut opening).is_pending());
    drop(opening);
    assert_eq!(slow.ends(), [End::Released]);
    assert_at_rest(&snapshot(&**scopes[0].ledger()));
    // Never polled, it took nothing.
    drop(Hold::open(&scopes, usd("1"), label(), CutRule::Bound));
    assert_eq!(slow.ends().len(), 1);
}

#[test]
fn granted_by_all_it_ends_in_all() {
    let (slow, scopes) = two();
    let mut opening = Hold::open(&scopes, usd("1"), label(), CutRule::Bound);
    assert!(poll(&mut opening).is_pending());
    slow.answer(true);
    let Poll::Ready(Ok(mut hold)) = poll(&mut opening) else {
        panic!("must be granted");
    };
    drop(opening);
    hold.sent();
    hold.settle(usd("0.5"));
    assert_eq!(slow.ends(), [End::Metered(usd("0.5"))]);
    assert_eq!(spent(&scopes[0]), usd("0.5"));
}

#[test]
fn a_silent_ledger_stops_only_what_it_enforces() {
    let (slow, scopes) = two();
    let watching = Budget::new("far")
        .limit(usd("1"), Window::Total)
        .observe()
        .ledger(slow.clone());
    let scopes = [scopes[0].clone(), watching.scope()];
    let mut opening = Hold::open(&scopes, usd("1"), label(), CutRule::Bound);
    assert!(poll(&mut opening).is_pending());
    slow.answer(false);
    assert!(matches!(poll(&mut opening), Poll::Ready(Ok(_))));
}

#[test]
fn a_ledger_that_panics_neither_aborts_nor_keeps_others() {
    let bad = Arc::new(Slow {
        panics: true,
        ..Slow::default()
    });
    let outer = Budget::new("bad")
        .limit(usd("1"), Window::Total)
        .ledger(bad.clone());
    let inner = Budget::new("good").limit(usd("1"), Window::Total);
    let scopes = [outer.scope(), inner.scope()];
    let mut opening = Hold::open(&scopes, usd("1"), label(), CutRule::Bound);
    assert!(poll(&mut opening).is_pending());
    bad.answer(true);
    let Poll::Ready(Ok(hold)) = poll(&mut opening) else {
        panic!("must be granted");
    };
    // While another panic unwinds.
    let thread = std::thread::spawn(move || {
        let mut hold = hold;
        hold.sent();
        panic!("on purpose");
    });
    assert!(thread.join().is_err());
    assert_eq!(bad.ends(), [End::AtBound]);
    assert_eq!(spent(&scopes[1]), usd("1"));
    assert_at_rest(&snapshot(&**scopes[1].ledger()));
}
