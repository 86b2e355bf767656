//! Trains the weights of `classify::Trained`, and measures what comes out. The same data give the same weights, byte for
//! byte, on the same platform.
//!
//! ```sh
//! cargo run --release --example train -- --data DIR [--out src/classify/trained/weights.bin] [--measure]
//! ```
//!
//! `DIR` holds plain `.jsonl` files (`zstd -d` makes them of `.zst` ones); none is part of this project:
//!
//! | file | from | licence | what it is used for |
//! | --- | --- | --- | --- |
//! | `tasktype_arena_hard_v01.jsonl` | github.com/lmarena/arena-hard-auto @ 196f6b82, `{prompt, cluster}` | Apache-2.0 | 500 prompts of real users; tasks labelled by hand in `arena.tsv` |
//! | `tasktype_clinc150_train.jsonl` | github.com/clinc/oos-eval @ 828f8093, `{prompt, label}` | CC BY 3.0 | short orders and questions; tasks by intent in `intents.tsv` |
//! | `ulab.jsonl` | github.com/ulab-uiuc/LLMRouter @ 4e7a7969, `{dataset, prompt, scores}` | MIT | nine benchmarks; how right nine models were |
//! | `routellm.jsonl` | github.com/lm-sys/RouteLLM @ 0b64fdaf, `{dataset, sub, prompt, scores}` | Apache-2.0 | questions of exams; how right two models were |
//!
//! `own.jsonl` and `tests/heuristics/development.jsonl` were written for this project. The other questions in
//! `tests/heuristics` and `examples/questions.jsonl` are never trained on: `--measure` reports on them.

mod args;
mod crossed;
mod data;
mod difficulty;
mod fit;
mod measure;
mod own_tasks;
mod recipe;
mod suffix;
mod weights;

use std::{fs, process::ExitCode};

use anyhow::Result;

use self::args::Args;

fn main() -> ExitCode {
    let args = match Args::read(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("train: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let asked = data::read(&args.data)?;
    let rows = recipe::rows(&asked);
    let crossed = crossed::Crossed::new(&asked, &rows);
    let temperature = crossed.temperature();
    let fitted = fit::fit(&rows.iter().collect::<Vec<_>>(), recipe::HOW, recipe::start);
    let hard = difficulty::fit(&asked);
    let bytes = weights::write(&fitted, temperature, &hard);
    if let Some(out) = &args.out {
        fs::write(out, &bytes)?;
        println!("{} bytes to {}", bytes.len(), out.display());
    }
    if args.measure {
        measure::all(&asked, &crossed, temperature, bytes)?;
        own_tasks::print(&data::intents(&args.data)?);
    }
    Ok(())
}
