//! The figures of the module's page. Takes minutes: `cargo test --release --lib drift::tests::tables -- --ignored
//! --nocapture`, longer with `DRIFT_SECONDS`.

use std::time::Duration;

use tokio::time::Instant;

use super::world::{found, score, settled};
use crate::profile::drift::Drifts;

fn seconds() -> Duration {
    let wished = std::env::var("DRIFT_SECONDS").ok();
    Duration::from_secs(wished.and_then(|text| text.parse().ok()).unwrap_or(60))
}

#[test]
#[ignore = "takes minutes"]
fn false_alarms() {
    println!("| quality | outcomes | falls told | rises told | per 100 000 |");
    for p in [0.5, 0.7, 0.9, 0.97] {
        let random = &mut fastrand::Rng::with_seed(1);
        let begun = Instant::now();
        let (mut outcomes, mut falls, mut rises) = (0u64, 0u64, 0u64);
        let mut drifts = Drifts::default();
        while begun.elapsed() < seconds() / 4 {
            for _ in 0..1_000 {
                outcomes += 1;
                let told = score(&mut drifts, random, p);
                if let Some(one) = told.first() {
                    falls += u64::from(one.worse);
                    rises += u64::from(!one.worse);
                    drifts = Drifts::default();
                }
            }
        }
        let rate = (falls + rises) as f64 / outcomes as f64 * 1e5;
        println!("| {p} | {outcomes} | {falls} | {rises} | {rate:.2} |");
    }
}

#[test]
#[ignore = "takes minutes"]
fn found_in_time() {
    println!("| quality | fall | known of | runs | within 400 | within 650 | median |");
    let rows = [0.5, 0.7, 0.9, 0.97].map(|p| [0.05, 0.1, 0.2].map(|fall| (p, fall)));
    let rows = rows.as_flattened();
    for (p, fall) in rows {
        for known in [500, 1_000, 2_000, 4_000] {
            let begun = Instant::now();
            let mut delays = Vec::new();
            let mut runs = 0;
            while begun.elapsed() < seconds() / 48 {
                runs += 1;
                let random = &mut fastrand::Rng::with_seed(runs);
                let mut drifts = settled(random, *p, known);
                let delay = found(&mut drifts, random, p - fall, 2_000);
                delays.push(delay.unwrap_or(usize::MAX));
            }
            delays.sort_unstable();
            let within = |most: usize| {
                let in_time = delays.iter().filter(|delay| **delay <= most);
                in_time.count() as f64 / delays.len() as f64
            };
            let (short, long) = (within(400), within(650));
            let median = delays[delays.len() / 2];
            println!("| {p} | {fall} | {known} | {runs} | {short:.3} | {long:.3} | {median} |");
        }
    }
}
