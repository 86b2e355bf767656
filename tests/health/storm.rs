//! A host that fails fast gets less traffic, not more.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tower_genai::{fallback::FallbackLayer, health::Monitor};

use crate::fleet::{App, Fleet, Manner, call, failing, stack, well};

const CALLERS: usize = 8;
const WHOLE: Duration = Duration::from_secs(300);

/// The failing one's share of all attempts, of callers that each call again as soon as they are answered.
async fn share(fleet: &Fleet, app: &App, model: &'static str, seed: u64) -> f64 {
    let until = Instant::now() + WHOLE;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let app = app.clone();
            let mut chance = fastrand::Rng::with_seed(seed ^ caller as u64);
            tokio::spawn(async move {
                while Instant::now() < until {
                    call(&app, model).await;
                    sleep(Duration::from_millis(chance.u64(0..50))).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let asked = fleet.asked();
    let failing = asked.iter().filter(|name| *name == "a").count();
    failing as f64 / asked.len() as f64
}

fn fleet() -> Fleet {
    Fleet::default()
}

/// One fails in a millisecond; the other takes half a second.
fn script(fleet: &Fleet) {
    let millis = Duration::from_millis;
    fleet.set(
        "p",
        Manner {
            after: millis(1),
            ..failing(500)
        },
    );
    fleet.set(
        "q",
        Manner {
            after: millis(500),
            ..well()
        },
    );
}

#[tokio::test(start_paused = true)]
async fn less_than_one_attempt_in_a_hundred_goes_to_a_host_that_fails_fast() {
    for seed in 0..2 {
        for model in ["any", "quick"] {
            let fleet = fleet();
            let app = stack(&fleet)
                .fallback(FallbackLayer::new().attempts(1))
                .boxed();
            script(&fleet);
            let share = share(&fleet, &app, model, seed).await;
            assert!(share < 0.01, "{model}: {share}");
            assert!(share > 0.0, "it is tried now and then");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_holds_where_each_call_goes_on_to_the_next() {
    let fleet = fleet();
    let app = stack(&fleet).monitor(Monitor::new()).boxed();
    script(&fleet);
    let share = share(&fleet, &app, "quick", 7).await;
    assert!(share < 0.01, "{share}");
}
