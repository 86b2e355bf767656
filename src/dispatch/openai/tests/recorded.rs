use std::{fs, path::Path};

use serde_json::Value;

use super::Told;
use crate::{
    chat::Finish,
    dispatch::{Answer, Reported, Step, openai::answer::ChatAnswer},
};

const PLACES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/transcripts"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/transcripts/rig"),
];
const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/specs/fixtures-vercel-ai"
);

/// What an independent walk of an answer's JSON finds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Walked {
    text: String,
    refusal: String,
    thinking: String,
    calls: Vec<(String, String)>,
    ids: Vec<(u64, String)>,
    finish: Option<String>,
}

#[derive(Debug, Default)]
struct Walk {
    choices: Vec<Walked>,
    prompt: Option<u64>,
    failed: bool,
}

fn words(content: &Value, text: &mut String, thinking: &mut String) {
    match content {
        Value::String(words) => text.push_str(words),
        Value::Array(parts) => {
            for part in parts {
                if part["type"] == "thinking" {
                    let mut thought = String::new();
                    words(&part["thinking"], &mut thought, &mut String::new());
                    thinking.push_str(&thought);
                } else if let Some(words) = part["text"].as_str() {
                    text.push_str(words);
                }
            }
        }
        _ => {}
    }
}

impl Walk {
    fn walk(&mut self, answer: &Value, whole: bool) {
        self.failed |= !answer["error"].is_null();
        for usage in [&answer["usage"], &answer["x_groq"]["usage"]] {
            self.prompt = usage["prompt_tokens"].as_u64().or(self.prompt);
        }
        let choices = answer["choices"].as_array().into_iter().flatten();
        for (place, choice) in choices.enumerate() {
            let at = choice["index"].as_u64().unwrap_or(place as u64) as usize;
            if self.choices.len() <= at {
                self.choices.resize(at + 1, Walked::default());
            }
            let walked = &mut self.choices[at];
            let (delta, message) = (&choice["delta"], &choice["message"]);
            let message = match (delta, message) {
                (Value::Null, message) => message,
                (_, message) if whole && !message.is_null() => message,
                (delta, _) => delta,
            };
            walked.message(message);
            if let Some(reason) = choice["finish_reason"].as_str() {
                walked.finish.get_or_insert(reason.to_owned());
            }
        }
    }
}

impl Walked {
    fn message(&mut self, message: &Value) {
        words(&message["content"], &mut self.text, &mut self.thinking);
        self.refusal
            .push_str(message["refusal"].as_str().unwrap_or_default());
        let thought = ["reasoning_content", "reasoning"]
            .into_iter()
            .filter_map(|name| message[name].as_str())
            .find(|words| !words.is_empty());
        self.thinking.push_str(thought.unwrap_or_default());
        for piece in message["tool_calls"].as_array().into_iter().flatten() {
            let id = piece["id"].as_str().unwrap_or_default().to_owned();
            let index = piece["index"].as_u64().unwrap_or(u64::MAX);
            let name = piece["function"]["name"].as_str().unwrap_or_default();
            let known = self.ids.contains(&(index, id.clone()));
            if !name.is_empty() && !known {
                self.ids.push((index, id));
                self.calls.push((name.to_owned(), String::new()));
            }
            let at = self.ids.iter().rposition(|(known, _)| *known == index);
            let call = &mut self.calls[at.unwrap()];
            match &piece["function"]["arguments"] {
                // A word for none.
                Value::String(word) if word == "null" && call.1.is_empty() => {}
                Value::String(arguments) => call.1.push_str(arguments),
                Value::Null => {}
                arguments => call.1.push_str(&arguments.to_string()),
            }
        }
    }
}

fn finish_of(walked: &Walked) -> Option<Finish> {
    let refused = !walked.refusal.is_empty();
    Some(match walked.finish.as_deref()? {
        "length" | "model_length" | "max_tokens" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolCalls,
        "content_filter" | "sensitive" if refused => Finish::Refused,
        "content_filter" | "sensitive" => Finish::Filtered,
        "" => return None,
        _ if !walked.calls.is_empty() => Finish::ToolCalls,
        _ if refused => Finish::Refused,
        _ => Finish::Stop,
    })
}

fn compare(answer: &ChatAnswer, told: &Told, walk: &Walk, name: &str) {
    if walk.failed {
        assert!(
            told.failed.is_some() && answer.seen().error.is_some(),
            "{name}"
        );
        return;
    }
    assert_eq!(told.choices.len(), walk.choices.len(), "{name}");
    for (told, walked) in told.choices.iter().zip(&walk.choices) {
        assert_eq!(told.text, walked.text, "{name}");
        assert_eq!(told.refusal, walked.refusal, "{name}");
        assert_eq!(told.thinking, walked.thinking, "{name}");
        let calls = told.calls.iter();
        let calls: Vec<_> = calls
            .map(|(_, n, json)| (n.clone(), json.clone()))
            .collect();
        assert_eq!(calls, walked.calls, "{name}");
        assert_eq!(told.finish(), finish_of(walked), "{name}");
    }
    match &answer.seen().usage {
        Reported::Usage(usage) => {
            assert_eq!(told.usage.as_ref(), Some(usage), "{name}");
            assert_eq!(Some(usage.prompt()), walk.prompt, "{name}");
        }
        // What does not add up is told as it stands.
        Reported::Implausible => {
            let told = told.usage.as_ref().map(|usage| usage.prompt());
            assert!(told.is_none() || told == walk.prompt, "{name}");
        }
        Reported::Missing => assert_eq!(told.usage, None, "{name}"),
    }
}

fn stream<'a>(events: impl Iterator<Item = &'a str>, name: &str) {
    let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
    let mut walk = Walk::default();
    for event in events {
        let step = answer.event(event.as_bytes(), &mut told);
        if event.trim() == "[DONE]" {
            assert_eq!(step, Step::Done, "{name}");
            break;
        }
        assert!(
            matches!(step, Step::Pass | Step::Failed),
            "{name}: {step:?} {event}"
        );
        walk.walk(&serde_json::from_str(event).unwrap(), false);
    }
    compare(&answer, &told, &walk, name);
}

fn whole(body: &[u8], name: &str) {
    let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
    let mut walk = Walk::default();
    walk.walk(&serde_json::from_slice(body).unwrap(), true);
    assert!(answer.whole(body, &mut told).is_ok(), "{name}");
    compare(&answer, &told, &walk, name);
}

#[test]
fn recorded_answers_are_read_without_loss() {
    let mut read = 0;
    for place in PLACES {
        let Ok(files) = fs::read_dir(place) else {
            println!("skipped: no recordings at {place}");
            continue;
        };
        for file in files.map(|file| file.unwrap().path()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !name.contains("-chat") || !name.ends_with(".jsonl") {
                continue;
            }
            for (at, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
                let line: Value = serde_json::from_str(line).unwrap();
                let response = &line["response"];
                let name = format!("{name}:{}", at + 1);
                let body = match &response["body"] {
                    Value::String(text) => text.clone(),
                    body => body.to_string(),
                };
                if body.contains("data:") && response["body"].is_string() {
                    let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
                    stream(data.map(str::trim), &name);
                } else if body.contains("\"choices\"") || body.contains("\"error\"") {
                    whole(body.as_bytes(), &name);
                } else {
                    println!("skipped: {name} is no answer");
                    continue;
                }
                read += 1;
            }
        }
    }
    println!("{read} recorded answers");
    assert!(read > 0 || !Path::new(PLACES[0]).exists());
}

#[test]
fn fixtures_of_other_servers_are_read_without_loss() {
    let mut files = Vec::new();
    let mut folders = vec![
        Path::new(FIXTURES).join("deepseek"),
        Path::new(FIXTURES).join("groq"),
        Path::new(FIXTURES).join("mistral"),
        Path::new(FIXTURES).join("moonshotai"),
        Path::new(FIXTURES).join("openai"),
        Path::new(FIXTURES).join("openai-compatible"),
        Path::new(FIXTURES).join("xai"),
    ];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            println!("skipped: no fixtures at {}", folder.display());
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    let mut read = 0;
    for file in files {
        let name = file.display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        if name.ends_with(".chunks.txt") && text.contains("chat.completion.chunk") {
            stream(text.lines().filter(|line| !line.trim().is_empty()), &name);
        } else if name.ends_with(".json") && text.contains("\"choices\"") {
            whole(text.as_bytes(), &name);
        } else {
            continue;
        }
        read += 1;
    }
    println!("{read} fixtures");
    assert!(read > 10 || !Path::new(FIXTURES).exists());
}
