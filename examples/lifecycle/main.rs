//! Says what breaks when: which models of a catalog are deprecated and end, who takes over, and which aliases lose whom.
//! Asks no network: it reads the catalog, and the clock unless `--at` is given.
//!
//! ```sh
//! cargo run --example lifecycle -- [--catalog FILE] [--at DATE] [--fail-before 90d] [--json]
//! ```
//!
//! With `--fail-before` it exits with 1 when something is about to break, so that it can stand in CI: within that time a
//! model ends that an alias of the catalog has in its pool, or that no successor in service takes over from; or an alias
//! is left without a candidate. Exits with 2 when the catalog or an argument cannot be read.

mod args;
mod event;
mod findings;
mod json;
mod report;
mod table;

use std::{
    io::{self, Write},
    process::ExitCode,
    time::SystemTime,
};

use tower_genai::catalog::{Catalog, Date};

use self::{
    args::{Args, USAGE},
    report::Report,
};

fn main() -> ExitCode {
    let args = std::env::args_os().skip(1);
    let args = args.map(|arg| arg.to_string_lossy().into_owned());
    let args = match Args::read(args) {
        Ok(Some(args)) => args,
        Ok(None) => {
            let _ = writeln!(io::stdout(), "{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(why) => return failed(&format!("{why}\n{USAGE}")),
    };
    let catalog = match args.catalog.as_deref() {
        None | Some("builtin") => Catalog::builtin(),
        Some(file) => match Catalog::load(file) {
            Ok(catalog) => catalog,
            Err(error) => return failed(&error.to_string()),
        },
    };
    let today = args.at.unwrap_or_else(|| Date::of(SystemTime::now()));
    let report = Report::new(&catalog.snapshot(), today, args.fail_before);
    let text = match args.json {
        true => format!("{}\n", json::object(&report)),
        false => table::text(&report),
    };
    // Whoever reads has seen enough when the pipe is closed.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    match (report.within, report.breaks.len()) {
        (Some(days), broken @ 1..) => {
            let things = if broken == 1 {
                "thing breaks"
            } else {
                "things break"
            };
            eprintln!("lifecycle: {broken} {things} within {days} days");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("lifecycle: {why}");
    ExitCode::from(2)
}
