use tower_genai::catalog::{Date, MoveOver};

use crate::{
    event::{Event, What},
    findings::tense,
    report::{Ending, Report},
};

/// Tables for people.
pub(crate) fn text(report: &Report) -> String {
    let mut out = format!("as of {}\n\n", report.today);
    if report.events.is_empty() {
        out.push_str("no model has an end, and none is deprecated\n");
    } else {
        let head = ["date", "days", "what", "of", "then"].map(str::to_owned);
        let rows = report.events.iter().map(|event| row(event, report));
        aligned(std::iter::once(head).chain(rows).collect(), &mut out);
    }
    let moving = report.models.iter().filter_map(moving).collect();
    section("moving now", moving, &mut out);
    section("worth a look", report.findings.clone(), &mut out);
    if let Some(days) = report.within {
        let title = format!("breaks within {days} days");
        let none = || vec!["nothing".to_owned()];
        let breaks = Some(report.breaks.clone()).filter(|breaks| !breaks.is_empty());
        section(&title, breaks.unwrap_or_else(none), &mut out);
    }
    out
}

fn section(title: &str, lines: Vec<String>, out: &mut String) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}:\n"));
    for line in lines {
        out.push_str(&format!("  {}\n", clean(&line)));
    }
}

fn row(event: &Event, report: &Report) -> [String; 5] {
    let is = |past, ahead| tense(event.date, report.today, past, ahead);
    let of_model = || {
        report
            .models
            .iter()
            .find(|one| one.model.name() == event.of)
    };
    let (what, then) = match &event.what {
        What::Released => ("released".to_owned(), String::new()),
        What::Deprecated => ("deprecated".to_owned(), String::new()),
        What::Moves { share, to } => {
            let share = share.map_or_else(|| "linearly".to_owned(), percent);
            (
                format!("{} {share}", is("moved", "moves")),
                format!("to {to}"),
            )
        }
        What::Ends => {
            let then = of_model().map_or_else(String::new, then);
            (is("ended", "ends").to_owned(), then)
        }
        What::Loses { model, left } => {
            let left = match left {
                0 => "none left".to_owned(),
                left => format!("{left} left"),
            };
            (
                is("lost one", "loses one").to_owned(),
                format!("{model}; {left}"),
            )
        }
        What::Empty => (is("is empty", "will be empty").to_owned(), String::new()),
    };
    let of = match event.what.is_of_alias() {
        true => format!("alias {}", event.of),
        false => event.of.clone(),
    };
    let days = report.today.days_until(event.date).to_string();
    let cells = [event.date.to_string(), days, what, of, then];
    cells.map(|cell| clean(&cell))
}

/// Who takes over, and until when.
fn then(ending: &Ending) -> String {
    let Some(heir) = &ending.heir else {
        return "nobody takes over".to_owned();
    };
    let until = |day: Date| format!(", until {day}");
    let until = heir.lifecycle().sunset().map_or_else(String::new, until);
    format!("{} takes over{until}", heir.name())
}

fn moving(ending: &Ending) -> Option<String> {
    let share = percent(ending.moved?);
    let lifecycle = ending.model.lifecycle();
    let how = match lifecycle.move_over() {
        Some(MoveOver::Linear) => ", more each day",
        _ => "",
    };
    let all = lifecycle
        .sunset()
        .map_or_else(String::new, |day| format!("; all on {day}"));
    let (name, to) = (ending.model.name(), ending.successor.as_deref()?);
    Some(format!(
        "{name} to {to}: {share} of conversations{how}{all}"
    ))
}

/// Whole percents, and tenths where there are any.
fn percent(share: f64) -> String {
    let tenths = (share * 1_000.0).round() / 10.0;
    format!("{tenths} %")
}

fn aligned(rows: Vec<[String; 5]>, out: &mut String) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    for [date, days, what, of, then] in &rows {
        let line = format!(
            "{date:<0$}  {days:>1$}  {what:<2$}  {of:<3$}  {then}",
            widths[0], widths[1], widths[2], widths[3]
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// What a catalog says may not move a terminal's cursor, nor begin a line of its own.
fn clean(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}
