//! What happened, in figures.

use std::collections::BTreeMap;

use super::{answer::Answers, caller::Caller, house::House, watch::Noted};

pub(crate) fn print(callers: &[Caller], answers: &Answers, house: &House) {
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut times = [Vec::new(), Vec::new()];
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    let mut attempts: BTreeMap<usize, usize> = BTreeMap::new();
    let (mut calls, mut over, mut waited) = (0, 0, 0);
    for caller in callers {
        let noted = house.watch.of(&caller.tenant());
        for (noted, number) in noted.iter().zip(caller.numbers.clone()) {
            calls += 1;
            over += usize::from(noted.failed_over());
            waited += usize::from(came_back(noted));
            for fall in &noted.falls {
                let sent = if fall.sent { "" } else { ", never sent" };
                let class = format!("{} of {}{sent}", fall.class, fall.provider);
                *classes.entry(class).or_default() += 1;
            }
            *attempts.entry(noted.failed() + 1).or_default() += 1;
            if let Some(told) = answers.of(number) {
                times[usize::from(noted.failed_over())].push(told.millis);
            }
            let means = caller.means.word();
            let form = if Caller::streams(number) {
                "streamed"
            } else {
                "whole"
            };
            let kind = format!("{:9} {means:8} {form}", format!("{:?}", caller.dialect));
            let kind = kinds.entry(kind).or_default();
            kind.0 += 1;
            kind.1 += usize::from(noted.failed_over());
        }
    }
    println!("calls, and of them failed over:");
    for (kind, (calls, over)) in kinds {
        println!("  {kind:29} {calls:6} {over:6}");
    }
    println!("failures by class:");
    for (class, count) in classes {
        println!("  {class:35} {count:6}");
    }
    println!("attempts of a call:");
    for (attempts, calls) in attempts {
        println!("  {attempts:35} {calls:6}");
    }
    let share = 100.0 * f64::from(u32::try_from(over).unwrap_or(0))
        / f64::from(u32::try_from(calls).unwrap_or(1).max(1));
    println!(
        "failed over: {over} of {calls} ({share:.1} %), of which {waited} came back to who had failed"
    );
    println!("milliseconds to the last byte:    p50      p95      p99");
    for (what, times) in ["at once", "failed over"].into_iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let [p50, p95, p99] = [50, 95, 99].map(|percent| quantile(times, percent));
        println!("  {what:26} {p50:8.1} {p95:8.1} {p99:8.1}");
    }
    println!("found ill by those who decide, so many times:");
    for (provider, times) in house.watch.became_ill() {
        println!("  {provider:35} {times:6}");
    }
    let spells = house.watch.driver.spells();
    println!(
        "{} spells of failing, by kind and the calls begun in them:",
        spells.len()
    );
    let mut by_kind: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for spell in &spells {
        let kind = by_kind.entry(spell.kind.word()).or_default();
        *kind = (kind.0 + 1, kind.1 + spell.calls);
    }
    for (kind, (spells, calls)) in by_kind {
        println!("  {kind:29} {spells:6} {calls:6}");
    }
    let (spent, billed) = (house.spent_by_all(), house.billed());
    let more = spent.saturating_sub(billed);
    println!("nano-USD: {billed} billed, {spent} in the ledger, {more} more for what was cut");
}

/// Whether somebody was asked again who had failed in this call.
fn came_back(noted: &Noted) -> bool {
    let last = noted.outcomes.last();
    let by = last.map(|outcome| outcome.provider().name());
    noted
        .falls
        .iter()
        .any(|fall| by == Some(fall.provider.as_str()))
        && noted.outcomes.len() > 1
        && last.is_some_and(|outcome| outcome.failure().is_none())
}

fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
