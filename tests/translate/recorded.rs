//! Answers that providers really gave, replayed to a caller of each API: nothing that is said, called, used is lost.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    reference,
    schema::Schemas,
    told::{Call, Choice, Finish, Told, events, form},
    way::{Caller, Form, Got, Vendor, ask, catalog, replaying},
};

/// An answer as it was recorded.
struct Recording {
    dialect: Vendor,
    name: String,
    /// The body, or the stream with its framing.
    body: String,
    streamed: bool,
}

/// The recordings that are present.
fn recordings() -> Vec<Recording> {
    let mut all = Vec::new();
    let Some(folder) = reference::path("transcripts") else {
        println!("skipped: transcripts are not here");
        return all;
    };
    for folder in [folder.clone(), folder.join("rig")] {
        for file in fs::read_dir(folder).into_iter().flatten().flatten() {
            lines(&file.path(), &mut all);
        }
    }
    if let Some(folder) = reference::path("specs/fixtures-vercel-ai") {
        for (name, dialect) in [
            ("openai/chat", Vendor::OpenAi),
            ("deepseek/chat", Vendor::OpenAi),
            ("groq", Vendor::OpenAi),
            ("mistral", Vendor::OpenAi),
            ("moonshotai", Vendor::OpenAi),
            ("openai-compatible", Vendor::OpenAi),
            ("xai/chat", Vendor::OpenAi),
            ("anthropic", Vendor::Anthropic),
            ("google", Vendor::Gemini),
        ] {
            for file in fs::read_dir(folder.join(name))
                .into_iter()
                .flatten()
                .flatten()
            {
                fixture(dialect, &file.path(), &mut all);
            }
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// A file of transcripts: one interaction a line.
fn lines(path: &Path, all: &mut Vec<Recording>) {
    let Ok(text) = fs::read_to_string(path) else {
        return;
    };
    if path
        .extension()
        .is_none_or(|extension| extension != "jsonl")
    {
        return;
    }
    for (at, line) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind = line["kind"].as_str().unwrap();
        let (dialect, streamed) = match kind {
            "chat" | "chat-stream" => (Vendor::OpenAi, kind.ends_with("stream")),
            "messages" | "messages-stream" => (Vendor::Anthropic, kind.ends_with("stream")),
            "generate" | "generate-stream" => (Vendor::Gemini, kind.ends_with("stream")),
            _ => continue,
        };
        let response = &line["response"];
        if response["status"] != 200 {
            continue;
        }
        let body = match &response["body"] {
            Value::String(text) => text.clone(),
            // Gemini's array, and each is an event here.
            Value::Array(each) if streamed => each
                .iter()
                .map(|event| format!("data: {event}\n\n"))
                .collect(),
            body => body.to_string(),
        };
        let file = path.file_stem().unwrap().to_str().unwrap();
        let name = format!("{file}:{}", at + 1);
        all.push(Recording {
            dialect,
            name,
            body,
            streamed,
        });
    }
}

/// A file of one answer, or of a stream's events without their framing.
fn fixture(dialect: Vendor, path: &Path, all: &mut Vec<Recording>) {
    let Ok(text) = fs::read_to_string(path) else {
        return;
    };
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    if name.ends_with(".json") {
        all.push(Recording {
            dialect,
            name,
            body: text,
            streamed: false,
        });
    } else if name.ends_with(".chunks.txt") && !name.starts_with("spliced-") {
        let mut body = String::new();
        // Some files have several answers, one behind the other.
        let last = |line: &&str| line.contains(r#""type":"message_stop""#);
        let lines = text
            .lines()
            .position(|line| last(&line))
            .map_or(usize::MAX, |at| at + 1);
        for line in text
            .lines()
            .take(lines)
            .filter(|line| !line.trim().is_empty())
        {
            let event: Value = serde_json::from_str(line).unwrap();
            if let (Vendor::Anthropic, Some(kind)) = (dialect, event["type"].as_str()) {
                body.push_str(&format!("event: {kind}\n"));
            }
            body.push_str(&format!("data: {line}\n\n"));
        }
        if dialect == Vendor::OpenAi {
            body.push_str("data: [DONE]\n\n");
        }
        all.push(Recording {
            dialect,
            name,
            body,
            streamed: true,
        });
    }
}

impl Recording {
    fn told(&self) -> Told {
        if self.streamed {
            let events: Vec<Value> = events(&self.body)
                .into_iter()
                .map(|event| event.1)
                .collect();
            Told::stream(self.dialect, &events)
        } else {
            Told::whole(self.dialect, &serde_json::from_str(&self.body).unwrap())
        }
    }

    /// Whether it is a complete answer, as far as its own format goes.
    fn complete(&self, told: &Told) -> bool {
        let ended = |choice: &Choice| !matches!(choice.finish, None | Some(Finish::Fault));
        let marked = !self.streamed
            || match self.dialect {
                // A server that ends a stream and gives no reason has ended it all the same.
                Vendor::OpenAi => return self.body.contains("data: [DONE]") && !self.failed(),
                Vendor::Anthropic => self.body.contains("message_stop"),
                Vendor::Gemini => true,
            };
        marked && !told.choices.is_empty() && told.choices.values().all(ended)
    }

    /// Whether the provider says in the stream that it failed.
    fn failed(&self) -> bool {
        let failed = |(_, event): &(String, Value)| event["error"].is_object();
        self.streamed && events(&self.body).iter().any(failed)
    }

    /// The question to which a caller gets as many answers as there are; none where its API has one only.
    fn question(&self, caller: Caller, choices: usize) -> Option<String> {
        let question = caller.question();
        match (caller.vendor, choices) {
            (_, 0 | 1) => Some(question.to_owned()),
            (Vendor::OpenAi, n) => Some(question.replacen('{', &format!(r#"{{"n":{n},"#), 1)),
            (Vendor::Anthropic, _) => None,
            (Vendor::Gemini, n) => {
                let config = format!(r#"{{"generationConfig":{{"candidateCount":{n}}},"#);
                Some(question.replacen('{', &config, 1))
            }
        }
    }
}

/// What a caller was not told, or was told otherwise.
fn lost(recorded: &Told, caller: Caller, got: &Got) -> Vec<String> {
    let told = Told::got(caller, got);
    let mut lost = Vec::new();
    for (index, before) in &recorded.choices {
        let Some(after) = told.choices.get(index) else {
            lost.push(format!("choice {index}"));
            continue;
        };
        let said = |choice: &Choice| format!("{}{}", choice.text, choice.refusal);
        // Why a filter stopped an answer is told where the caller's form has a place for it.
        let untold = before.finish == Some(Finish::Filter) && after.text == before.text;
        if said(before) != said(after) && !untold {
            lost.push(format!("text: {:?} became {:?}", said(before), said(after)));
        }
        if !after.thinking.is_empty() && before.thinking != after.thinking {
            lost.push(format!(
                "thinking: {:?} became {:?}",
                before.thinking, after.thinking
            ));
        }
        let calls = |choice: &Choice| -> Vec<(String, Value)> {
            let calls = choice.calls.iter();
            calls
                .map(|call| (call.name.clone(), arguments(call)))
                .collect()
        };
        if calls(before) != calls(after) {
            lost.push(format!(
                "calls: {:?} became {:?}",
                calls(before),
                calls(after)
            ));
        }
        let same = match (before.finish, after.finish) {
            // Some servers end a call of a tool like any other answer.
            (Some(Finish::Stop), Some(Finish::Tools)) => !before.calls.is_empty(),
            (Some(Finish::Tools), Some(Finish::Stop)) => before.calls.is_empty(),
            (Some(Finish::Stop), Some(Finish::Filter)) => !before.refusal.is_empty(),
            (None, Some(_)) => true,
            // No other API has a word for a pause.
            (Some(Finish::Pause), Some(Finish::Stop | Finish::Length)) => true,
            (before, after) => before == after,
        };
        if !same {
            lost.push(format!(
                "finish: {:?} became {:?}",
                before.finish, after.finish
            ));
        }
    }
    if let Some(before) = recorded.usage
        && Some(before) != told.usage
    {
        lost.push(format!("usage: {before:?} became {:?}", told.usage));
    }
    lost
}

/// A call's arguments. What is no object, since it was cut off, stands as a text within one where it has to be one.
fn arguments(call: &Call) -> Value {
    match call.arguments() {
        Value::Null => json!({}),
        Value::Object(members) if members.len() == 1 && members.contains_key("_raw") => {
            json!(members["_raw"].as_str().unwrap_or_default().trim())
        }
        Value::String(text) => json!(text.trim()),
        value => value,
    }
}

#[derive(Default)]
struct Tally {
    answers: usize,
    streams: usize,
    refused: usize,
    wrong: usize,
}

#[tokio::test(start_paused = true)]
async fn recorded_answers_reach_every_caller_without_loss() {
    let schemas: BTreeMap<_, _> = Vendor::ALL
        .into_iter()
        .filter_map(|vendor| Some((vendor, Schemas::of(vendor)?)))
        .collect();
    let mut wrong = Vec::new();
    let mut tallies = BTreeMap::<(Vendor, Vendor), Tally>::new();
    for recording in recordings() {
        let recorded = recording.told();
        let callers = Caller::ALL.into_iter();
        for caller in callers.filter(|caller| caller.is_whole() != recording.streamed) {
            let Some(question) = recording.question(caller, recorded.choices.len()) else {
                continue;
            };
            let provider = replaying(caller, &recording.body, &recording.body);
            let got = ask(
                caller.request(&question),
                &provider,
                catalog(recording.dialect),
            )
            .await;
            let tally = tallies
                .entry((recording.dialect, caller.vendor))
                .or_default();
            let mut faults = Vec::new();
            let failed = got.status != 200 || got.broken;
            if !recording.complete(&recorded) {
                tally.refused += 1;
                if !failed && form::is_clean(caller, &got) {
                    faults.push(format!("a clean end of what has none: {}", got.text()));
                }
            } else if failed || !form::is_clean(caller, &got) {
                faults.push(format!("failed: {} {}", got.status, got.text()));
            } else {
                *(if caller.is_whole() {
                    &mut tally.answers
                } else {
                    &mut tally.streams
                }) += 1;
                faults.extend(lost(&recorded, caller, &got));
                if caller.vendor != recording.dialect {
                    let checked = std::panic::catch_unwind(|| form::check(caller, &got));
                    faults.extend(checked.err().map(crate::corpus::said));
                    let schemas = schemas.get(&caller.vendor);
                    faults.extend(schemas.into_iter().flat_map(|of| of.answer(caller, &got)));
                }
            }
            tally.wrong += usize::from(!faults.is_empty());
            for fault in faults {
                let form = if caller.form == Form::Array {
                    "array"
                } else {
                    ""
                };
                let name = &recording.name;
                wrong.push(format!(
                    "{name} to {} {form}: {fault:.900}",
                    caller.vendor.name()
                ));
            }
        }
    }
    println!("dialect    caller      answers  streams  broken  wrong");
    for ((dialect, caller), tally) in &tallies {
        let Tally {
            answers,
            streams,
            refused,
            wrong,
        } = tally;
        let (dialect, caller) = (dialect.name(), caller.name());
        println!("{dialect:10} {caller:10} {answers:8} {streams:8} {refused:7} {wrong:6}");
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
