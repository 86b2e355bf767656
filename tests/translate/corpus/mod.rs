//! Requests of each vendor's callers over each provider's dialect: what is sent says the same, or the caller is told which
//! field cannot be said.

mod requests;

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{
    asked::{Asked, differences, unchanged},
    fake::Fake,
    schema::Schemas,
    told::{Told, form},
    way::{Caller, Form, Got, Vendor, ask, catalog, replaying},
};

/// A request of a caller's, and what it is named by.
struct Case {
    caller: Vendor,
    name: String,
    body: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for caller in Vendor::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translate/corpus");
        for file in fs::read_dir(folder.join(caller.name())).unwrap() {
            let path = file.unwrap().path();
            cases.push(Case {
                caller,
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                body: fs::read_to_string(&path).unwrap(),
            });
        }
    }
    cases.sort_by(|a, b| (a.caller, &a.name).cmp(&(b.caller, &b.name)));
    cases
}

/// A native answer of a provider's: a text, complete.
pub(crate) const fn plain(dialect: Vendor) -> (&'static str, &'static str) {
    match dialect {
        Vendor::OpenAi => (
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m-2026","choices":[{"index":0,"message":{"role":"assistant","content":"Because.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#,
            concat!(
                "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-2026\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-2026\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Because.\"},\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-2026\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
                "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-2026\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n",
                "data: [DONE]\n\n",
            ),
        ),
        Vendor::Anthropic => (
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"m-2026","content":[{"type":"text","text":"Because."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":2}}"#,
            concat!(
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m-2026\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n",
                "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
                "event: ping\ndata: {\"type\":\"ping\"}\n\n",
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Because.\"}}\n\n",
                "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
                "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\n",
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            ),
        ),
        Vendor::Gemini => (
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Because."}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11},"modelVersion":"m-2026","responseId":"r1"}"#,
            concat!(
                "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Bec\"}]},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9,\"totalTokenCount\":9},\"modelVersion\":\"m-2026\",\"responseId\":\"r1\"}\n\n",
                "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"ause.\"}]},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":2,\"totalTokenCount\":11},\"modelVersion\":\"m-2026\",\"responseId\":\"r1\"}\n\n",
            ),
        ),
    }
}

/// The same answer with a second choice that is the first again.
fn twice(answer: &str) -> String {
    let one = |event: &str| {
        let Some((head, json)) = event.split_once('{') else {
            return event.to_owned();
        };
        let Ok(Value::Object(mut members)) =
            serde_json::from_str(&format!("{{{}", json.trim_end()))
        else {
            return event.to_owned();
        };
        for name in ["choices", "candidates"] {
            if let Some(Value::Array(all)) = members.get_mut(name)
                && let Some(mut again) = all.first().cloned()
            {
                again["index"] = 1.into();
                all.push(again);
            }
        }
        format!("{head}{}\n\n", Value::from(members))
    };
    answer.split_inclusive("\n\n").map(one).collect()
}

/// The one request that a provider got.
fn sent(provider: &Fake) -> Option<Value> {
    let requests = provider.requests();
    assert!(requests.len() <= 1, "it is asked once");
    let (_, body) = requests.first()?;
    Some(serde_json::from_slice(body).expect("JSON is sent"))
}

/// All that is wrong with what came of a case at a provider of a dialect.
async fn wrong(
    case: &Case,
    form: Form,
    dialect: Vendor,
    schemas: &BTreeMap<Vendor, Schemas>,
) -> Vec<String> {
    let caller = Caller::new(case.caller, form);
    let (whole, stream) = plain(dialect);
    let provider = match Asked::read(case.caller, &serde_json::from_str(&case.body).unwrap()) {
        asked if asked.choices == 2 => replaying(caller, &twice(whole), &twice(stream)),
        _ => replaying(caller, whole, stream),
    };
    let request = caller.request(&case.body);
    let got = ask(request, &provider, catalog(dialect)).await;
    let sent = sent(&provider);
    if let Some(field) = requests::refused(case.caller, &case.name, dialect) {
        return refusal(caller, field, sent.as_ref(), &got, schemas);
    }
    let Some(sent) = sent else {
        return vec![format!("nothing is sent: {} {}", got.status, got.text())];
    };
    let mut asked: Value = serde_json::from_str(&case.body).unwrap();
    let mut wrong = Vec::new();
    if case.caller == dialect {
        asked["model"] = "m-2026".into();
        let ours = ["model", "stream", "stream_options"];
        if !unchanged(&asked, &sent, &ours) {
            wrong.push(format!("changed on its way: {asked} != {sent}"));
        }
    } else {
        let said = Asked::read(case.caller, &asked);
        wrong.extend(differences(&said, &Asked::read(dialect, &sent), dialect));
        if let Some(schemas) = schemas.get(&dialect) {
            wrong.extend(schemas.request(&sent));
        }
    }
    let streams = Asked::read(dialect, &sent).stream;
    if streams != (form != Form::Whole && dialect != Vendor::Gemini) {
        wrong.push(format!("stream: {streams}"));
    }
    if !got.status.is_success() {
        wrong.push(format!("answered {} {}", got.status, got.text()));
        return wrong;
    }
    if case.caller != dialect {
        let checked = std::panic::catch_unwind(|| form::check(caller, &got));
        wrong.extend(checked.err().map(said));
        if let Some(schemas) = schemas.get(&case.caller) {
            wrong.extend(schemas.answer(caller, &got));
        }
    }
    match std::panic::catch_unwind(|| Told::got(caller, &got)) {
        Err(panic) => wrong.push(said(panic)),
        Ok(told) => {
            let text = told.choices.get(&0).map(|choice| &*choice.text);
            if text != Some("Because.") {
                wrong.push(format!("answered {text:?}"));
            }
        }
    }
    wrong
}

/// What a failed check says.
pub(crate) fn said(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("form: {}", text.unwrap_or("?"))
}

/// What is wrong with a refusal that is to name a field.
fn refusal(
    caller: Caller,
    field: &str,
    sent: Option<&Value>,
    got: &Got,
    schemas: &BTreeMap<Vendor, Schemas>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(sent) = sent {
        wrong.push(format!("not refused for {field}, sent: {sent}"));
        return wrong;
    }
    let body = got.error();
    if got.status != 400 || !got.text().contains(field) {
        wrong.push(format!("{field} is not named: {} {body}", got.status));
    }
    if caller.vendor == Vendor::Gemini && body["error"]["status"] != "INVALID_ARGUMENT" {
        wrong.push(format!("no error of Google's: {body}"));
    }
    if let Some(schemas) = schemas.get(&caller.vendor) {
        wrong.extend(schemas.error(&body));
    }
    wrong
}

fn schemas() -> BTreeMap<Vendor, Schemas> {
    let some = |vendor| Schemas::of(vendor).map(|schemas| (vendor, schemas));
    Vendor::ALL.into_iter().filter_map(some).collect()
}

/// Runs every case of a caller's and shows all that is wrong at once.
async fn run(caller: Vendor) {
    let schemas = schemas();
    let forms: &[Form] = match caller {
        Vendor::Gemini => &[Form::Whole, Form::Stream, Form::Array],
        _ => &[Form::Whole, Form::Stream],
    };
    let mut found = Vec::new();
    let (mut sent, mut refused) = (0, 0);
    for case in cases().iter().filter(|case| case.caller == caller) {
        for dialect in Vendor::ALL {
            match requests::refused(case.caller, &case.name, dialect) {
                Some(_) => refused += 1,
                None => sent += 1,
            }
            for form in forms {
                for wrong in wrong(case, *form, dialect, &schemas).await {
                    let (who, name, to) = (caller.name(), &case.name, dialect.name());
                    found.push(format!("{who}/{name} over {to}, {form:?}: {wrong}"));
                }
            }
        }
    }
    println!(
        "{}: {sent} pairs are sent, {refused} refused",
        caller.name()
    );
    assert!(
        found.is_empty(),
        "{} wrong:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn openai_s_callers_are_understood_by_every_dialect() {
    run(Vendor::OpenAi).await;
}

#[tokio::test(start_paused = true)]
async fn anthropic_s_callers_are_understood_by_every_dialect() {
    run(Vendor::Anthropic).await;
}

#[tokio::test(start_paused = true)]
async fn google_s_callers_are_understood_by_every_dialect() {
    run(Vendor::Gemini).await;
}

#[test]
fn every_refusal_that_is_expected_is_of_a_case_that_exists() {
    let cases = cases();
    for (caller, name, _, _) in requests::REFUSED {
        let of = |case: &Case| case.caller == *caller && case.name == *name;
        assert!(cases.iter().any(of), "{name}");
    }
}
