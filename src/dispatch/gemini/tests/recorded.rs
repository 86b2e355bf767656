use std::{fs, path::Path};

use serde_json::Value;

use super::Told;
use crate::{
    dispatch::{Answer, Reported, Step, gemini::answer::GenerateAnswer},
    query::Query,
};

const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/transcripts");
const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/specs/fixtures-vercel-ai/google"
);

/// What an independent walk of an answer's JSON finds.
#[derive(Debug, Default, PartialEq)]
struct Walked {
    text: String,
    thinking: String,
    calls: Vec<String>,
    args: Vec<Value>,
    signatures: Vec<String>,
    finish: Option<String>,
    total: Option<u64>,
    candidates: usize,
}

impl Walked {
    fn walk(&mut self, answer: &Value) {
        for candidate in answer["candidates"].as_array().into_iter().flatten() {
            self.candidates = self
                .candidates
                .max(1 + candidate["index"].as_u64().unwrap_or(0) as usize);
            for part in candidate["content"]["parts"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let call = &part["functionCall"];
                if let Some(name) = call["name"].as_str() {
                    self.calls.push(name.to_owned());
                    self.args.push(call["args"].clone());
                } else if let Some(text) = part["text"].as_str() {
                    match part["thought"].as_bool() {
                        Some(true) => self.thinking.push_str(text),
                        _ => self.text.push_str(text),
                    }
                }
                let says = !call.is_null() || !part["text"].is_null();
                if let Some(signature) = part["thoughtSignature"].as_str().filter(|_| says) {
                    self.signatures.push(signature.to_owned());
                }
            }
            if let Some(reason) = candidate["finishReason"].as_str() {
                self.finish = Some(reason.to_owned());
            }
        }
        if let Some(total) = answer["usageMetadata"]["totalTokenCount"].as_u64() {
            self.total = Some(total);
        }
    }
}

fn same(told: &Told, walked: &Walked, answer: &dyn Answer, what: &str) {
    assert_eq!(told.text, walked.text, "{what}");
    assert_eq!(told.thinking, walked.thinking, "{what}");
    let names: Vec<_> = told.calls.iter().map(|(name, _, _)| name.clone()).collect();
    assert_eq!(names, walked.calls, "{what}");
    for ((_, _, told), walked) in told.calls.iter().zip(&walked.args) {
        let told: Value = match told.as_str() {
            "" => serde_json::json!({}),
            json => serde_json::from_str(json).unwrap(),
        };
        if !walked.is_null() {
            assert_eq!(&told, walked, "{what}");
        }
    }
    let signatures: Vec<_> = told
        .signatures
        .iter()
        .map(|(_, text)| text.clone())
        .collect();
    assert_eq!(signatures, walked.signatures, "{what}");
    let finish = match walked.finish.as_deref() {
        Some("STOP") if !walked.calls.is_empty() => "ToolCalls",
        Some("STOP") => "Stop",
        Some("MAX_TOKENS") => "Length",
        Some("MODEL_ARMOR") => "Filtered",
        other => panic!("{what}: {other:?}"),
    };
    assert_eq!(told.ends[0].1, finish, "{what}");
    if let Reported::Usage(usage) = &answer.seen().usage {
        let total = usage.prompt() + usage.answer();
        assert_eq!(Some(total), walked.total, "{what}: {usage:?}");
        assert_eq!(told.usage.as_ref(), Some(usage), "{what}");
    } else {
        assert!(walked.text.is_empty(), "{what}: {:?}", answer.seen().usage);
    }
    assert!(answer.seen().finished, "{what}");
}

fn stream(events: &[&str], what: &str) -> bool {
    let (mut told, mut walked) = (Told::default(), Walked::default());
    for event in events {
        walked.walk(&serde_json::from_str(event).unwrap());
    }
    let mut answer = GenerateAnswer::new(u32::try_from(walked.candidates).unwrap());
    let steps: Vec<_> = events
        .iter()
        .map(|event| answer.event(event.as_bytes(), &mut told))
        .collect();
    if walked.finish.as_deref() == Some("UNEXPECTED_TOOL_CALL") {
        assert_eq!(steps.last(), Some(&Step::Garbage), "{what}");
        return false;
    }
    assert!(
        steps.iter().all(|step| *step == Step::Pass),
        "{what}: {steps:?}"
    );
    same(&told, &walked, &answer, what);
    true
}

fn whole(body: &str, what: &str) -> bool {
    let (mut told, mut walked) = (Told::default(), Walked::default());
    walked.walk(&serde_json::from_str(body).unwrap());
    let mut answer = GenerateAnswer::new(u32::try_from(walked.candidates.max(1)).unwrap());
    let read = answer.whole(body.as_bytes(), &mut told);
    if walked.finish.as_deref() == Some("UNEXPECTED_TOOL_CALL") {
        assert!(read.is_err(), "{what}");
        return false;
    }
    if walked.finish.is_none() {
        println!("{what} has no finish reason");
        return false;
    }
    read.unwrap_or_else(|_| panic!("{what}: {body}"));
    same(&told, &walked, &answer, what);
    true
}

#[test]
fn recorded_answers_are_read_without_loss() {
    let Ok(files) = fs::read_dir(RECORDINGS) else {
        println!("skipped: no recordings at {RECORDINGS}");
        return;
    };
    let nested = fs::read_dir(Path::new(RECORDINGS).join("rig")).unwrap();
    let mut read = (0, 0);
    for file in files.chain(nested).map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !name.contains("generate") || name.contains("localhost") {
            continue;
        }
        for line in fs::read_to_string(&file).unwrap().lines() {
            let recorded: Value = serde_json::from_str(line).unwrap();
            let uri = recorded["request"]["uri"].as_str().unwrap();
            let what = format!("{name} {} {}", recorded["file"], recorded["index"]);
            let body = &recorded["response"]["body"];
            if uri.contains("streamGenerateContent") {
                // Some have asked for one array.
                let events: Vec<String> = match (body.as_str(), body.as_array()) {
                    (Some(text), _) => {
                        let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
                        lines.map(Into::into).collect()
                    }
                    (None, Some(list)) => list.iter().map(Value::to_string).collect(),
                    (None, None) => vec![body.to_string()],
                };
                let events: Vec<_> = events.iter().map(String::as_str).collect();
                read.0 += usize::from(stream(&events, &what));
            } else if uri.contains("generateContent") {
                let body = match body.as_str() {
                    Some(text) => text.to_owned(),
                    None => body.to_string(),
                };
                read.1 += usize::from(whole(&body, &what));
            }
        }
    }
    assert!(read.0 > 50 && read.1 > 200, "{read:?}");
}

#[test]
fn the_fixtures_are_read_without_loss() {
    let Ok(files) = fs::read_dir(FIXTURES) else {
        println!("skipped: no fixtures at {FIXTURES}");
        return;
    };
    let mut read = 0;
    for file in files.map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !file.is_file() || name.contains("429") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        if name.ends_with(".chunks.txt") {
            let events: Vec<_> = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            read += usize::from(stream(&events, &name));
        } else {
            read += usize::from(whole(&text, &name));
        }
    }
    assert!(read >= 10, "{read}");
}

#[test]
fn arguments_in_pieces_come_to_what_the_fixture_means() {
    let path = format!(
        "{FIXTURES}/google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt"
    );
    let Ok(text) = fs::read_to_string(path) else {
        println!("skipped: no fixtures at {FIXTURES}");
        return;
    };
    let mut told = Told::default();
    let query = Query::default();
    let mut answer =
        crate::dispatch::Dialect::answer(&crate::dispatch::gemini::Gemini::new(), &query);
    for event in text.lines() {
        assert_eq!(answer.event(event.as_bytes(), &mut told), Step::Pass);
    }
    let args: Value = serde_json::from_str(&told.calls[0].2).unwrap();
    let item = &args["operations"][0];
    assert_eq!(
        (&item["action"], &item["price"]),
        (&"add".into(), &0.5.into())
    );
    assert_eq!(args["operations"][1]["itemid"], "banana_001");
}
