//! A summary as a table for people, and as JSON for programs.

use std::{collections::BTreeMap, fmt::Write};

use serde::Serialize;
use tower_genai::money::Usd;

use super::{
    sims::{MODELS, OVERLOADED},
    summary::{Part, Summary},
};

/// Plain text, aligned.
pub(crate) fn table(summary: &Summary) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out, summary);
    out
}

fn write(out: &mut String, summary: &Summary) -> std::fmt::Result {
    let (calls, parts) = (summary.calls.len(), summary.parts());

    writeln!(
        out,
        "Where each task went: the cheapest model of at least 95 % of the best one's quality\n"
    )?;
    write!(out, "  {:<14}", "task")?;
    for model in &MODELS {
        write!(out, "{:>17}", model.name)?;
    }
    for (task, counts) in summary.tasks() {
        write!(out, "\n  {task:<14}")?;
        for count in counts {
            match count {
                0 => write!(out, "{:>17}", "-")?,
                _ => write!(out, "{count:>17}")?,
            }
        }
    }

    writeln!(out, "\n\nWhat it cost, in USD\n")?;
    writeln!(
        out,
        "  {:<17}{:>7}{:>14}{:>14}",
        "model", "calls", "settled", "billed"
    )?;
    for ((model, part), billed) in MODELS.iter().zip(&parts).zip(&summary.billed) {
        let Part { calls, cost, .. } = part;
        writeln!(
            out,
            "  {:<17}{calls:>7}{:>14}{:>14}",
            model.name,
            usd(*cost),
            usd(*billed)
        )?;
    }
    let (settled, billed) = (usd(summary.settled), usd(summary.total_billed()));
    writeln!(out, "  {:<17}{calls:>7}{settled:>14}{billed:>14}", "all")?;

    let (hits, saved) = summary.hits();
    writeln!(
        out,
        "\n  {hits} calls were answered from the cache, at no cost; their answers had cost {saved} USD."
    )?;
    let (fallbacks, cost) = summary.fallbacks();
    writeln!(
        out,
        "  {fallbacks} calls went to another model while {} was overloaded, and cost {cost} USD there.",
        OVERLOADED.name
    )?;

    writeln!(
        out,
        "\nWhat the same calls cost at one model, by its own bill\n"
    )?;
    writeln!(
        out,
        "  {:<17}{:>12}{:>12}{:>24}",
        "model", "USD", "saved", "good enough for"
    )?;
    for ((model, part), constant) in MODELS.iter().zip(&parts).zip(&summary.constants) {
        let saved = format!("{:.1} %", 100.0 * saving(summary.settled, *constant));
        let enough = format!("{} of {calls} calls", part.qualified);
        writeln!(
            out,
            "  {:<17}{:>12}{saved:>12}{enough:>24}",
            model.name,
            usd(*constant)
        )?;
    }

    // Cheaper models save money too, by answering badly; this is the one that routing has to be compared with.
    let mut enough: Vec<_> = MODELS.iter().zip(&parts).zip(&summary.constants).collect();
    enough.retain(|((_, part), _)| part.qualified == calls);
    if let Some(((model, _), constant)) = enough.into_iter().min_by_key(|(_, constant)| **constant)
    {
        let saved = 100.0 * saving(summary.settled, *constant);
        writeln!(
            out,
            "\nRouting and the cache saved {saved:.1} % against the cheapest that is good enough for all of them, {}.",
            model.name
        )?;
    }

    let held = summary.held;
    match summary.check() {
        Ok(()) => writeln!(
            out,
            "Ledger and bills agree to the nano-dollar; held now: {held} USD."
        )?,
        Err(wrong) => writeln!(out, "WRONG: {wrong}.")?,
    }
    let recognised = summary.recognised();
    writeln!(
        out,
        "Tasks recognised: {recognised} of {calls}, by rules that were made with such questions in view."
    )
}

/// The share of `constant` that routing saved; negative where it cost more.
fn saving(routed: Usd, constant: Usd) -> f64 {
    1.0 - routed.as_f64() / constant.as_f64()
}

/// All nine decimals, so that columns align.
fn usd(amount: Usd) -> String {
    format!(
        "{}.{:09}",
        amount.nanos() / 1_000_000_000,
        amount.nanos() % 1_000_000_000
    )
}

/// One object in one line. Amounts are decimal text.
pub(crate) fn json(summary: &Summary) -> String {
    #[derive(Serialize)]
    struct Object {
        calls: usize,
        models: BTreeMap<&'static str, One>,
        constants: BTreeMap<&'static str, Usd>,
        ledger_usd: Usd,
        billed_usd: Usd,
        held_usd: Usd,
        cache_hits: usize,
        fallbacks: usize,
    }
    #[derive(Serialize)]
    struct One {
        calls: usize,
        cost_usd: Usd,
    }
    let models = MODELS.iter().zip(summary.parts()).map(|(model, part)| {
        let one = One {
            calls: part.calls,
            cost_usd: part.cost,
        };
        (model.name, one)
    });
    let constants = MODELS.iter().zip(&summary.constants);
    let object = Object {
        calls: summary.calls.len(),
        models: models.collect(),
        constants: constants.map(|(model, cost)| (model.name, *cost)).collect(),
        ledger_usd: summary.settled,
        billed_usd: summary.total_billed(),
        held_usd: summary.held,
        cache_hits: summary.hits().0,
        fallbacks: summary.fallbacks().0,
    };
    // Strings and numbers alone: this cannot fail.
    serde_json::to_string(&object).unwrap_or_default() + "\n"
}
