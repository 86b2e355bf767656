use std::time::Duration;

use futures::future::join_all;
use tower_genai::health::{Breaker, Monitor};

use crate::support::{App, Fleet, app, app_with, call};

/// So many calls of conversations of their own, so many at a time.
async fn calls(app: &App, count: usize, at_once: usize) {
    for batch in 0..count / at_once {
        let one = |i: usize| {
            let text = format!("question {batch} {i}");
            async move { assert_eq!(call(app, &[&text]).await, 200) }
        };
        join_all((0..at_once).map(one)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_go_where_answers_are_fast() {
    let fleet = Fleet::default();
    fleet.answers("near", 100, 200);
    fleet.answers("far", 1_000, 200);
    let app = app(&fleet, &["near", "far"]);
    calls(&app, 20, 1).await;
    fleet.asked();
    calls(&app, 200, 1).await;
    let far = fleet.share("far");
    assert!(far < 0.2, "{far} of the calls went to the slow one");
}

#[tokio::test(start_paused = true)]
async fn equals_share_the_load() {
    let fleet = Fleet::default();
    fleet.answers("a", 300, 200);
    fleet.answers("b", 300, 200);
    fleet.answers("c", 300, 200);
    let app = app(&fleet, &["a", "b", "c"]);
    calls(&app, 300, 30).await;
    let asked = fleet.asked();
    for name in ["a", "b", "c"] {
        let there = asked.iter().filter(|one| *one == name).count();
        assert!((70..=130).contains(&there), "{name} got {there} of 300");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_fast_gets_less_and_nobody_sees_it() {
    let fleet = Fleet::default();
    fleet.answers("fails", 1, 503);
    fleet.answers("slow", 800, 200);
    let app = app(&fleet, &["fails", "slow"]);
    calls(&app, 200, 4).await;
    let fails = fleet.share("fails");
    assert!(
        fails < 0.2,
        "{fails} of the attempts went to the failing one"
    );
}

#[tokio::test(start_paused = true)]
async fn failing_fast_is_being_slow_where_no_circuit_opens() {
    let fleet = Fleet::default();
    fleet.answers("fails", 1, 503);
    fleet.answers("slow", 800, 200);
    let never = Breaker::new()
        .failures(0)
        .window(Duration::from_secs(10), 0);
    let monitor = Monitor::new().breaker(never);
    let app = app_with(&fleet, &["fails", "slow"], monitor);
    calls(&app, 200, 4).await;
    let fails = fleet.share("fails");
    assert!(
        fails < 0.2,
        "{fails} of the attempts went to the failing one"
    );
}

#[tokio::test(start_paused = true)]
async fn a_conversation_stays_where_its_prompt_is_cached() {
    let fleet = Fleet::default();
    fleet.answers("a", 100, 200);
    fleet.answers("b", 100, 200);
    let app = app(&fleet, &["a", "b"]);
    for conversation in 0..20 {
        let first = format!("conversation {conversation}");
        call(&app, &[&first]).await;
        call(&app, &[&first, "yes", "and then?"]).await;
        call(&app, &[&first, "yes", "and then?", "yes", "and then?"]).await;
        let asked = fleet.asked();
        assert!(asked.iter().all(|name| *name == asked[0]), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_leaves_one_that_fails() {
    let fleet = Fleet::default();
    fleet.answers("a", 100, 200);
    fleet.answers("b", 100, 200);
    let app = app(&fleet, &["a", "b"]);
    call(&app, &["first"]).await;
    let at = fleet.asked().remove(0);
    fleet.answers(&at, 10, 500);
    assert_eq!(call(&app, &["first", "yes", "more"]).await, 200);
    let asked = fleet.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0], at);
    assert_eq!(
        call(&app, &["first", "yes", "more", "yes", "more"]).await,
        200
    );
    assert_eq!(fleet.asked(), [asked[1].clone()], "it has moved");
}
#[tokio::test(start_paused = true)]
async fn another_is_asked_at_once_where_one_fails() {
    let fleet = Fleet::default();
    fleet.answers("a", 0, 503);
    fleet.answers("b", 0, 503);
    fleet.answers("c", 0, 200);
    let app = app(&fleet, &["a", "b", "c"]);
    let before = tokio::time::Instant::now();
    for i in 0..3 {
        assert_eq!(call(&app, &[&format!("q{i}")]).await, 200);
    }
    // Nobody rests before all deployments were asked.
    let took = before.elapsed();
    assert!(took < std::time::Duration::from_millis(100), "{took:?}");
    let asked = fleet.asked();
    assert!(asked.iter().any(|name| name == "c"), "{asked:?}");
}
