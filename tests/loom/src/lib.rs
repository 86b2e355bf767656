//! Models of what a few threads may do with one memory ledger, in every order that they can do it in.
#![cfg(all(test, tower_genai_loom))]

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use loom::thread;
use tower_genai::{
    budget::{
        Budget, CutRule, End, Hold, HoldId, HoldLabel, Ledger, MemoryLedger, Refund, Refused,
        RefusedKind, Scope, Window,
    },
    context::Clock,
    money::Usd,
};

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

struct Rig {
    ledger: Arc<MemoryLedger>,
    org: Budget,
}

impl Rig {
    fn new(limit: &str) -> Self {
        let clock = Clock::manual(std::time::SystemTime::UNIX_EPOCH);
        let ledger = Arc::new(MemoryLedger::with_clock(clock));
        let org = Budget::new("org").limit(usd(limit), Window::Total);
        let org = org.ledger(ledger.clone());
        Self { ledger, org }
    }

    fn team(&self, name: &'static str) -> [Scope; 2] {
        let team = Budget::new(name).limit(usd("10"), Window::Total);
        [self.org.scope(), team.within(&self.org).scope()]
    }

    fn spent(&self) -> Usd {
        self.org.scope().allowance().unwrap().spent()
    }

    fn assert_at_rest(&self) {
        let snapshot = self.ledger.snapshot();
        assert!(snapshot.holds.is_empty());
        let windows = snapshot.accounts.iter().flat_map(|a| &a.windows);
        assert!(windows.into_iter().all(|window| window.held == Usd::ZERO));
    }
}

fn open(scopes: &[Scope], bound: &str) -> Result<Hold, Refused> {
    let label = HoldLabel::new("model", "provider");
    let mut opening = pin!(Hold::open(scopes, usd(bound), label, CutRule::Bound));
    match opening.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a memory ledger answers at once"),
    }
}

/// Holds and settles; says whether it was granted. Never is more taken than there is.
fn call(scopes: &[Scope], bound: &str, cost: &str) -> bool {
    let opened = open(scopes, bound);
    let seen = scopes[0].allowance().unwrap();
    let sum = seen.spent().checked_add(seen.held()).unwrap();
    assert!(sum <= seen.limit(), "{seen:?}");
    match opened {
        Ok(mut hold) => {
            hold.sent();
            hold.settle(usd(cost));
            true
        }
        Err(refused) => {
            assert!(matches!(refused.kind(), RefusedKind::Held | RefusedKind::Spent));
            false
        }
    }
}

#[test]
fn siblings_never_take_more_than_their_parent_has() {
    loom::model(|| {
        let rig = Rig::new("1");
        let other = rig.team("a");
        let thread = thread::spawn(move || call(&other, "0.6", "0.6"));
        let mine = call(&rig.team("b"), "0.6", "0.6");
        let theirs = thread.join().unwrap();
        assert!(mine ^ theirs, "one of them, and only one");
        assert_eq!(rig.spent(), usd("0.6"));
        rig.assert_at_rest();
    });
}

#[test]
fn three_calls_add_up() {
    loom::model(|| {
        let rig = Rig::new("1");
        let threads = ["a", "b"].map(|name| {
            let scopes = rig.team(name);
            thread::spawn(move || call(&scopes, "0.3", "0.1"))
        });
        assert!(call(&rig.team("c"), "0.3", "0.1"));
        for thread in threads {
            assert!(thread.join().unwrap());
        }
        assert_eq!(rig.spent(), usd("0.3"));
        rig.assert_at_rest();
    });
}

#[test]
fn of_two_ends_of_one_hold_one_counts() {
    loom::model(|| {
        let rig = Rig::new("10");
        let scopes = rig.team("a");
        let id = HoldId::unique();
        let label = HoldLabel::new("model", "provider");
        let ask = tower_genai::budget::Ask::new(id, &scopes, usd("4"), &label);
        let _ = rig.ledger.reserve(&ask);
        let ledger = Arc::clone(&rig.ledger);
        let thread = thread::spawn(move || ledger.settle(id, End::Metered(usd("1")).into()));
        rig.ledger.settle(id, End::Metered(usd("2")).into());
        thread.join().unwrap();
        assert!(rig.spent() == usd("1") || rig.spent() == usd("2"));
        rig.assert_at_rest();
    });
}

#[test]
fn a_refund_is_made_once_whoever_asks_first() {
    loom::model(|| {
        let rig = Rig::new("10");
        let mut hold = open(&rig.team("a"), "4").unwrap();
        hold.sent();
        let id = hold.id();
        drop(hold);
        let refund = move || Refund::of_hold("credit", id, usd("3"));
        let ledger = Arc::clone(&rig.ledger);
        let thread = thread::spawn(move || ledger.refund(&refund()));
        assert_eq!(rig.ledger.refund(&refund()), Ok(usd("3")));
        assert_eq!(thread.join().unwrap(), Ok(usd("3")));
        assert_eq!(rig.spent(), usd("1"));
    });
}
