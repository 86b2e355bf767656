//! However a request is written, the same is read of it; and no tokenizer makes more tokens of it than its bound.

use proptest::prelude::*;
use serde_json::{Value, json};
use tower_genai::query::{Api, Query, Refusal};

const APIS: [Api; 3] = [Api::OpenAiChat, Api::AnthropicMessages, Api::GeminiGenerate];

fn read(api: Api, body: &str) -> Result<Query, Refusal> {
    Query::read_for(api, Some("m"), body.as_bytes())
}

/// A call with a system prompt, turns, a tool, its call and its result, in the form of an API.
fn request(api: Api, words: &[String], schema: &Value) -> Value {
    let [system, asked, argument, found] = words else {
        unreachable!("four of them")
    };
    match api {
        Api::OpenAiChat => json!({
            "model": "m", "max_tokens": 9, "temperature": 0.5, "stop": [found],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}],
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": [{"type": "text", "text": asked}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function",
                    "function": {"name": "f", "arguments": json!({"a": argument}).to_string()}}]},
                {"role": "tool", "tool_call_id": "c", "content": found},
            ],
        }),
        Api::AnthropicMessages => json!({
            "model": "m", "max_tokens": 9, "temperature": 0.5, "stop_sequences": [found],
            "system": system,
            "tools": [{"name": "f", "input_schema": schema}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": asked}]},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "c", "name": "f", "input": {"a": argument}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c", "content": found}]},
            ],
        }),
        _ => json!({
            "systemInstruction": {"parts": [{"text": system}]},
            "generationConfig": {"maxOutputTokens": 9, "temperature": 0.5, "stopSequences": [found]},
            "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": schema}]}],
            "contents": [
                {"role": "user", "parts": [{"text": asked}]},
                {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": argument}}}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "f", "response": {"r": found}}}]},
            ],
        }),
    }
}

/// The same JSON with the members of every object in another order, all that can be escaped escaped, and space in
/// between; with Google's names in snake case.
fn rewritten(value: &Value, snake: bool, out: &mut String) {
    match value {
        Value::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().rev().enumerate() {
                if at > 0 {
                    out.push_str(" ,\n");
                }
                let name = if snake {
                    snake_case(name)
                } else {
                    name.clone()
                };
                string(&name, out);
                out.push_str("\t: ");
                // A schema's and a call's names are the caller's own.
                let own = matches!(&*name, "parameters_json_schema" | "args" | "response");
                rewritten(value, snake && !own, out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push_str(" , ");
                }
                rewritten(element, snake, out);
            }
            out.push(']');
        }
        Value::String(text) => string(text, out),
        other => out.push_str(&other.to_string()),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for unit in text.encode_utf16() {
        out.push_str(&format!("\\u{unit:04x}"));
    }
    out.push('"');
}

/// How long it is, each element on a line of its own and indented by four spaces, of which sixteen are one token.
fn lines(value: &Value) -> u64 {
    let mut written = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut written, format);
    serde::Serialize::serialize(value, &mut serializer).unwrap();
    let lines = String::from_utf8(written).unwrap();
    lines
        .lines()
        .map(|line| {
            let words = line.trim_start();
            let indent = (line.len() - words.len()).div_ceil(16);
            (words.len() + indent + 1) as u64
        })
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_way_of_writing_changes_what_is_read_or_breaks_the_bound(
        words in proptest::collection::vec("[ -~é漢🦀\\n]{0,60}", 4),
        key in "[a-z]{1,9}",
        depth in 0_usize..20,
    ) {
        let mut schema = json!({"type": "string", "description": words[2]});
        for _ in 0..depth {
            schema = json!({"type": "object", "properties": {&key: schema}, "required": [key]});
        }
        for api in APIS {
            let body = request(api, &words, &schema);
            let plain = read(api, &body.to_string()).unwrap();
            prop_assert_eq!(plain.unbounded(), None);
            let mut other = String::new();
            rewritten(&body, api == Api::GeminiGenerate, &mut other);
            let other = read(api, &other).unwrap();
            prop_assert_eq!(plain.tokens(), other.tokens());
            prop_assert_eq!(plain.features(), other.features());
            prop_assert_eq!(plain.needs(), other.needs());
            prop_assert_eq!(plain.max_output(), other.max_output());
            prop_assert_eq!(plain.conversation().digest(), other.conversation().digest());
            prop_assert_eq!(plain.prompt(), other.prompt());

            let texts: u64 = words.iter().map(|text| text.len() as u64).sum();
            let bound = plain.tokens().bound();
            prop_assert!(bound >= texts + lines(&schema) + 804, "{} {}", bound, api.as_str());
            prop_assert!(plain.tokens().guess() <= bound);
        }
    }

    #[test]
    fn no_body_panics(body in "[\\[\\]{}:,\"a-z0-9 ]{0,80}", at in 0_usize..400, more in "[\\[\\]{}:,\"0-9]{1,3}") {
        for api in APIS {
            let _ = read(api, &body);
            let words = ["a", "b", "c", "d"].map(str::to_owned);
            let mut odd = request(api, &words, &json!({})).to_string();
            odd.insert_str(at.min(odd.len()), &more);
            let _ = read(api, &odd);
        }
    }
}
