//! A model of which its provider says that it is gone.

use std::time::Duration;

use tokio::time::advance;
use tower_genai::observe::Reason;

use crate::fleet::{Fleet, call, failing, stack, well};

#[tokio::test(start_paused = true)]
async fn its_successor_answers_at_once_and_after_an_hour_one_asks_again() {
    let fleet = Fleet::default();
    let app = stack(&fleet).boxed();
    fleet.set("o", failing(404));
    assert_eq!(call(&app, "old").await.status, 200);
    assert_eq!(fleet.asked(), ["old", "a"], "the first has to find out");
    let answer = call(&app, "old").await;
    assert_eq!((answer.status, fleet.asked()), (200, vec!["a".to_owned()]));
    let reason = answer.decision.unwrap().reason.clone();
    assert_eq!(reason, Reason::Successor { of: "old".into() });
    // An alias leaves it out, though it is the cheapest.
    call(&app, "all").await;
    assert_eq!(fleet.asked(), ["a"]);
    fleet.set("o", well());
    advance(Duration::from_secs(3_600)).await;
    call(&app, "old").await;
    call(&app, "old").await;
    assert_eq!(fleet.asked(), ["old", "old"]);
}
