//! What providers say of their rate limits is what may be sent.

use std::time::Duration;

use tokio::time::advance;
use tower_genai::health::Monitor;

use crate::fleet::{Fleet, Manner, alone, call, failing, stack, well};

#[tokio::test(start_paused = true)]
async fn calls_go_elsewhere_until_the_limit_is_whole_again() {
    let fleet = Fleet::default();
    let monitor = Monitor::new();
    let app = stack(&fleet).monitor(monitor.clone()).boxed();
    fleet.set(
        "p",
        Manner {
            headers: vec![
                ("x-ratelimit-remaining-requests", "0".into()),
                ("x-ratelimit-reset-requests", "30s".into()),
            ],
            ..well()
        },
    );
    for _ in 0..3 {
        assert_eq!(call(&app, "any").await.status, 200);
    }
    assert_eq!(fleet.asked(), ["a", "b", "b"]);
    let report = monitor.report();
    assert_eq!(report.candidates[0].requests_left, Some(0));
    advance(Duration::from_secs(30)).await;
    call(&app, "any").await;
    assert_eq!(fleet.asked(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_with_a_time_keeps_calls_away_until_then() {
    let fleet = Fleet::default();
    let app = alone(&fleet);
    fleet.set(
        "p",
        Manner {
            headers: vec![
                ("retry-after-ms", "2500".into()),
                ("retry-after", "900".into()),
            ],
            ..failing(429)
        },
    );
    call(&app, "any").await;
    fleet.set("p", well());
    for _ in 0..3 {
        assert_eq!(call(&app, "any").await.status, 200);
    }
    assert_eq!(fleet.asked(), ["a", "b", "b", "b"]);
    advance(Duration::from_millis(2_500)).await;
    call(&app, "any").await;
    assert_eq!(fleet.asked(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_is_not_tried_again_at_its_provider() {
    let fleet = Fleet::default();
    let app = stack(&fleet).boxed();
    fleet.set("p", failing(401));
    for _ in 0..4 {
        assert_eq!(call(&app, "any").await.status, 200);
    }
    assert_eq!(fleet.asked(), ["a", "b", "b", "b", "b"]);
    fleet.set("p", well());
    advance(Duration::from_secs(60)).await;
    call(&app, "any").await;
    call(&app, "any").await;
    assert_eq!(fleet.asked(), ["a", "a"]);
}
