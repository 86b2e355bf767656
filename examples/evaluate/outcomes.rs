use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
};

use serde::Deserialize;
use serde_json::value::RawValue;

/// A longer line is none that was meant.
const LONGEST: u64 = 64 << 20;
/// So many wrong lines are told one by one.
const TOLD: usize = 20;

/// A call, and what each model's answer to it is worth.
pub(crate) struct Row {
    /// Its place in the file, from 1.
    pub(crate) line: usize,
    pub(crate) prompt: String,
    pub(crate) scores: BTreeMap<String, f64>,
    pub(crate) costs: BTreeMap<String, f64>,
    /// Where the call is from, in the open data.
    pub(crate) dataset: Option<String>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    prompt: String,
    scores: BTreeMap<String, f64>,
    #[serde(default)]
    costs: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    dataset: Option<serde_json::Value>,
}

/// What a file says, and how many of its lines could not be read; those are told on standard error.
pub(crate) struct Outcomes {
    pub(crate) rows: Vec<Row>,
    pub(crate) wrong: usize,
}

impl Outcomes {
    pub(crate) fn load(path: &str) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
        let mut input = BufReader::new(file);
        let (mut rows, mut wrong, mut bytes) = (Vec::new(), 0, Vec::new());
        for line in 1.. {
            bytes.clear();
            let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
            if read.map_err(|error| format!("{path}:{line}: {error}"))? == 0 {
                break;
            }
            if bytes.len() as u64 == LONGEST {
                return Err(format!("{path}:{line}: longer than {} MiB", LONGEST >> 20));
            }
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            match Row::read(&bytes, line) {
                Ok(row) => rows.push(row),
                Err(why) => {
                    wrong += 1;
                    if wrong <= TOLD {
                        eprintln!("evaluate: {path}:{line}: {why}");
                    }
                }
            }
        }
        if wrong > TOLD {
            eprintln!("evaluate: {path}: and {} wrong lines more", wrong - TOLD);
        }
        Ok(Self { rows, wrong })
    }
}

impl Row {
    fn read(bytes: &[u8], line: usize) -> Result<Self, String> {
        let read: Line<'_> = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        if read.id.get().starts_with(['{', '[', 't', 'f', 'n']) {
            return Err("`id` must be a string or a number".to_owned());
        }
        if read.scores.is_empty() {
            return Err("`scores` has no model".to_owned());
        }
        for (model, score) in &read.scores {
            if !(0.0..=1.0).contains(score) {
                return Err(format!("`scores.{model}` is no number from 0 to 1"));
            }
        }
        let costs = read.costs.unwrap_or_default();
        for (model, cost) in &costs {
            // More than any call costs: the sum of them stays a number.
            if !(0.0..=1e6).contains(cost) {
                return Err(format!("`costs.{model}` is no amount of dollars"));
            }
        }
        let dataset = read.dataset.as_ref().and_then(serde_json::Value::as_str);
        Ok(Self {
            line,
            prompt: read.prompt,
            scores: read.scores,
            costs,
            dataset: dataset.map(ToOwned::to_owned),
        })
    }
}

/// What is wrong with a line; serde_json counts it as line 1 of its own.
fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    format!("column {}: {what}", error.column())
}
