use serde_json::{Value, json};
use tower_genai::catalog::{Date, Model, MoveOver};

use crate::{
    event::{Event, What},
    report::{Ending, Report},
};

/// One object for programs.
pub(crate) fn object(report: &Report) -> Value {
    let models = report.models.iter().map(|one| model(one, report.today));
    let events = report.events.iter().map(|one| event(one, report.today));
    json!({
        "at": report.today.to_string(),
        "fail_before_days": report.within,
        "models": models.collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
        "findings": report.findings,
        "breaks": report.breaks,
    })
}

fn day(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

fn model(ending: &Ending, today: Date) -> Value {
    let lifecycle = ending.model.lifecycle();
    let state = match today.starts() {
        at if lifecycle.is_gone(at) => "gone",
        at if lifecycle.is_deprecated(at) => "deprecated",
        at if !lifecycle.is_released(at) => "announced",
        _ => "in service",
    };
    let schedule = match lifecycle.move_over() {
        Some(MoveOver::Linear) => json!("linear"),
        Some(MoveOver::Steps(steps)) => steps
            .iter()
            .map(|(from, share)| json!({ "from": from.to_string(), "share": share }))
            .collect(),
        _ => Value::Null,
    };
    json!({
        "model": ending.model.name(),
        "provider": ending.model.provider().name(),
        "state": state,
        "released": day(lifecycle.released()),
        "deprecated": day(lifecycle.deprecated()),
        "sunset": day(lifecycle.sunset()),
        "days_left": lifecycle.sunset().map(|sunset| today.days_until(sunset)),
        "successor": ending.successor,
        "heir": ending.heir.as_deref().map(heir),
        "aliases": ending.aliases,
        "move_over": schedule,
        "moved_share": ending.moved,
    })
}

/// Who answers when the model is gone.
fn heir(model: &Model) -> Value {
    let lifecycle = model.lifecycle();
    json!({
        "model": model.name(),
        "deprecated": day(lifecycle.deprecated()),
        "sunset": day(lifecycle.sunset()),
    })
}

fn event(event: &Event, today: Date) -> Value {
    let mut object = json!({
        "date": event.date.to_string(),
        "days": today.days_until(event.date),
        "what": event.what.as_str(),
    });
    let of = match event.what.is_of_alias() {
        true => "alias",
        false => "model",
    };
    object[of] = json!(event.of);
    match &event.what {
        What::Moves { share, to } => {
            object["share"] = json!(share);
            object["to"] = json!(to);
        }
        What::Loses { model, left } => {
            object["model"] = json!(model);
            object["left"] = json!(left);
        }
        What::Released | What::Deprecated | What::Ends | What::Empty => {}
    }
    object
}
