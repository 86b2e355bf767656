//! Translation of any bytes: what the corpora say, and mutations of it. See `fuzz/dialects.rs` for what is promised.
//!
//! A longer search takes as many seconds for each target as it is told, and shows the input that it fails on:
//!
//! ```sh
//! FUZZ_SECONDS=300 cargo test --test fuzz_dialects -- --ignored --nocapture
//! ```

#[path = "fuzz/dialects.rs"]
mod fuzz;

use std::{
    env, fs, panic,
    path::{Path, PathBuf},
    time::Duration,
};

use fuzz::DIALECTS;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower_genai::query::Vendor;

type Target = fn(Vendor, &[u8]);

/// The targets: `dialect_openai_request` and the like.
fn targets() -> impl Iterator<Item = (String, Vendor, Target, Vec<Vec<u8>>)> {
    let kinds: [(&str, Target); 2] = [("request", fuzz::request), ("answer", fuzz::answer)];
    DIALECTS.into_iter().flat_map(move |(name, vendor)| {
        kinds.map(|(kind, target)| {
            let of = format!("dialect_{name}_{kind}");
            let mut seeds = files(&format!("tests/fuzz/corpus/{of}"));
            seeds.extend(match kind {
                "request" => files(&format!("tests/translate/corpus/{name}")),
                _ => files(&format!("tests/translate/fixtures/{name}")),
            });
            (of, vendor, target, seeds)
        })
    })
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_none_or(|extension| extension != "golden")
    });
    paths.sort();
    paths
        .into_iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

#[test]
fn each_file_of_the_corpora_does_no_harm() {
    for (name, vendor, target, seeds) in targets() {
        assert!(seeds.len() > 5, "{name}");
        for seed in seeds {
            target(vendor, &seed);
        }
    }
}

#[test]
fn mutations_of_the_corpora_do_no_harm() {
    for (name, vendor, target, seeds) in targets() {
        search(&name, vendor, target, &seeds, 17, |runs| runs < 150);
    }
}

#[test]
#[ignore = "takes as long as FUZZ_SECONDS says for each target"]
fn a_longer_search_finds_no_harm() {
    let seconds = env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let seconds = Duration::from_secs(seconds.unwrap_or(60));
    for (name, vendor, target, seeds) in targets() {
        let since = Instant::now();
        let seed = fastrand::u64(..);
        let runs = search(&name, vendor, target, &seeds, seed, |_| {
            since.elapsed() < seconds
        });
        println!("{name}: {runs} inputs in {seconds:?}");
    }
}

/// Mutates seeds as long as it may; shows what it fails on.
fn search(
    name: &str,
    vendor: Vendor,
    target: Target,
    seeds: &[Vec<u8>],
    seed: u64,
    mut goes_on: impl FnMut(u64) -> bool,
) -> u64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut runs = 0;
    while goes_on(runs) {
        let mut input = seeds[random.usize(..seeds.len())].clone();
        for _ in 0..=random.usize(..3) {
            let other = &seeds[random.usize(..seeds.len())];
            input = mutated(input, other, &mut random);
        }
        let done = panic::catch_unwind(|| target(vendor, &input));
        assert!(
            done.is_ok(),
            "{name} fails on {:?}",
            String::from_utf8_lossy(&input)
        );
        runs += 1;
    }
    runs
}

fn mutated(mut input: Vec<u8>, other: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "null",
        "{}",
        "[]",
        "\"\"",
        "-1",
        "1e999",
        "18446744073709551616",
        "true",
        ",",
        "\\ud800",
        "\\u0000",
        "\u{fffd}",
        "data: ",
        "\n\n",
        "\r",
        "[DONE]",
        "event: error\n",
        "\"error\":{}",
        "\"index\":7",
        "\"choices\":[]",
    ];
    let at = random.usize(..=input.len());
    let end = (at + random.usize(..64)).min(input.len());
    match random.u8(..8) {
        0 if !input.is_empty() => {
            let at = at.min(input.len() - 1);
            input[at] ^= 1 << random.u8(..8);
        }
        1 => drop(input.drain(at..end)),
        2 => {
            let again = input[at..end].to_vec();
            input.splice(at..at, again);
        }
        3 => {
            let word = WORDS[random.usize(..WORDS.len())];
            input.splice(at..at, word.bytes());
        }
        4 if !other.is_empty() => {
            let from = random.usize(..other.len());
            let piece = &other[from..(from + 200).min(other.len())];
            input.splice(at..at, piece.iter().copied());
        }
        5 => input.truncate(at),
        _ => return shuffled(&input, random),
    }
    input
}

/// One value of one JSON text within it, changed. A stream has one on each line of data.
fn shuffled(input: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(input) else {
        return input.to_vec();
    };
    if let Ok(mut value) = serde_json::from_str::<Value>(text) {
        change(&mut value, random);
        return value.to_string().into_bytes();
    }
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let at = random.usize(..lines.len());
    if let Some(json) = lines[at].strip_prefix("data: ")
        && let Ok(mut value) = serde_json::from_str::<Value>(json)
    {
        change(&mut value, random);
        lines[at] = format!("data: {value}");
    } else if random.bool() {
        let other = random.usize(..lines.len());
        lines.swap(at, other);
    }
    lines.join("\n").into_bytes()
}

fn change(value: &mut Value, random: &mut fastrand::Rng) {
    let deeper = random.u8(..5) > 0;
    match value {
        Value::Object(members) if deeper && !members.is_empty() => {
            let at = random.usize(..members.len());
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            match random.u8(..8) {
                0 => drop(members.remove(&name)),
                1 => {
                    let member = members[&name].clone();
                    members.insert(format!("{name}_"), member);
                }
                _ => change(&mut members[&name], random),
            }
        }
        Value::Array(all) if deeper && !all.is_empty() => {
            let at = random.usize(..all.len());
            match random.u8(..8) {
                0 => drop(all.remove(at)),
                1 => all.push(all[at].clone()),
                2 => all.reverse(),
                _ => change(&mut all[at], random),
            }
        }
        _ => {
            let values = [
                Value::Null,
                json!({}),
                json!([]),
                json!([null]),
                json!(""),
                json!("x"),
                json!("ü\u{0}\"\\"),
                json!(-1),
                json!(0),
                json!(u64::MAX),
                json!(1.5e300),
                json!(true),
                json!({ "type": "text", "text": "t" }),
                json!({ "a": { "a": [[[[{}]]]] } }),
            ];
            *value = values[random.usize(..values.len())].clone();
        }
    }
}
