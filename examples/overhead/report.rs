use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    Measured,
    aims::{Aim, aims},
    compare::Compared,
    figures::Figures,
};

pub(crate) fn table(measured: &Measured) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        writeln!(out, "{text}").expect("a string takes all that is written");
    };
    let calls: usize = measured.compared.iter().flat_map(|one| one.calls).sum();
    let rounds = measured.rounds;
    line(format_args!(
        "{calls} calls over loopback, all answered in full; medians of {rounds} rounds of either side in turn\n"
    ));
    line(format_args!(
        "{:<9} {:>6} │ {:<37} │ {:<17} │ {:<26}",
        "", "in", "p50, us", "p99, us", "CPU per call, us"
    ));
    line(format_args!(
        "{:<9} {:>6} │ {:>8} {:>8} {:>6}  {:<11} │ {:>8} {:>8} │ {:>8} {:>8} {:>8}",
        "call",
        "flight",
        "bare",
        "stack",
        "ratio",
        "of rounds",
        "bare",
        "stack",
        "bare",
        "stack",
        "more"
    ));
    for one in &measured.compared {
        let Compared { bare, stack, .. } = one;
        let [ratio, least, most] = one.ratio;
        line(format_args!(
            "{:<9} {:>6} │ {:>8.1} {:>8.1} {ratio:>6.2}  {:<11} │ {:>8.1} {:>8.1} │ {:>8} {:>8} {:>8}",
            one.name,
            one.in_flight,
            bare.p50_us,
            stack.p50_us,
            format!("{least:.2}–{most:.2}"),
            bare.p99_us,
            stack.p99_us,
            number(bare.cpu_us),
            number(stack.cpu_us),
            number(one.cpu_more_us),
        ));
    }
    let memory = &measured.memory;
    line(format_args!(
        "\nresident memory: {} MB at the start, {} MB with upstream and stacks, {} MB at the end, {} MB at most; of this the cache counts {:.1} MB",
        number(memory.start),
        number(memory.ready),
        number(memory.end),
        number(memory.peak),
        memory.cache,
    ));
    line(format_args!(
        "\n{:<54} {:>12} {:>14}",
        "aim", "at most", "reached"
    ));
    for aim in aims(measured) {
        let met = match aim.is_met() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        };
        line(format_args!(
            "{:<54} {:>12} {:>14}  {met}",
            aim.what,
            format!("{} {}", aim.most, aim.unit),
            aim.reached
                .map_or_else(String::new, |reached| format!("{reached:.2} {}", aim.unit)),
        ));
    }
    out
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"))
}

pub(crate) fn json(measured: &Measured) -> String {
    let memory = &measured.memory;
    let whole = json!({
        "rounds": measured.rounds,
        "compared": measured.compared.iter().map(compared).collect::<Vec<_>>(),
        "memory_mb": {
            "start": rounded(memory.start),
            "ready": rounded(memory.ready),
            "end": rounded(memory.end),
            "peak": rounded(memory.peak),
            "cache": rounded(Some(memory.cache)),
        },
        "aims": aims(measured).iter().map(aim).collect::<Vec<_>>(),
    });
    format!("{whole}\n")
}

fn compared(one: &Compared) -> Value {
    let [ratio, least, most] = one.ratio;
    json!({
        "name": one.name,
        "in_flight": one.in_flight,
        "bare": figures(&one.bare, one.calls[0], one.streamed),
        "stack": figures(&one.stack, one.calls[1], one.streamed),
        "p50_ratio": rounded(Some(ratio)),
        "p50_ratio_least": rounded(Some(least)),
        "p50_ratio_most": rounded(Some(most)),
        "cpu_ratio": rounded(one.cpu_ratio),
        "cpu_more_us": rounded(one.cpu_more_us),
    })
}

fn figures(side: &Figures, calls: usize, streamed: bool) -> Value {
    json!({
        "calls": calls,
        "p50_us": rounded(Some(side.p50_us)),
        "p99_us": rounded(Some(side.p99_us)),
        "cpu_us": rounded(side.cpu_us),
        "gap_p99_ms": rounded(streamed.then_some(side.gap_p99_ms)),
    })
}

fn aim(aim: &Aim) -> Value {
    json!({
        "what": aim.what,
        "most": aim.most,
        "unit": aim.unit,
        "reached": rounded(aim.reached),
        "met": aim.is_met(),
    })
}

/// To three decimals; more would only look exact.
fn rounded(value: Option<f64>) -> Option<f64> {
    value.map(|value| (value * 1e3).round() / 1e3)
}
