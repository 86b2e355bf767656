use std::sync::Arc;

use tokio::time::Instant;
use tower_genai::budget::Window;

use super::support::{Place, nanos, open, scope};

/// Prints how long calls take on this disk: `cargo test --release --test file_ledger pace -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and checks nothing"]
async fn pace() {
    for at_once in [1_u32, 64] {
        let place = Place::new();
        let ledger = place.open();
        let org = Arc::new(scope(&ledger, "org", "1000000", Window::Day));
        let rounds = 4_000 / (if at_once == 1 { 8 } else { at_once });
        let began = Instant::now();
        let tasks: Vec<_> = (0..at_once)
            .map(|_| {
                let org = org.clone();
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    for _ in 0..rounds {
                        let began = Instant::now();
                        let mut hold = open(&org, "0.01").await.unwrap();
                        times.push(began.elapsed());
                        hold.sent();
                        hold.settle(nanos(1_000));
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.unwrap());
        }
        let took = began.elapsed();
        times.sort();
        let at = |part: usize| times[times.len() * part / 100];
        println!(
            "{at_once} at once: {:.0} calls/s; held after p50 {:?}, p99 {:?}",
            f64::from(at_once * rounds) / took.as_secs_f64(),
            at(50),
            at(99),
        );
    }
}
