use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::SystemTime,
};

use super::{
    super::{
        Date, Kind, Model, MoveOver, Unit,
        error::{Places, Problem},
        nearest::{distance, nearest},
    },
    ModelBuilder,
    check::{hint, quoted},
};
use crate::query::Task;

/// After how many days a price that nobody looked at is called old.
const OLD_PRICE: i64 = 90;
/// How many days before a model's end the catalog warns.
const NEAR_END: i64 = 60;

pub(super) fn check_successors(
    models: &[Arc<Model>],
    by_name: &HashMap<Box<str>, usize>,
    places: &HashMap<Box<str>, Places>,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    for model in models {
        let (Some(successor), Some(places)) =
            (model.lifecycle.successor(), places.get(&model.name))
        else {
            continue;
        };
        let item = format!("model {:?}", model.name);
        let Some(next) = by_name.get(successor).map(|i| &models[*i]) else {
            let names = models.iter().map(|model| model.name());
            let slip =
                nearest(successor, names.clone()).is_some_and(|name| is_slip(successor, name));
            let what = format!(
                "there is no model {}{}{}",
                quoted(successor),
                hint(successor, names),
                if slip {
                    ""
                } else {
                    "; after its sunset this model is gone"
                }
            );
            let problem = places.problem(&item, "successor", what);
            // A successor may well be unknown yet, unless calls are to move there; a letter or two off is a slip.
            if slip || model.lifecycle.move_over.is_some() {
                problems.push(problem);
            } else {
                warnings.push(problem);
            }
            continue;
        };
        if next.kind != model.kind {
            let what = format!("{successor:?} is for {}, not {}", next.kind, model.kind);
            problems.push(places.problem(&item, "successor", what));
        }
        check_move(model, next, &item, places, problems);
        let mut seen = HashSet::from([model.name()]);
        let mut at = Some(next);
        while let Some(step) = at {
            if !seen.insert(step.name()) {
                if step.name() == model.name() {
                    let what = "the successors go round in a circle back to this model";
                    problems.push(places.problem(&item, "successor", what));
                }
                break;
            }
            let name = step.lifecycle.successor();
            at = name.and_then(|name| by_name.get(name)).map(|i| &models[*i]);
        }
    }
}

/// Whether a schedule moves calls to who can take them.
fn check_move(
    model: &Model,
    next: &Model,
    item: &str,
    places: &Places,
    problems: &mut Vec<Problem>,
) {
    let Some(schedule) = model.lifecycle.move_over() else {
        return;
    };
    let begins = match schedule {
        MoveOver::Linear => model.lifecycle.deprecated(),
        MoveOver::Steps(steps) => steps.first().map(|(from, _)| *from),
    };
    let mut wrong = |what: String| problems.push(places.problem(item, "move_over", what));
    if let Some(why) = next.unroutable_because() {
        wrong(format!(
            "moves calls to {:?}, which is never called: {why}",
            next.name()
        ));
    }
    let late = |(begins, released): &(Date, Date)| begins < released;
    if let Some((begins, released)) = begins.zip(next.lifecycle.released()).filter(late) {
        wrong(format!(
            "begins on {begins}, before {:?} is released, {released}",
            next.name()
        ));
    }
}

/// Whether letters differ, and few: other digits are another version, and no slip.
fn is_slip(written: &str, known: &str) -> bool {
    let letters = |name: &str| {
        name.chars()
            .filter(char::is_ascii_alphabetic)
            .collect::<String>()
    };
    distance(written.as_bytes(), known.as_bytes(), 2).is_some()
        && letters(written) != letters(known)
}

pub(super) fn warn_of(model: &ModelBuilder, now: SystemTime, warnings: &mut Vec<Problem>) {
    let tasks = [
        Task::CODING,
        Task::MATH,
        Task::SCIENCE,
        Task::REASONING,
        Task::COMPUTER_USE,
        Task::CREATIVE,
        Task::KNOWLEDGE,
        Task::PERSONAL,
        Task::GENERAL,
    ];
    let item = format!("model {:?}", model.name);
    let efforts = model.efforts.iter().flat_map(|effort| effort.scores());
    for (task, _) in model.quality.iter().chain(efforts) {
        let known = tasks.iter().map(Task::as_str);
        if tasks.contains(task) {
            continue;
        }
        let slip = hint(task.as_str(), known);
        if !slip.is_empty() {
            let what = format!("is no task that the built-in classifier finds{slip}");
            warnings.push(
                model
                    .places
                    .problem(&item, &format!("quality.{task}"), what),
            );
        }
    }
    warn_of_price(model, &item, warnings);
    let today = Date::of(now);
    if let Some(sunset) = model.lifecycle.sunset {
        let days = today.days_until(sunset);
        let next = match &model.lifecycle.successor {
            Some(name) => format!("then {name:?} takes over"),
            None => "no successor is named".to_owned(),
        };
        if (1..=NEAR_END).contains(&days) {
            let what = format!("ends on {sunset}, in {days} days; {next}");
            warnings.push(model.places.problem(&item, "sunset", what));
        }
    }
}

/// What makes a price unknown, or too low, where nobody would expect it.
fn warn_of_price(model: &ModelBuilder, item: &str, warnings: &mut Vec<Problem>) {
    let price = &model.price;
    if price.is_free() || price.rates().is_empty() {
        return;
    }
    let mut warn = |what: &str| warnings.push(model.places.problem(item, "price", what));
    if model.kind == Kind::Chat {
        for unit in [Unit::Input, Unit::Output] {
            if !price.states(&unit) {
                warn(&format!(
                    "has nothing for {unit}, so that what a call costs is not known"
                ));
            }
        }
    }
    if price.states(&Unit::CacheWrite5m) && !price.states(&Unit::CacheWrite1h) {
        warn(
            "has nothing for `cache_write_1h`; if the provider keeps caches for an hour, add its price, for the shorter one's is charged instead",
        );
    }
}

/// One warning for all of them, not one for each model.
pub(super) fn warn_of_old_prices(
    models: &[Arc<Model>],
    places: &HashMap<Box<str>, Places>,
    now: SystemTime,
    warnings: &mut Vec<Problem>,
) {
    let today = Date::of(now);
    let mut old: Vec<(Date, &Model)> = models
        .iter()
        .filter_map(|model| Some((model.price.checked()?, &**model)))
        .filter(|(checked, model)| checked.days_until(today) > OLD_PRICE && !model.price.is_free())
        .collect();
    old.sort_by_key(|(checked, _)| *checked);
    if let Some((checked, model)) = old.first()
        && let Some(places) = places.get(&model.name)
    {
        let more = match old.len() {
            1 => String::new(),
            n => format!("; so old are {n} of the prices"),
        };
        let what =
            format!("was last checked on {checked}; compare it with the provider's list{more}");
        warnings.push(places.problem(&format!("model {:?}", model.name), "price", what));
    }
}
