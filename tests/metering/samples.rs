//! Bodies that somebody else has recorded and priced, where they are at hand; they are no part of this crate.

use std::{env, fs, path::PathBuf};

use serde_json::Value;
use tower_genai::{
    catalog::{Unit, Usage},
    dispatch::{
        Reported,
        usage::{Reader, Shape},
    },
};

use crate::meter::nanos;

const FILE: &str = "genai-prices-usages.distinct.json";

fn samples() -> Option<Vec<Value>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/specs/usage-samples");
    let folder = env::var_os("USAGE_SAMPLES").map_or_else(beside, PathBuf::from);
    let text = fs::read_to_string(folder.join(FILE)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// By what tells them apart; none of ours are those of Bedrock and Cohere.
fn shape(body: &Value) -> Option<Shape> {
    let usage = &body["usage"];
    let has = |key| usage.get(key).is_some();
    let model = body["model"].as_str().unwrap_or_default();
    Some(if body.get("usageMetadata").is_some() {
        Shape::Gemini
    } else if has("prompt_tokens") {
        Shape::OpenAiChat
    } else if model.starts_with("claude") {
        Shape::Anthropic
    } else if has("input_tokens") && has("total_tokens") {
        Shape::OpenAiResponses
    } else {
        return None;
    })
}

/// Where we rightly say something else.
fn odd(body: &Value) -> Option<&'static str> {
    let usage = &body["usage"];
    let iterations = usage["iterations"].as_array();
    if iterations.is_some_and(|all| all.len() > 1) {
        return Some(
            "the sums beside the iterations leave out an advisor or a compaction, and both are billed",
        );
    }
    if usage["prompt_tokens"] == 0 {
        return Some(
            "a prompt of no tokens is none: the bound counts, or the cost that is reported",
        );
    }
    None
}

fn agrees(usage: &Usage, theirs: &Value) -> bool {
    let same = |key: &str, ours: u64| theirs.get(key).is_none_or(|count| *count == ours);
    let searches = usage
        .extra
        .iter()
        .filter(|(unit, _)| *unit == Unit::ToolCall("web_search".into()));
    let written =
        usage.cache_write + usage.cache_write_5m + usage.cache_write_30m + usage.cache_write_1h;
    theirs["input_tokens"].as_u64().unwrap_or_default() == usage.prompt()
        && theirs["output_tokens"].as_u64().unwrap_or_default() == usage.answer()
        && same("cache_read_tokens", usage.cache_read)
        && same("cache_write_tokens", written)
        && same("cache_write_5m_tokens", usage.cache_write_5m)
        && same("output_reasoning_tokens", usage.reasoning)
        && same("web_searches", searches.map(|(_, count)| count).sum())
}

#[test]
fn recorded_bodies_come_out_as_others_read_them() {
    let Some(samples) = samples() else {
        println!("skipped: {FILE} is not here");
        return;
    };
    let (mut read, mut explained, mut without) = (0, 0, 0);
    for sample in &samples {
        let body = &sample["body"];
        let Some(shape) = shape(body) else {
            without += 1;
            continue;
        };
        let report = Reader::whole(shape, body.to_string().as_bytes()).unwrap();
        if let Some(why) = odd(body) {
            println!("{}: {why}", body["file"]);
            explained += 1;
            continue;
        }
        let Reported::Usage(usage) = &report.usage else {
            panic!("{body}: {:?}", report.usage);
        };
        let groups = sample["extracted"].as_array().unwrap();
        assert!(
            groups.iter().any(|group| agrees(usage, &group["usage"])),
            "{body}\n{usage:?}"
        );
        read += 1;
    }
    println!(
        "{read} agree, {explained} rightly do not, {without} are of no shape that is read here"
    );
    assert!(
        read >= 60 && explained <= 4 && without <= 12,
        "{read} {explained} {without}"
    );
}

/// The list prices of those models that most samples are of.
const PRICES: [(&str, &str, &str); 9] = [
    (
        "claude-sonnet-4-5",
        "anthropic",
        r#"price = { input = "3.00", output = "15.00", cache_read = "0.30", cache_write = "3.75", cache_write_1h = "6.00" }
        rates = [{ over = 200_000, input = "6.00", output = "22.50" }, { unit = "tool_call", tool = "web_search", free = true }]"#,
    ),
    (
        "claude-sonnet-4-6",
        "anthropic",
        r#"price = { input = "3.00", output = "15.00", cache_read = "0.30", cache_write = "3.75", cache_write_1h = "6.00" }
        rates = [{ unit = "tool_call", tool = "web_search", free = true }]"#,
    ),
    (
        "claude-haiku-4-5",
        "anthropic",
        r#"price = { input = "1.00", output = "5.00", cache_read = "0.10", cache_write = "1.25" }"#,
    ),
    (
        "claude-sonnet-5",
        "anthropic",
        r#"price = { input = "2.00", output = "10.00", cache_read = "0.20", cache_write = "2.50" }"#,
    ),
    (
        "claude-opus-5",
        "anthropic",
        r#"price = { input = "5.00", output = "25.00" }"#,
    ),
    (
        "gemini-2.0-flash",
        "google",
        r#"price = { input = "0.10", output = "0.40", audio_input = "0.70" }"#,
    ),
    (
        "gemini-2.5-pro",
        "google",
        r#"price = { input = "1.25", output = "10.00" }"#,
    ),
    (
        "gemini-3-flash-preview",
        "google",
        r#"price = { input = "0.50", output = "3.00" }"#,
    ),
    (
        "gemini-2.5-flash",
        "google",
        r#"price = { input = "0.30", output = "2.50", cache_read = "0.03", image_input = "0.30" }"#,
    ),
];

#[test]
fn recorded_bodies_cost_what_others_say() {
    let Some(samples) = samples() else {
        println!("skipped: {FILE} is not here");
        return;
    };
    let mut compared = 0;
    for sample in &samples {
        let body = &sample["body"];
        let model = sample["model"].as_str().unwrap_or_default();
        // A model that makes images has other rates than its sister of nearly the same name.
        let known = PRICES
            .iter()
            .find(|(name, ..)| model.starts_with(name) && !model.contains("image"));
        let (Some((_, provider, price)), Some(shape)) = (known, shape(body)) else {
            continue;
        };
        let groups = sample["extracted"].as_array().unwrap().iter();
        let rows = groups.flat_map(|group| group["extractors"].as_array().unwrap());
        let row = rows
            .into_iter()
            .find(|row| row["provider_id"] == *provider && row.get("input_price").is_some());
        let (Some(row), None) = (row, odd(body)) else {
            continue;
        };
        let usd = |key: &str| row[key].as_str().unwrap_or("0").parse::<f64>().unwrap();
        let theirs = (usd("input_price") + usd("output_price")) * 1e9;
        let report = Reader::whole(shape, body.to_string().as_bytes()).unwrap();
        let ours = nanos(price, &report);
        #[allow(clippy::cast_precision_loss)]
        let apart = ours as f64 - theirs;
        assert!((-1e-3..1.0).contains(&apart), "{body}\n{ours} {theirs}");
        compared += 1;
    }
    println!("{compared} prices agree to a nano-dollar, rounded up");
    assert!(compared >= 20, "{compared}");
}
