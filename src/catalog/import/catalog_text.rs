//! Models as a catalog file has them, read back as the same by the catalog's own reader.

use super::super::{ImageTokens, Kind, Model, MoveOver, Price, Rate, ReasoningForm, Unit};
use crate::query::{Capabilities, ImageIn, Task};

/// One `[[model]]` entry.
pub(super) fn entry(model: &Model) -> String {
    let mut out = String::from("[[model]]\n");
    let mut line = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
    line("name", text(model.name()));
    line("provider", text(model.provider().name()));
    if model.id() != model.name() {
        line("id", text(model.id()));
    }
    if model.kind() != Kind::Chat {
        line("for", text(model.kind().as_str()));
    }
    if !model.routable() {
        line("api", "false".into());
        line("why", text(model.unroutable_because().unwrap_or_default()));
    }
    line("price", price(model.price()));
    let rates: Vec<String> = model.price().rates().iter().map(rate).collect();
    if !rates.is_empty() {
        line("rates", format!("[\n    {},\n]", rates.join(",\n    ")));
    }
    for (key, tokens) in [
        ("context", model.context()),
        ("max_output", model.max_output()),
    ] {
        if let Some(tokens) = tokens {
            line(key, tokens.to_string());
        }
    }
    if model.can() != Capabilities::ALL {
        let words: Vec<String> = model.can().iter().map(|can| text(can.as_str())).collect();
        line("can", format!("[{}]", words.join(", ")));
    }
    let qualities: Vec<_> = model.qualities().collect();
    if !qualities.is_empty() {
        line("quality", scores(qualities));
    }
    let efforts: Vec<String> = model
        .efforts()
        .iter()
        .map(|effort| {
            let scored = effort.scores().iter().map(|(task, score)| (task, *score));
            format!(
                "{{ level = {}, output_factor = {:?}, quality = {} }}",
                text(effort.level()),
                effort.output_factor(),
                scores(scored.collect())
            )
        })
        .collect();
    if !efforts.is_empty() {
        line("effort", format!("[{}]", efforts.join(", ")));
    }
    let lifecycle = model.lifecycle();
    for (key, day) in [
        ("released", lifecycle.released()),
        ("deprecated", lifecycle.deprecated()),
        ("sunset", lifecycle.sunset()),
    ] {
        if let Some(day) = day {
            line(key, day.to_string());
        }
    }
    if let Some(successor) = lifecycle.successor() {
        line("successor", text(successor));
    }
    if let Some(schedule) = lifecycle.move_over() {
        line("move_over", move_over(schedule));
    }
    if let Some(time) = model.first_token() {
        line("first_token", format!("\"{}ms\"", time.as_millis()));
    }
    if let Some(speed) = model.tokens_per_second() {
        line("tokens_per_second", format!("{speed:?}"));
    }
    if model.reasoning_unbounded() {
        line("reasoning_unbounded", "true".into());
    }
    if let Some(formula) = model.image_tokens().map(image_tokens) {
        line("image_tokens", formula);
    }
    if model.prompt_overhead() > 0 {
        line("prompt_overhead", model.prompt_overhead().to_string());
    }
    if let Some(tokenizer) = model.tokenizer() {
        line("tokenizer", text(tokenizer));
    }
    let named = |form| {
        ReasoningForm::NAMED
            .iter()
            .find(|(_, named)| *named == form)
    };
    if let Some((name, _)) = model.reasoning.and_then(named) {
        line("reasoning", text(name));
    }
    if !model.lacks.is_empty() {
        let lacks: Vec<_> = model.lacks.iter().map(|one| text(one.as_str())).collect();
        line("lacks", format!("[{}]", lacks.join(", ")));
    }
    if let Some(family) = &model.family {
        line("family", text(family));
    }
    out
}

fn move_over(schedule: &MoveOver) -> String {
    match schedule {
        MoveOver::Linear => text("linear"),
        MoveOver::Steps(steps) => {
            let steps = steps.iter();
            let steps =
                steps.map(|(from, share)| format!("{{ from = {from}, share = {share:?} }}"));
            format!("[{}]", steps.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Its name in a file; that of tiles of other sizes is the most that they come to.
fn image_tokens(formula: ImageTokens) -> String {
    if let ImageTokens::Most(most) = formula {
        return most.to_string();
    }
    let mut named = ImageTokens::NAMED.iter();
    match named.find(|(_, named)| *named == formula) {
        Some((name, _)) => text(name),
        None => formula.most(&ImageIn::default()).to_string(),
    }
}

/// All of a price but its rates.
fn price(price: &Price) -> String {
    let mut members = Vec::new();
    if price.is_free() {
        members.push("free = true".to_owned());
    }
    if price.auto_upgrade() {
        members.push("auto_upgrade = true".to_owned());
    }
    let regions: Vec<String> = price
        .region_factors()
        .map(|(region, factor)| {
            let factor = format!("\"{}.{:03}\"", factor / 1_000, factor % 1_000);
            format!("{} = {factor}", text(region))
        })
        .collect();
    if !regions.is_empty() {
        members.push(format!("regions = {{ {} }}", regions.join(", ")));
    }
    if let Some(source) = price.source() {
        members.push(format!("source = {}", text(source)));
    }
    if let Some(day) = price.checked() {
        members.push(format!("checked = {day}"));
    }
    format!("{{ {} }}", members.join(", "))
}

fn rate(rate: &Rate) -> String {
    let mut members = vec![format!("unit = {}", text(rate.unit().as_str()))];
    let mut member = |key: &str, value: String| members.push(format!("{key} = {value}"));
    match rate.unit() {
        Unit::Image { size, quality } => {
            for (key, detail) in [("size", size), ("quality", quality)] {
                if let Some(detail) = detail {
                    member(key, text(detail));
                }
            }
        }
        Unit::VideoSecond { resolution, audio } => {
            if let Some(resolution) = resolution {
                member("resolution", text(resolution));
            }
            if let Some(audio) = audio {
                member("audio", audio.to_string());
            }
        }
        Unit::ToolCall(tool) => member("tool", text(tool)),
        _ => {}
    }
    if rate.is_free() {
        member("free", "true".into());
    } else {
        let pico = rate.amount().pico();
        let digits = if rate.unit().is_token() { 6 } else { 12 };
        member("amount", format!("\"{}\"", decimal(pico, digits)));
    }
    if let Some(over) = rate.over() {
        member("over", over.to_string());
    }
    for (key, word) in [("tier", rate.tier()), ("region", rate.region())] {
        if let Some(word) = word {
            member(key, text(word));
        }
    }
    for (key, day) in [("from", rate.from()), ("until", rate.until())] {
        if let Some(day) = day {
            member(key, day.to_string());
        }
    }
    if let Some(hours) = rate.hours() {
        let list = |words: Vec<String>| {
            let words: Vec<String> = words.iter().map(|word| text(word)).collect();
            format!("[{}]", words.join(", "))
        };
        let spans: Vec<String> = hours.spans().collect();
        let days: Vec<String> = hours.days().map(str::to_owned).collect();
        if !spans.is_empty() || days.is_empty() {
            member("utc", list(spans));
        }
        if !days.is_empty() {
            member("days", list(days));
        }
    }
    format!("{{ {} }}", members.join(", "))
}

fn scores(scores: Vec<(&Task, f64)>) -> String {
    let scores: Vec<String> = scores
        .into_iter()
        .map(|(task, score)| format!("{} = {score:?}", text(task.as_str())))
        .collect();
    format!("{{ {} }}", scores.join(", "))
}

/// An integer of 10^-`digits` as decimal text.
fn decimal(value: u64, digits: usize) -> String {
    let all = format!("{value:0>width$}", width = digits + 1);
    let (whole, fraction) = all.split_at(all.len() - digits);
    let fraction = fraction.trim_end_matches('0');
    format!("{whole}.{fraction:0<2}")
}

/// A text in quotes, as TOML has it.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "toml")]
    #[test]
    fn schedules_read_back_as_the_same() {
        use crate::catalog::Catalog;

        let read = |first: &str| {
            let text = format!(
                r#"
                {first}
                [[model]]
                name = "new"
                provider = "acme"
                [[provider]]
                name = "acme"
                dialect = "openai"
                base_url = "http://acme.test/v1"
                "#
            );
            let catalog = Catalog::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
            catalog.snapshot().model("old").cloned().unwrap()
        };
        for schedule in [
            "\"linear\"",
            "[{ from = 2026-12-01, share = 0.1 }, { from = 2027-01-01, share = 1 }]",
        ] {
            let old = read(&format!(
                r#"
                [[model]]
                name = "old"
                provider = "acme"
                deprecated = 2026-12-01
                sunset = 2027-06-01
                successor = "new"
                move_over = {schedule}
                "#
            ));
            assert!(old.lifecycle().move_over().is_some());
            assert_eq!(read(&entry(&old)).lifecycle(), old.lifecycle());
        }
    }

    #[test]
    fn decimals_and_texts() {
        assert_eq!(decimal(2_500_000, 6), "2.50");
        assert_eq!(decimal(37_500, 6), "0.0375");
        assert_eq!(decimal(1, 12), "0.000000000001");
        assert_eq!(decimal(0, 6), "0.00");
        assert_eq!(text("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000Ad\"");
    }
}
