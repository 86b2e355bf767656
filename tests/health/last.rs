//! The last candidate is never left unasked.

use std::time::Duration;

use tokio::time::advance;
use tower_genai::observe::Reason;

use crate::fleet::{Fleet, Manner, alone, call, failing, stack, well};

#[tokio::test(start_paused = true)]
async fn a_model_that_is_named_is_asked_however_ill_it_is() {
    let fleet = Fleet::default();
    let app = alone(&fleet);
    fleet.set("p", failing(500));
    for _ in 0..30 {
        assert_eq!(call(&app, "a").await.status, 500);
    }
    assert_eq!(fleet.asked().len(), 30);
    fleet.set("p", well());
    let answer = call(&app, "a").await;
    assert_eq!(answer.status, 200);
    let decision = answer.decision.unwrap();
    assert_eq!(decision.reason, Reason::Named);
    let ailing = decision.candidates[0].ailing.as_deref();
    assert_eq!(ailing, Some("it has failed too often"));
    assert!(
        call(&app, "a").await.decision.unwrap().candidates[0]
            .ailing
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_behind_fallback_too() {
    let fleet = Fleet::default();
    let app = stack(&fleet).boxed();
    fleet.set("p", failing(500));
    for _ in 0..10 {
        call(&app, "a").await;
    }
    fleet.asked();
    assert_eq!(call(&app, "a").await.status, 500);
    assert!(!fleet.asked().is_empty());
    fleet.set("p", well());
    assert_eq!(call(&app, "a").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn an_ill_candidate_stands_behind_one_that_is_well() {
    let fleet = Fleet::default();
    let app = alone(&fleet);
    fleet.set("p", failing(503));
    for _ in 0..5 {
        assert_eq!(call(&app, "any").await.status, 503);
    }
    fleet.asked();
    let answer = call(&app, "any").await;
    assert_eq!((answer.status, fleet.asked()), (200, vec!["b".to_owned()]));
    let decision = answer.decision.unwrap();
    assert_eq!(decision.route, [1, 0]);
    let ailing = decision.candidates[0].ailing.as_deref();
    assert_eq!(ailing, Some("it has failed too often"));
    // It comes back by itself.
    fleet.set("p", well());
    advance(Duration::from_secs(1)).await;
    call(&app, "any").await;
    call(&app, "any").await;
    assert_eq!(fleet.asked(), ["a", "a"]);
}

/// What is known of who is ill is of the past, and who is well may fail in its turn.
#[tokio::test(start_paused = true)]
async fn behind_fallback_it_is_asked_where_who_is_well_fails() {
    let fleet = Fleet::default();
    let app = stack(&fleet).boxed();
    fleet.set("p", failing(401));
    assert_eq!(call(&app, "any").await.status, 200);
    fleet.set("p", well());
    fleet.set("q", failing(503));
    fleet.asked();
    assert_eq!(call(&app, "any").await.status, 200);
    assert_eq!(fleet.asked(), ["b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn where_all_are_ill_the_one_that_recovers_soonest_is_asked_first() {
    let fleet = Fleet::default();
    let app = alone(&fleet);
    let limited = |seconds: u32| Manner {
        headers: vec![("retry-after", seconds.to_string())],
        ..failing(429)
    };
    for (provider, seconds) in [("p", 40), ("q", 20)] {
        fleet.set(provider, limited(seconds));
    }
    call(&app, "any").await;
    call(&app, "any").await;
    assert_eq!(fleet.asked(), ["a", "b"]);
    fleet.set("q", well());
    let answer = call(&app, "any").await;
    assert_eq!((answer.status, fleet.asked()), (200, vec!["b".to_owned()]));
    let decision = answer.decision.unwrap();
    assert_eq!(decision.reason, Reason::LastResort);
    assert_eq!(decision.route, [1, 0]);
    assert!(
        decision
            .candidates
            .iter()
            .all(|one| one.ailing.is_some() && one.dropped.is_none())
    );
}
