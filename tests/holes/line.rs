//! Who waits for money, and for how long.

use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use tower_genai::{
    budget::{
        Budget, CutRule, Hold, HoldLabel, MemoryLedger, Opening, Refused, RefusedKind, Window,
    },
    money::Usd,
};

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn open(budget: &Budget, amount: &str) -> Opening {
    let label = HoldLabel::new("m", "acme");
    Hold::open(&[budget.scope()], usd(amount), label, CutRule::Bound)
}

fn at_once(budget: &Budget, amount: &str) -> Result<Hold, Refused> {
    open(budget, amount)
        .now_or_never()
        .expect("ready, or refused, at once")
}

fn waiting() -> Budget {
    Budget::new("b")
        .limit(usd("1"), Window::Total)
        .hold_wait(Duration::from_secs(30))
}

/// A call of a free model is held at nothing, and nothing is what it waits for: it should be granted at once, as it
/// is where nobody waits.
#[tokio::test(start_paused = true)]
async fn what_costs_nothing_waits_for_nobody() {
    let budget = waiting();
    let _most = at_once(&budget, "0.9").unwrap();
    assert!(at_once(&budget, "0").is_ok(), "nobody waits yet");
    let mut first = Box::pin(open(&budget, "0.5"));
    assert!(first.as_mut().now_or_never().is_none());
    let free = open(&budget, "0").now_or_never();
    assert!(matches!(free, Some(Ok(_))), "{free:?}");
}

/// One budget as a template for two ledgers: accounts of different ledgers have nothing to do with each other.
#[tokio::test(start_paused = true)]
async fn those_of_another_ledger_are_not_in_the_way() {
    let template = waiting();
    let one = template.clone().ledger(Arc::new(MemoryLedger::new()));
    let other = template.ledger(Arc::new(MemoryLedger::new()));
    let _all = at_once(&one, "1").unwrap();
    let mut first = Box::pin(open(&one, "0.5"));
    assert!(first.as_mut().now_or_never().is_none());
    let rich = open(&other, "0.5").now_or_never();
    assert!(matches!(rich, Some(Ok(_))), "{rich:?}");
}

/// One account of one ledger has one line, also where two budgets of its name were made one by one.
#[tokio::test(start_paused = true)]
async fn nobody_overtakes_who_waits_for_the_same_account() {
    let one = waiting();
    let other = waiting().within(&one);
    let _most = at_once(&one, "0.6").unwrap();
    let mut first = Box::pin(open(&one, "0.5"));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(open(&one, "0.3").now_or_never().is_none(), "behind it");
    let overtakes = open(&other, "0.3").now_or_never();
    assert!(overtakes.is_none(), "{overtakes:?}");
}

/// As long as it takes: what no clock reaches is for ever, and no panic in the middle of a call.
#[tokio::test(start_paused = true)]
async fn a_wait_without_end_is_no_panic() {
    let budget = waiting().hold_wait(Duration::MAX);
    let all = at_once(&budget, "1").unwrap();
    let mut first = Box::pin(open(&budget, "0.5"));
    assert!(first.as_mut().now_or_never().is_none());
    drop(all);
    assert!(first.await.is_ok());
}

/// A call above the limit itself never fits: it should be refused at once, in line or not.
#[tokio::test(start_paused = true)]
async fn what_never_fits_does_not_wait() {
    let budget = waiting();
    let _all = at_once(&budget, "1").unwrap();
    let mut first = Box::pin(open(&budget, "0.5"));
    assert!(first.as_mut().now_or_never().is_none());
    let refused = open(&budget, "5").now_or_never();
    let Some(Err(refused)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refused.kind(), RefusedKind::Spent);
    assert!(refused.never_fits());
}

/// Held: however the hold's future is dropped, nothing stays and whoever waits comes next.
#[tokio::test(start_paused = true)]
async fn a_place_in_line_that_is_given_up_leaves_nothing() {
    for polls in 0..6 {
        let (outer, inner) = (waiting(), waiting());
        let scopes = [outer.scope(), inner.scope()];
        let label = || HoldLabel::new("m", "acme");
        let all = Hold::open(&scopes[1..], usd("1"), label(), CutRule::Bound)
            .await
            .unwrap();
        let mut first = Box::pin(Hold::open(&scopes, usd("1"), label(), CutRule::Bound));
        let mut second = Box::pin(Hold::open(&scopes, usd("1"), label(), CutRule::Bound));
        for poll in 0..polls {
            assert!(first.as_mut().now_or_never().is_none(), "{poll}");
            assert!(second.as_mut().now_or_never().is_none(), "{poll}");
            tokio::time::advance(Duration::from_millis(70)).await;
        }
        drop(first);
        drop(all);
        let hold = second.await.unwrap();
        hold.release();
        for scope in &scopes {
            let left = scope.allowance().unwrap();
            assert_eq!((left.held(), left.spent()), (Usd::ZERO, Usd::ZERO));
        }
    }
}
