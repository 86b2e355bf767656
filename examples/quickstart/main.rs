//! Plays several hundred questions through a client stack, with one budget around, against four simulated providers,
//! and shows where they went and what that cost: some are asked twice and answered from the cache, some are asked while
//! a provider is overloaded and answered by the next. Needs no key and no network.
//!
//! ```sh
//! cargo run --release --example quickstart
//! cargo run --release --example quickstart -- --json
//! ```

mod play;
mod progress;
mod questions;
mod report;
mod sims;
mod summary;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context as _;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    cache::CacheLayer,
    stack::Stack,
};

use self::{
    progress::Progress,
    sims::{MODELS, OVERLOADED, Sims},
    summary::Summary,
};

const USAGE: &str = "usage: quickstart [--json]

  --json   print one JSON object instead of a table";

#[tokio::main]
async fn main() -> ExitCode {
    let mut json = false;
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--json") => json = true,
            Some("-h" | "--help") => return print(&format!("{USAGE}\n")),
            _ => {
                let argument = argument.display();
                eprintln!("quickstart: unknown argument `{argument}`\n{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let summary = match run().await {
        Ok(summary) => summary,
        Err(error) => {
            eprintln!("quickstart: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let printed = print(&if json {
        report::json(&summary)
    } else {
        report::table(&summary)
    });
    match summary.check() {
        Ok(()) => printed,
        Err(wrong) => {
            eprintln!("quickstart: {wrong}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<Summary> {
    let mut questions = questions::all()?;

    // The whole of what an app has to write: a client, a catalog, a budget, a cache.
    let sims = Sims::start().await?;
    let budget = Budget::new("quickstart").limit("10.00".parse()?, Window::Total);
    let stack = Stack::client_with(play::client(), sims.catalog()?)
        .budget(budget.clone())
        .cache(CacheLayer::new().single_tenant(true))
        .boxed::<Body, _>();

    // First everything; then a part once more; then, with one provider down, a part in other words.
    let again = questions::again(&questions);
    let reworded = questions::reworded(&questions);
    let mut calls = Vec::new();
    for (part, overloaded) in [
        (&questions, None),
        (&again, None),
        (&reworded, Some(OVERLOADED)),
    ] {
        if let Some(model) = overloaded {
            sims.overload(&model)?;
        }
        let mut progress = Progress::new("auto", part.len());
        calls.extend(play::routed(&stack, part, &mut progress).await?);
    }
    questions.extend(again);
    questions.extend(reworded);

    // What would the same calls have cost at each single model? Ask it all of them, and read its bill.
    let mut constants = Vec::new();
    for model in &MODELS {
        let alone = Sims::start().await?;
        let mut progress = Progress::new(model.name, questions.len());
        play::straight(&alone, model, &questions, &mut progress).await?;
        constants.push(alone.billed(model)?);
    }

    let allowance = budget.scope().allowance();
    let allowance = allowance.context("a budget with a limit has an allowance")?;
    let billed = MODELS.iter().map(|model| sims.billed(model));
    Ok(Summary {
        questions,
        calls,
        settled: allowance.spent(),
        held: allowance.held(),
        billed: billed.collect::<Result<_, _>>()?,
        constants,
    })
}

/// Writes to standard output; a reader that has left is no failure.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("quickstart: cannot write: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
