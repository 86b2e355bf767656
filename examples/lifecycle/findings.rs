use std::sync::Arc;

use tower_genai::catalog::{Date, Model, Snapshot};

use crate::report::{Ending, Report, empty_from};

/// What is strange: successors that are no way out, models without one, and aliases without candidates.
pub(crate) fn all(snapshot: &Snapshot, report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    for ending in &report.models {
        found.extend(of_model(ending, snapshot, report.today));
    }
    for alias in snapshot.aliases() {
        if empty_from(alias).is_some_and(|day| day <= report.today) {
            found.push(format!("the alias {} has no candidate left", alias.name()));
        }
    }
    found
}

fn of_model(ending: &Ending, snapshot: &Snapshot, today: Date) -> Option<String> {
    let (model, name) = (&ending.model, ending.model.name());
    let lifecycle = model.lifecycle();
    let Some(written) = &ending.successor else {
        // Who is not called is not missed.
        let sunset = lifecycle.sunset().filter(|_| model.routable())?;
        let ends = tense(sunset, today, "ended", "ends");
        return Some(format!("{name} {ends} on {sunset} and has no successor"));
    };
    let Some(next) = snapshot.model(written) else {
        return Some(format!(
            "{name}: its successor {written} is not in the catalog"
        ));
    };
    let next_name = next.name();
    if let Some(why) = next.unroutable_because() {
        return Some(format!(
            "{name}: its successor {next_name} is never called: {why}"
        ));
    }
    let heir = |heir: &Option<Arc<Model>>| match heir {
        Some(heir) => format!("{} answers", heir.name()),
        None => "nobody answers".to_owned(),
    };
    let ends = next.lifecycle();
    if let Some(day) = ends.sunset().filter(|day| *day <= today) {
        let heir = heir(&ending.heir);
        return Some(format!(
            "{name}: its successor {next_name} is gone since {day}; {heir}"
        ));
    }
    // Gone before, or with, the model itself.
    if let (Some(day), Some(sunset)) = (ends.sunset(), lifecycle.sunset())
        && day <= sunset
    {
        let heir = heir(&ending.heir);
        return Some(format!(
            "{name}: its successor {next_name} ends on {day}, no later than it; then {heir}"
        ));
    }
    let day = ends.deprecated().filter(|day| *day <= today)?;
    let end = ends
        .sunset()
        .map_or_else(String::new, |day| format!(", and ends on {day}"));
    Some(format!(
        "{name}: its successor {next_name} is itself deprecated since {day}{end}"
    ))
}

/// What ends within so many days and is missed: used by an alias that somebody wrote, or without an heir.
pub(crate) fn breaks(snapshot: &Snapshot, report: &Report, days: u32) -> Vec<String> {
    let today = report.today;
    let soon = |day: &Date| (1..=i64::from(days)).contains(&today.days_until(*day));
    let mut found = Vec::new();
    for ending in report.models.iter().filter(|one| one.model.routable()) {
        let Some(day) = ending.model.lifecycle().sunset().filter(soon) else {
            continue;
        };
        let written = |name: &&String| {
            let alias = snapshot.alias(name);
            alias.is_some_and(|alias| !alias.is_implied())
        };
        let used: Vec<&str> = ending
            .aliases
            .iter()
            .filter(written)
            .map(|name| &**name)
            .collect();
        let mut why = Vec::new();
        if !used.is_empty() {
            why.push(format!("in use by {}", used.join(", ")));
        }
        if ending.heir.is_none() {
            why.push("no successor in service".to_owned());
        }
        if !why.is_empty() {
            let (name, left) = (ending.model.name(), today.days_until(day));
            let why = why.join("; ");
            found.push(format!("{name} ends on {day}, in {left} days: {why}"));
        }
    }
    for alias in snapshot.aliases() {
        if let Some(day) = empty_from(alias).filter(|day| *day <= today || soon(day)) {
            let name = alias.name();
            found.push(match day <= today {
                true => format!("the alias {name} has no candidate since {day}"),
                false => format!("the alias {name} has no candidate from {day} on"),
            });
        }
    }
    found
}

/// The word for what has happened, or for what will.
pub(crate) fn tense<'a>(day: Date, today: Date, past: &'a str, ahead: &'a str) -> &'a str {
    if day <= today { past } else { ahead }
}
