//! Says what a public price list would change in a catalog, and what of it is not believed. Changes nothing, and asks
//! no network: the file is there already.
//!
//! ```sh
//! cargo run --example prices -- FILE [--format litellm|models.dev|genai-prices] [--catalog FILE|builtin]
//!                               [--dated DAY] [--version TEXT] [--stale DAYS] [--older] [--json | --toml] [--all]
//! ```
//!
//! Exits with 2 when the list, the catalog or an argument cannot be read.

use std::{
    fs,
    io::{self, Write},
    process::ExitCode,
};

use serde_json::{Value, json};
use tower_genai::{
    catalog::{
        Catalog, Date, Snapshot, Unit,
        import::{Format, Imported, ModelReview, ModelState, Review, RowState, Rules},
    },
    money::UnitPrice,
};

const USAGE: &str =
    "usage: prices FILE [--format litellm|models.dev|genai-prices] [--catalog FILE|builtin]
              [--dated DAY] [--version TEXT] [--stale DAYS] [--older] [--json | --toml] [--all]

  FILE            a price list: LiteLLM's, models.dev's or genai-prices'
  --format NAME   whose list it is; found by its shape unless given
  --catalog FILE  what to compare it with; the built-in catalog unless given
  --dated DAY     the day of the list, such as 2026-11-20; prices that were checked later stay
  --version TEXT  the version of the list, for the record
  --stale DAYS    after how many days a price that nobody checked is old; 90 unless given
  --older         let an old list change prices that were checked later
  --json          one JSON object instead of a table
  --toml          only the catalog entries that would change, to be put on top of the catalog
  --all           also rates that stay as they are, and models that the catalog lacks";

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
    match args.run() {
        // Whoever reads has seen enough when the pipe is closed.
        Ok(text) => {
            let _ = io::stdout().lock().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(why) => failed(&why),
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("prices: {why}");
    ExitCode::from(2)
}

#[derive(Default)]
struct Args {
    file: String,
    format: Option<Format>,
    catalog: Option<String>,
    dated: Option<Date>,
    version: Option<String>,
    stale: Option<u32>,
    older: bool,
    json: bool,
    toml: bool,
    all: bool,
}

impl Args {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut args = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            let wrong = |why: &dyn std::fmt::Display| format!("{word}: {why}");
            match word.as_str() {
                "--format" => args.format = Some(value()?.parse().map_err(|e| wrong(&e))?),
                "--catalog" => args.catalog = Some(value()?),
                "--dated" => args.dated = Some(value()?.parse().map_err(|e| wrong(&e))?),
                "--version" => args.version = Some(value()?),
                "--stale" => args.stale = Some(value()?.parse().map_err(|e| wrong(&e))?),
                "--older" => args.older = true,
                "--json" => args.json = true,
                "--toml" => args.toml = true,
                "--all" => args.all = true,
                "--help" | "-h" => return Ok(None),
                _ if word.starts_with("--") || !args.file.is_empty() => {
                    return Err(format!("{word:?} is not understood"));
                }
                _ => args.file = word,
            }
        }
        if args.file.is_empty() {
            return Err("which list?".to_owned());
        }
        if args.json && args.toml {
            return Err("--json or --toml, not both".to_owned());
        }
        Ok(Some(args))
    }

    fn run(&self) -> Result<String, String> {
        let catalog = match self.catalog.as_deref() {
            None | Some("builtin") => Catalog::builtin(),
            Some(file) => Catalog::load(file).map_err(|error| error.to_string())?,
        };
        let snapshot = catalog.snapshot();
        let imported = self.imported()?;
        let mut rules = Rules::new().new_models(self.all).older(self.older);
        if let Some(days) = self.stale {
            rules = rules.stale_after(days);
        }
        let review = Review::new(&snapshot, &imported, &rules);
        Ok(if self.toml {
            toml(&review, &snapshot)
        } else if self.json {
            format!("{:#}\n", self.json(&review, &imported))
        } else {
            self.table(&review, &imported)
        })
    }

    fn imported(&self) -> Result<Imported, String> {
        let file = &self.file;
        let bytes = fs::read(file).map_err(|why| format!("{file}: cannot be read: {why}"))?;
        let format = match self.format.or_else(|| Format::detect(&bytes)) {
            Some(format) => format,
            None => {
                // What no list is may be no JSON either, and then there is a place to name.
                let broken = Format::LiteLlm.read(file, &bytes).err();
                let unknown = "has the shape of no list that is known; name it with --format";
                return Err(match broken {
                    Some(error) if error.line().is_some() && !is_json(&bytes) => error.to_string(),
                    _ => format!("{file}: {unknown}"),
                });
            }
        };
        let mut imported = format
            .read(file, &bytes)
            .map_err(|error| error.to_string())?;
        if let Some(day) = self.dated {
            imported = imported.dated(day);
        }
        if let Some(version) = &self.version {
            imported = imported.version(version.as_str());
        }
        Ok(imported)
    }

    /// Whether a row is shown.
    fn shows(&self, state: &RowState) -> bool {
        self.all || !matches!(state, RowState::Unchanged)
    }

    fn table(&self, review: &Review, imported: &Imported) -> String {
        let mut out = String::new();
        let head = ["model", "rate", "old", "new", "ratio", "state"];
        let mut lines: Vec<[String; 6]> = vec![head.map(str::to_owned)];
        for model in review.models() {
            let cells = self.lines(model).into_iter();
            lines.extend(cells.map(|line| line.map(|cell| clean(&cell))));
        }
        let width = |column: usize| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..6).map(width).collect();
        for [model, rate, old, new, ratio, state] in &lines {
            out.push_str(&format!(
                "{model:<0$}  {rate:<1$}  {old:>2$}  {new:>3$}  {ratio:>4$}  {state}\n",
                widths[0], widths[1], widths[2], widths[3], widths[4]
            ));
        }
        let unit = "dollars per million tokens or characters, else per one";
        out.push_str(&format!("\n({unit})\n"));
        for model in review.models() {
            if let Some(found) = model.found().filter(|found| found.listed() != model.name()) {
                let found = clean(&found.to_string());
                out.push_str(&format!("{} is {found}\n", model.name()));
            }
        }
        let totals = review.totals();
        out.push_str(&format!(
            "\n{} of the catalog's models: {} unchanged, {} changed, {} quarantined, {} missing from the list, {} not \
             priced; {} not checked for too long\n",
            totals.unchanged + totals.changed + totals.quarantined + totals.missing + totals.skipped,
            totals.unchanged,
            totals.changed,
            totals.quarantined,
            totals.missing,
            totals.skipped,
            totals.stale
        ));
        if self.all {
            out.push_str(&format!("{} models are new\n", totals.new));
        }
        out.push_str(&format!(
            "{}: {} models; {} prices exact, {} rounded up, {} none; {} values not understood\n",
            review.provenance(),
            review.listed(),
            imported.exact(),
            imported.rounded(),
            imported.doubtful(),
            imported.not_understood().values().sum::<usize>() + imported.notes_left_off()
        ));
        if self.all {
            for ((kind, key), count) in imported.not_understood() {
                out.push_str(&format!("  {} ({count} times): {kind}\n", clean(key)));
            }
        }
        out
    }

    fn lines(&self, model: &ModelReview) -> Vec<[String; 6]> {
        let mut lines = Vec::new();
        let mut line = |rate: String, old, new, ratio, state: String| {
            lines.push([model.name().to_owned(), rate, old, new, ratio, state]);
        };
        let none = String::new;
        if let Some(stale) = model.stale() {
            let state = match (stale.checked(), stale.days()) {
                (Some(day), Some(days)) => format!("stale: checked {day}, {days} days ago"),
                _ => "stale: nobody wrote down when it was checked".to_owned(),
            };
            line(none(), none(), none(), none(), state);
        }
        let whole = matches!(model.state(), ModelState::Missing | ModelState::Skipped);
        if whole && (self.all || model.state() == ModelState::Missing) {
            line(
                none(),
                none(),
                none(),
                none(),
                model.state().as_str().to_owned(),
            );
        }
        for row in model.rows().iter().filter(|row| self.shows(row.state())) {
            let amount = |amount: Option<UnitPrice>| {
                amount.map_or_else(|| "-".to_owned(), |amount| shown(row.slot().unit(), amount))
            };
            let ratio = row.ratio().map_or_else(none, |ratio| format!("{ratio:.2}"));
            line(
                row.slot().to_string(),
                amount(row.old()),
                amount(row.new_amount()),
                ratio,
                said(row.state()),
            );
        }
        for row in model.regions().iter().filter(|row| self.shows(row.state())) {
            let factor = |factor: Option<u32>| {
                factor.map_or_else(
                    || "-".to_owned(),
                    |n| format!("x{}.{:03}", n / 1_000, n % 1_000),
                )
            };
            let (old, new) = (factor(row.old()), factor(row.new_factor()));
            let rate = format!("region {}", row.region());
            line(rate, old, new, none(), said(row.state()));
        }
        lines
    }

    fn json(&self, review: &Review, imported: &Imported) -> Value {
        let models: Vec<Value> = review.models().iter().map(|m| self.json_model(m)).collect();
        let totals = review.totals();
        let from = review.provenance();
        let not_understood: Vec<Value> = imported
            .not_understood()
            .into_iter()
            .map(|((kind, key), count)| json!({ "key": key, "why": kind.to_string(), "count": count }))
            .collect();
        json!({
            "from": {
                "list": from.format().name(),
                "file": from.file(),
                "version": from.version(),
                "dated": from.dated().map(|day| day.to_string()),
                "blake3": from.hash(),
                "imported": from.imported().to_string(),
                "models": review.listed(),
                "exact": imported.exact(),
                "rounded": imported.rounded(),
                "doubtful": imported.doubtful(),
            },
            "totals": {
                "unchanged": totals.unchanged,
                "changed": totals.changed,
                "quarantined": totals.quarantined,
                "missing": totals.missing,
                "skipped": totals.skipped,
                "new": totals.new,
                "stale": totals.stale,
            },
            "models": models,
            "not_understood": not_understood,
        })
    }

    fn json_model(&self, model: &ModelReview) -> Value {
        let rows = model.rows().iter().filter(|row| self.shows(row.state()));
        let rows: Vec<Value> = rows
            .map(|row| {
                let amount = |price: UnitPrice| shown(row.slot().unit(), price);
                json!({
                    "rate": row.slot().to_string(),
                    "old": row.old().map(amount),
                    "new": row.new_amount().map(amount),
                    "ratio": row.ratio(),
                    "state": row.state().as_str(),
                    "why": row.state().doubts().iter().map(|why| why.as_str()).collect::<Vec<_>>(),
                })
            })
            .collect();
        let regions = model.regions().iter().filter(|row| self.shows(row.state()));
        let regions: Vec<Value> = regions
            .map(|row| {
                json!({
                    "region": row.region(),
                    "old_per_mille": row.old(),
                    "new_per_mille": row.new_factor(),
                    "state": row.state().as_str(),
                })
            })
            .collect();
        json!({
            "model": model.name(),
            "provider": model.provider(),
            "state": model.state().as_str(),
            "priced_as": model.found().map(|found| found.listed()),
            "found_by": model.found().map(|found| found.how().as_str()),
            "line": model.found().map(|found| found.line()),
            "checked": model.stale().and_then(|stale| stale.checked()).map(|day| day.to_string()),
            "stale": model.stale().is_some(),
            "not_understood": model.not_understood(),
            "rates": rows,
            "regions": regions,
        })
    }
}

/// Names in a list are strangers' words: they may not move a terminal's cursor, nor begin a line of their own.
fn clean(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

fn toml(review: &Review, snapshot: &Snapshot) -> String {
    let applied = review.apply(snapshot);
    if applied.is_empty() {
        return format!("# {}: nothing changes\n", review.provenance());
    }
    format!("# {}\n\n{}", review.provenance(), applied.to_toml())
}

fn said(state: &RowState) -> String {
    let doubts: Vec<String> = state.doubts().iter().map(ToString::to_string).collect();
    if doubts.is_empty() {
        state.as_str().to_owned()
    } else {
        format!("{}: {}", state.as_str(), doubts.join(", "))
    }
}

/// Dollars for a million tokens, or for one of anything else.
fn shown(unit: &Unit, amount: UnitPrice) -> String {
    if unit.is_token() {
        return amount.to_string();
    }
    let (whole, fraction) = (
        amount.pico() / 1_000_000_000_000,
        amount.pico() % 1_000_000_000_000,
    );
    let text = format!("{fraction:012}");
    let fraction = text.trim_end_matches('0');
    format!("{whole}.{fraction:0<2}")
}
