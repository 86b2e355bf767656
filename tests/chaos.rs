//! A gateway before three providers, one of each API, of which one fails at any time: nobody who calls it notices.
//!
//! 64 callers at once: the vendors' own Python packages with the retries that they come with, and plain sockets. Which
//! provider fails, and how, is drawn from a seed and changes with the calls that have come, not with the clock. Every
//! answer must be there whole and once, and the ledger is held against the providers' own bills, attempt by attempt.
//!
//! `CHAOS_SEED` and `CHAOS_CALLS` say what is drawn and how many calls are made. Needs what `sdk_matrix` needs for
//! Python; where that is missing only the plain sockets call, except where `CI` is set.

#[path = "chaos/answer.rs"]
mod answer;
#[path = "chaos/caller.rs"]
mod caller;
#[path = "../examples/gateway/client.rs"]
mod client;
#[path = "chaos/driver.rs"]
mod driver;
#[path = "chaos/house.rs"]
mod house;
#[path = "chaos/kind.rs"]
mod kind;
#[path = "chaos/packages.rs"]
mod packages;
#[path = "openai_sdk/python.rs"]
mod python;
#[path = "chaos/question.rs"]
mod question;
#[path = "chaos/raw/mod.rs"]
mod raw;
#[path = "chaos/reckoning.rs"]
mod reckoning;
#[path = "chaos/report.rs"]
mod report;
#[path = "../examples/gateway/server.rs"]
mod server;
#[path = "chaos/watch.rs"]
mod watch;

use std::time::Duration;

use answer::Answers;
use caller::Caller;
use house::House;
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(240);

fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a whole number"),
        Err(_) => otherwise,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_provider_fails_at_any_time_and_no_caller_notices() {
    let seed = number("CHAOS_SEED", 1);
    let calls = usize::try_from(number("CHAOS_CALLS", 3_200)).unwrap();
    println!("CHAOS_SEED={seed} CHAOS_CALLS={calls}");
    let packages = include_str!("sdk_matrix/python/requirements.txt");
    let python = python::with("sdk-matrix", packages);
    let callers = Caller::all(calls, python.is_some());
    let house = House::start(seed, &callers).await;

    let (say, mut heard) = mpsc::unbounded_channel();
    let mut running = JoinSet::new();
    if let Some(python) = &python {
        for package in packages::ALL {
            let own: Vec<_> = package.own(&callers).collect();
            let script = package.run(python, house.addr, &own, say.clone());
            running.spawn(script);
        }
    }
    for caller in callers.iter().filter(|caller| caller.is_raw()) {
        running.spawn(raw::run(house.addr, caller.clone(), say.clone()));
    }
    drop(say);
    let mut answers = Answers::default();
    let listening = async {
        while let Some(told) = heard.recv().await {
            answers.hear(told);
        }
        running.join_all().await;
    };
    let done = timeout(PATIENCE, listening).await;
    let ended = done.is_ok();

    let mut wrong = Vec::new();
    if !ended {
        wrong.push("calls are still under way".to_owned());
    }
    if let Err(held) = house.at_rest().await {
        wrong.push(held);
    }
    answers.judge(&callers, &house, &mut wrong);
    reckoning::reckon(&callers, &answers, &house, &mut wrong).await;
    report::print(&callers, &answers, &house);
    for one in wrong.iter().take(40) {
        println!("WRONG {one}");
    }
    assert!(
        wrong.is_empty(),
        "CHAOS_SEED={seed} CHAOS_CALLS={calls}: {} things are wrong; they stand above",
        wrong.len()
    );
}
