//! Says of a decision log what another policy, threshold, pool or price list would have cost and scored.
//!
//! ```sh
//! cargo run --release --example replay -- LOG.jsonl --policy cheapest|best|learned|constant:NAME|threshold:X \
//!     [--quality X] [--catalog FILE] [--pool A,B] [--svg OUT.svg]
//! ```
//!
//! The log is one that `observe::JsonLines` writes, or `evaluate --decisions`.
//!
//! - **Quality** is estimated doubly robustly, with the log's own probabilities: what was predicted of the policy's
//!   choices, put right by how the answers to such choices differed from what was predicted of them. It takes for granted
//!   that which answers were scored does not depend on how good they were.
//! - **The log cannot tell** where the policy chooses what had no chance of being chosen, or one that was expected to come
//!   fewer than ten times, or where too few decisions were like its own. Then it says so. A log of calls that were routed without chance tells of nothing but themselves.
//! - **Costs** are those that were paid where the choice is the same. With a catalog they are what was used at its prices,
//!   as if each model's answer were as long as the one that was given; without one they are in proportion to what was
//!   guessed before the call.
//! - Intervals hold 95 % of what 1 000 draws of the decisions give, and on top of that anything from 0 to 1 for
//!   decisions of which nothing is known.

mod args;
mod estimate;
mod learned;
mod log;
mod policy;
mod prices;
mod report;
mod support;
mod svg;

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    process::ExitCode,
};

use self::{
    args::{Args, USAGE, Wanted},
    estimate::Estimate,
    log::Log,
    policy::{Choice, choose},
    prices::Prices,
    report::{Json, Row, Told},
};

fn main() -> ExitCode {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let said = match Args::read(words) {
        Ok(Some(args)) => replay(&args),
        Ok(None) => Ok((format!("{USAGE}\n"), true)),
        Err(error) => Err(error),
    };
    match said {
        Ok((text, good)) => match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprintln!("replay: {error}");
                ExitCode::FAILURE
            }
            _ if good => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::from(2)
        }
    }
}

/// What to print, and whether all lines were good.
fn replay(args: &Args) -> Result<(String, bool), String> {
    let log = Log::load(&args.log)?;
    if log.decisions.is_empty() {
        return Err(format!("{}: no decision that was answered", args.log));
    }
    let prices = Prices::new(args.catalog.as_deref())?;
    let all = log.decisions.iter().flat_map(|logged| &logged.candidates);
    let names: BTreeSet<&str> = all.clone().map(|one| &*one.name).collect();
    let unknown = prices.unknown(names.iter().copied());
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        eprintln!(
            "replay: the catalog has no {unknown}: what those cost is in proportion to the guesses"
        );
    }
    let wanted = args.pool.iter().flatten();
    let constant = match &args.policy {
        Wanted::Constant(name) => Some(name),
        _ => None,
    };
    for name in wanted.chain(constant) {
        if !all.clone().any(|one| one.is(name)) {
            return Err(format!(
                "{}: no decision has `{name}` as a candidate",
                args.log
            ));
        }
    }

    let pool = args.pool.as_deref();
    let estimate = |name: String, told, choices: &[Choice], without| Row {
        name,
        told,
        estimate: Estimate::new(&log.decisions, choices, &prices, args.seed),
        without,
    };
    let by = |policy: &Wanted, told| {
        let each = log.decisions.iter();
        let chosen: Vec<_> = each
            .map(|logged| choose(policy, pool, &prices, logged))
            .collect();
        let without = chosen.iter().filter(|(_, had)| !had).count();
        let choices: Vec<Choice> = chosen.into_iter().map(|(choice, _)| choice).collect();
        let name = match (policy, told) {
            (Wanted::Constant(name), Told::Constant) => name.clone(),
            _ => policy.name(),
        };
        estimate(name, told, &choices, without)
    };
    let decided: Vec<Choice> = log.decisions.iter().map(|_| Choice::AsLogged).collect();
    let mut rows = vec![estimate("log".to_owned(), Told::Logged, &decided, 0)];
    rows.push(match &args.policy {
        Wanted::Learned => {
            let choices = learned::choose(&log.decisions, pool, &prices, args.quality, args.seed)?;
            estimate(args.policy.name(), Told::Replayed, &choices, 0)
        }
        policy => by(policy, Told::Replayed),
    });
    for name in names {
        let constant = Wanted::Constant(name.to_owned());
        if constant != args.policy {
            rows.push(by(&constant, Told::Constant));
        }
    }

    if let Some(path) = &args.svg {
        fs::write(path, svg::draw(&rows)).map_err(|error| format!("{path}: {error}"))?;
    }
    let text = if args.json {
        let json = Json::new(&rows, log.unanswered);
        let json = serde_json::to_string(&json).map_err(|error| error.to_string())?;
        format!("{json}\n")
    } else {
        report::table(&rows, log.unanswered)
    };
    Ok((text, log.wrong == 0))
}
