//! Whole stacks in worlds that a seed makes: budgets that nest, providers that fail and keep their own bills, callers
//! that leave, clocks that jump, ledgers that do not answer. After every step the sums have to be right.
//!
//! A seed decides everything, on one thread and by a clock that stands still; so it plays the same again. A failure says
//! its seed: `SEED=… cargo nextest run --features full simulation --no-capture`. For a longer run than that of every
//! day say `SIM_CALLS=…` (calls for each test) or `SIM_SECONDS=…`, and `SIM_FROM=…` for other seeds.

mod budgets;
mod call;
mod dice;
mod fleet;
mod ledger;
mod play;
mod prices;
mod rest;
mod script;
mod shadow;
mod tally;
mod trace;
mod world;

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tower_genai::{
    budget::{Ledger, MemoryLedger},
    context::Clock,
};

use self::{play::play, tally::Tally};

/// Each test plays so many calls.
const CALLS: u64 = 50_000;
/// Seeds of different tests do not meet.
const APART: u64 = 1_000_000_000;

fn in_memory(clock: Clock, lease: Duration, listed: usize) -> Arc<dyn Ledger> {
    let ledger = MemoryLedger::with_clock(clock);
    Arc::new(ledger.lease(lease).doubtful_kept(listed))
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays seed after seed until it is enough.
fn simulate(test: u64) {
    if let Some(seed) = asked("SEED") {
        if test == 0 {
            println!("{}", play(seed, in_memory).0);
        }
        return;
    }
    // Outside of a runtime it is the time that it really takes.
    let began = Instant::now();
    let seconds = asked("SIM_SECONDS").map(Duration::from_secs);
    let calls = asked("SIM_CALLS").unwrap_or(CALLS);
    let from = test * APART + asked("SIM_FROM").unwrap_or(0);
    let mut all = Tally::default();
    let mut seed = from;
    while match seconds {
        Some(seconds) => began.elapsed() < seconds,
        None => all.calls < calls,
    } {
        if asked("SIM_LOUD").is_some() {
            println!("seed {seed}");
        }
        all.add(&play(seed, in_memory).0);
        seed += 1;
    }
    let took = began.elapsed().as_secs_f64();
    println!("seeds {from}..{seed} in {took:.1} s: {all}");
}

#[test]
fn simulation_a() {
    simulate(0);
}

#[test]
fn simulation_b() {
    simulate(1);
}

#[test]
fn simulation_c() {
    simulate(2);
}

#[test]
fn simulation_d() {
    simulate(3);
}

#[test]
fn simulation_of_a_seed_is_the_same_again() {
    for seed in 9 * APART..9 * APART + 6 {
        let (first, second) = (play(seed, in_memory), play(seed, in_memory));
        assert_eq!(first.1, second.1, "seed {seed}");
        assert_eq!(first.0.to_string(), second.0.to_string(), "seed {seed}");
    }
}
