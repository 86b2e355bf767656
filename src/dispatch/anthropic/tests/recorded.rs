//! Answers that were recorded are read without loss. They lie beside the repository, where they lie at all.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Said, events, streamed, whole};
use crate::{
    chat::Finish,
    dispatch::{Answer, Step},
};

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/specs/fixtures-vercel-ai/anthropic"
);
const TRANSCRIPTS: [&str; 4] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/transcripts/anthropic-messages.jsonl"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/transcripts/anthropic-messages-stream.jsonl"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/transcripts/rig/anthropic-messages.jsonl"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/transcripts/rig/anthropic-messages-stream.jsonl"
    ),
];
const SDK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/transcripts/anthropic-sdk-python"
);

/// What an answer says, by a walk of its JSON that shares nothing with the reader.
#[derive(Debug, Default, PartialEq)]
struct Walked {
    text: String,
    thinking: String,
    calls: Vec<(String, String, Value)>,
    stop: String,
    output: u64,
    prompt: u64,
}

impl Walked {
    fn block(&mut self, block: &Value) {
        let text = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
        match block["type"].as_str().unwrap() {
            "text" => self.text += &text("text"),
            "thinking" => self.thinking += &text("thinking"),
            "tool_use" => {
                let call = (text("id"), text("name"), block["input"].clone());
                self.calls.push(call);
            }
            _ => {}
        }
    }

    fn end(&mut self, delta: &Value, usage: &Value) {
        if let Some(stop) = delta["stop_reason"].as_str() {
            self.stop = stop.to_owned();
        }
        let count = |usage: &Value| {
            let of = |name: &str| usage[name].as_u64().unwrap_or_default();
            let prompt = of("input_tokens")
                + of("cache_read_input_tokens")
                + of("cache_creation_input_tokens");
            (prompt, of("output_tokens"))
        };
        match usage["iterations"].as_array() {
            Some(list) if !list.is_empty() => {
                (self.prompt, self.output) = list
                    .iter()
                    .map(count)
                    .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            }
            _ => {
                let (prompt, output) = count(usage);
                self.output = output;
                if usage["input_tokens"].is_u64() {
                    self.prompt = prompt;
                }
            }
        }
    }

    fn of_message(message: &Value) -> Self {
        let mut walked = Self::default();
        for block in message["content"].as_array().unwrap() {
            walked.block(block);
        }
        walked.end(message, &message["usage"]);
        walked
    }

    fn of_events(events: &[Value]) -> Self {
        let mut walked = Self::default();
        let mut blocks: Vec<Value> = Vec::new();
        let mut json: Vec<String> = Vec::new();
        for event in events {
            let index = event["index"].as_u64().unwrap_or_default() as usize;
            match event["type"].as_str().unwrap() {
                "message_start" => {
                    let message = &event["message"];
                    walked.end(message, &message["usage"]);
                    for block in message["content"].as_array().unwrap() {
                        walked.block(block);
                    }
                }
                "content_block_start" => {
                    blocks.push(event["content_block"].clone());
                    json.push(String::new());
                }
                "content_block_delta" => {
                    let delta = &event["delta"];
                    for (from, to) in [("text", "text"), ("thinking", "thinking")] {
                        if let Some(more) = delta[from].as_str() {
                            let so_far = blocks[index][to].as_str().unwrap_or_default();
                            blocks[index][to] = format!("{so_far}{more}").into();
                        }
                    }
                    if let Some(more) = delta["partial_json"].as_str() {
                        json[index] += more;
                    }
                }
                "message_delta" => walked.end(&event["delta"], &event["usage"]),
                _ => {}
            }
        }
        for (mut block, json) in blocks.into_iter().zip(json) {
            if !json.is_empty() {
                block["input"] = serde_json::from_str(&json).unwrap_or(json.into());
            }
            walked.block(&block);
        }
        walked
    }

    fn of_said(said: &Said) -> Self {
        let calls = said.calls.iter().map(|call| {
            let arguments = match &*call.arguments {
                "" => "{}",
                arguments => arguments,
            };
            let arguments =
                serde_json::from_str(arguments).unwrap_or_else(|_| arguments.to_owned().into());
            let id = call.id.clone().unwrap_or_default();
            (id, call.name.clone(), arguments)
        });
        let stop = said.ended.as_ref().map(|ended| match ended.finish {
            Finish::Stop => "end_turn",
            Finish::StopText => "stop_sequence",
            Finish::Length => "max_tokens",
            Finish::ToolCalls => "tool_use",
            Finish::Refused => "refusal",
            Finish::Paused => "pause_turn",
            other => panic!("{other:?}"),
        });
        let usage = said.usage.clone().unwrap_or_default();
        Self {
            text: said.text.clone(),
            thinking: said.thinking.clone(),
            calls: calls.collect(),
            stop: stop.unwrap_or_default().to_owned(),
            output: usage.answer(),
            prompt: usage.prompt(),
        }
    }
}

fn check_stream(name: &str, events: &[String]) {
    let values: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let (said, answer, last) = streamed(events.iter().map(String::as_str));
    assert_eq!(last, Step::Done, "{name}");
    assert_eq!(Walked::of_said(&said), Walked::of_events(&values), "{name}");
    assert!(answer.seen().finished && answer.seen().done, "{name}");
    assert_eq!(answer.seen().model.as_deref(), said.model.as_deref());
}

fn check_whole(name: &str, body: &Value) {
    let (said, answer) = whole(&body.to_string());
    assert_eq!(Walked::of_said(&said), Walked::of_message(body), "{name}");
    assert!(answer.seen().finished && answer.seen().done, "{name}");
}

/// The files of a folder that is not always there.
fn files(folder: &str) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder) else {
        eprintln!("skipped: there is no {folder}");
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths
        .map(|path| (name(&path), fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn fixtures_are_read_without_loss() {
    for (name, text) in files(FIXTURES) {
        if name.starts_with("spliced") {
            continue;
        }
        if name.ends_with(".json") {
            check_whole(&name, &serde_json::from_str(&text).unwrap());
        } else {
            // Some have several answers, one behind the other.
            let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
            for one in lines.split_inclusive(|line| line.contains(r#""type":"message_stop""#)) {
                check_stream(&name, one);
            }
        }
    }
}

#[test]
fn streams_of_the_package_s_own_tests_are_read_without_loss() {
    for (name, text) in files(SDK) {
        check_stream(&name, &events(&text));
    }
}

#[test]
fn transcripts_are_read_without_loss() {
    for path in TRANSCRIPTS {
        let Ok(text) = fs::read_to_string(path) else {
            eprintln!("skipped: there is no {path}");
            continue;
        };
        for (at, line) in text.lines().enumerate() {
            let line: Value = serde_json::from_str(line).unwrap();
            let name = format!("{path}:{at}");
            let response = &line["response"];
            if response["status"] != 200 {
                continue;
            }
            match &response["body"] {
                Value::String(body) if body.trim_start().starts_with('{') => {
                    check_whole(&name, &serde_json::from_str(body).unwrap());
                }
                Value::String(body) => check_stream(&name, &events(body)),
                body => check_whole(&name, body),
            }
        }
    }
}
