//! Plays calls of which every model's score is known, through the crate's own selector, and says what its choices scored
//! and cost beside every constant model, a random choice, and the oracle. No call is made, and no key is needed.
//!
//! ```sh
//! cargo run --release --example evaluate -- [--catalog FILE] [--alias NAME] [--quality X] [--learn] [--feedback SHARE] \
//!     [--seed N] [--json] OUTCOMES.jsonl [--decisions FILE]
//! cargo run --release --example evaluate -- --tables DIR [--seeds N]
//! ```
//!
//! A line in is `{"id": …, "prompt": "…", "scores": {model: 0..1}, "costs": {model: USD}}`. Calls are taken in the order
//! of the file. Of each the score of the chosen model alone is told, and that only with `--learn`, to the share of them
//! that `--feedback` says.
//!
//! - A model that has no score of a call is not in that call's pool. Models with scores that the alias may not ask are
//!   left out, with a warning. A model's efforts count as the model.
//! - `random` draws any model of the pool. `mixed` is the best that a fixed mixture of two models gives at the router's
//!   own cost. `length` sends longer prompts to the dearer of two models; which, and from which length, is chosen on
//!   the first half of the calls, so that it knows a part of what it is measured by. `oracle` is the cheapest of the best.
//! - Intervals hold 95 % of what 1 000 draws of the calls give. They say how far other calls like these might differ, not
//!   other orders of them, nor other tasks.

mod args;
mod decisions;
mod figures;
mod length;
mod outcomes;
mod play;
mod report;
mod stream;
mod tables;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use tower_genai::catalog::Catalog;

use self::{
    args::{Args, USAGE, Wanted},
    decisions::Decisions,
    figures::{Figures, Series},
    length::ByLength,
    outcomes::Outcomes,
    play::{Played, Setting, play},
    report::Json,
    stream::{Stream, Tasks, listed},
};

const AUTO: &str = "auto";
/// So many calls are taken for learning to have begun.
const BURN_IN: usize = 1_000;

fn main() -> ExitCode {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let wanted = match Wanted::read(words) {
        Ok(wanted) => wanted,
        Err(error) => return failed(2, &error),
    };
    let said = match &wanted {
        Wanted::Help => Ok((format!("{USAGE}\n"), true)),
        Wanted::Play(args) => evaluate(args),
        Wanted::Tables(args) => tables::print(args).map(|()| (String::new(), true)),
    };
    match said {
        Ok((text, good)) => match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                failed(1, &error.to_string())
            }
            _ if good => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
        Err(error) => failed(2, &error),
    }
}

fn failed(code: u8, error: &str) -> ExitCode {
    eprintln!("evaluate: {error}");
    ExitCode::from(code)
}

/// What to print, and whether all lines were good.
fn evaluate(args: &Args) -> Result<(String, bool), String> {
    let catalog = match &args.catalog {
        Some(file) => Catalog::load(file).map_err(|error| error.to_string())?,
        None => Catalog::builtin(),
    };
    let outcomes = Outcomes::load(&args.outcomes)?;
    let in_file = |why: String| format!("{}: {why}", args.outcomes);
    if outcomes.rows.is_empty() {
        return Err(in_file("no calls".to_owned()));
    }
    let alias = args.alias.as_deref().unwrap_or(AUTO);
    let stream = Stream::new(&catalog.snapshot(), alias, &outcomes.rows, Tasks::Told);
    let stream = stream.map_err(in_file)?;
    if !stream.left_out.is_empty() {
        let names = listed(stream.left_out.iter().map(|name| &**name));
        eprintln!("evaluate: left out, since `{alias}` may not ask them: {names}");
    }
    if stream.unscored > 0 {
        let unscored = stream.unscored;
        eprintln!("evaluate: left out {unscored} calls of which no model of `{alias}` has a score");
    }

    let setting = |learn, feedback| Setting {
        catalog: catalog.clone(),
        learn,
        feedback,
        quality: args.quality,
        seed: args.seed,
    };
    let count = stream.calls.len();
    let calls: Vec<usize> = (0..count).collect();
    let quietly = |learn| play(&stream, 0..count, &setting(learn, 0.0), |_| Ok(()));
    let mut log = match &args.decisions {
        Some(path) => Some(Decisions::create(path, args.prompts)?),
        None => None,
    };
    let router = play(
        &stream,
        0..count,
        &setting(args.learn, args.feedback),
        |told| log.as_mut().map_or(Ok(()), |log| log.write(told)),
    );
    if let Some(log) = log {
        log.finish()?;
    }
    let mut played = vec![("router", router.map_err(in_file)?)];
    if args.learn {
        played.push(("no feedback", quietly(true).map_err(in_file)?));
        played.push(("static", quietly(false).map_err(in_file)?));
    }
    let by_length = ByLength::fit(&stream, &calls[..count.div_ceil(2)]);
    played.push(("length", by_length.play(&stream, &calls)));

    let figures = |from: usize| {
        let series =
            |(name, played): &(&str, Vec<Played>)| Series::played(name, &stream, &played[from..]);
        let routers = played.iter().map(series).collect();
        Figures::new(&stream, &calls[from..], routers, args.seed)
    };
    let all = figures(0);
    let after = (count > BURN_IN).then(|| figures(BURN_IN));
    let text = if args.json {
        let json = Json::new(&all, after.as_ref());
        let json = serde_json::to_string(&json).map_err(|error| error.to_string())?;
        format!("{json}\n")
    } else {
        let how = match args.learn {
            true => format!("learning from the scores of {} %", 100.0 * args.feedback),
            false => "by the catalog alone".to_owned(),
        };
        let mut text = format!(
            "{count} calls of `{alias}`, {how}\n\n{}",
            report::table(&all)
        );
        if let Some(after) = &after {
            text.push_str(&format!(
                "\nafter the first {BURN_IN}\n\n{}",
                report::table(after)
            ));
        }
        text
    };
    Ok((text, outcomes.wrong == 0))
}
