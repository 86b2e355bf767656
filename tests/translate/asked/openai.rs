use serde_json::{Value, json};

use super::{
    Asked, Calls, Choice, Effort, Format, Item, Source, Tool, Who, json_schema, list, parsed,
    string, strings,
};

pub(super) fn read(body: &Value) -> Asked {
    let mut asked = Asked::default();
    let mut calls = Calls::default();
    for message in list(&body["messages"]) {
        turn(message, &mut asked, &mut calls);
    }
    for tool in list(&body["tools"]) {
        asked.tools.push(function(&tool["function"]));
    }
    asked
        .tools
        .extend(list(&body["functions"]).iter().map(function));
    asked.choice = choice(&body["tool_choice"]);
    if !body["function_call"].is_null() {
        asked.choice = choice(&body["function_call"]);
    }
    asked.serial = body["parallel_tool_calls"] == false || !body["functions"].is_null();
    asked.format = match string(&body["response_format"]["type"]) {
        "json_object" => Some(Format::Json),
        "json_schema" => Some(Format::Schema(json_schema::plain(
            &body["response_format"]["json_schema"]["schema"],
        ))),
        _ => None,
    };
    asked.stop = match &body["stop"] {
        Value::String(one) => vec![one.clone()],
        several => strings(several),
    };
    for name in [
        "temperature",
        "top_p",
        "top_k",
        "presence_penalty",
        "frequency_penalty",
        "seed",
    ] {
        asked.number(name, &body[name]);
    }
    let limit = [&body["max_completion_tokens"], &body["max_tokens"]];
    asked.limit = limit.into_iter().find_map(Value::as_u64);
    asked.effort = match body["reasoning_effort"].as_str() {
        Some("none") => Some(Effort::Off),
        level => level.map(|level| Effort::Level(level.to_owned())),
    };
    asked.choices = body["n"].as_u64().unwrap_or(1);
    asked.stream = body["stream"] == true;
    asked
}

fn turn(message: &Value, asked: &mut Asked, calls: &mut Calls) {
    match string(&message["role"]) {
        "system" | "developer" => {
            for text in texts(&message["content"]) {
                match asked.items.is_empty() {
                    true => asked.system.push(text),
                    false => asked.items.push(Item::framed(&text)),
                }
            }
        }
        "assistant" => {
            for text in texts(&message["content"]) {
                asked.items.push(Item::text(Who::Model, &text));
            }
            if let Some(refusal) = message["refusal"].as_str() {
                asked.items.push(Item::text(Who::Model, refusal));
            }
            for call in list(&message["tool_calls"]) {
                called(&call["id"], &call["function"], asked, calls);
            }
            if message["function_call"].is_object() {
                called(&Value::Null, &message["function_call"], asked, calls);
            }
        }
        "tool" | "function" => {
            let call = match message["tool_call_id"].as_str() {
                Some(id) => calls.by_id(id),
                None => calls.by_name(string(&message["name"])),
            };
            asked.items.push(Item::Result {
                call,
                text: texts(&message["content"]).join("\n"),
                error: false,
            });
        }
        _ => match &message["content"] {
            Value::String(text) => asked.items.push(Item::text(Who::User, text)),
            parts => asked.items.extend(list(parts).iter().map(part)),
        },
    }
}

fn part(part: &Value) -> Item {
    let (kind, source) = match string(&part["type"]) {
        "image_url" => ("image", Source::of_url(string(&part["image_url"]["url"]))),
        "input_audio" => {
            let audio = &part["input_audio"];
            let media_type = format!("audio/{}", string(&audio["format"]));
            let data = string(&audio["data"]).to_owned();
            ("audio", Source::Inline { media_type, data })
        }
        "file" => (
            "document",
            Source::of_url(string(&part["file"]["file_data"])),
        ),
        _ => return Item::text(Who::User, string(&part["text"])),
    };
    Item::Media { kind, source }
}

fn texts(content: &Value) -> Vec<String> {
    match content {
        Value::String(text) => vec![text.clone()],
        parts => list(parts)
            .iter()
            .map(|part| {
                part["text"]
                    .as_str()
                    .unwrap_or(string(&part["refusal"]))
                    .to_owned()
            })
            .collect(),
    }
}

fn called(id: &Value, function: &Value, asked: &mut Asked, calls: &mut Calls) {
    let name = string(&function["name"]);
    calls.add(id, name);
    asked.items.push(Item::Call {
        name: name.to_owned(),
        arguments: parsed(string(&function["arguments"])),
    });
}

fn function(function: &Value) -> Tool {
    Tool {
        name: string(&function["name"]).to_owned(),
        description: string(&function["description"]).to_owned(),
        parameters: json_schema::arguments(&function["parameters"]),
    }
}

fn choice(choice: &Value) -> Choice {
    match choice {
        Value::String(word) if word == "none" => Choice::None,
        Value::String(word) if word == "required" => Choice::Any,
        Value::Object(named) if named.contains_key("allowed_tools") => {
            let allowed = &choice["allowed_tools"];
            let names = list(&allowed["tools"]).iter();
            let names = names.map(|tool| string(&tool["function"]["name"]).to_owned());
            Choice::Of(names.collect(), allowed["mode"] == json!("required"))
        }
        Value::Object(_) => {
            let name = choice["function"]["name"].as_str();
            let name = name.unwrap_or(string(&choice["name"]));
            Choice::Of(vec![name.to_owned()], true)
        }
        _ => Choice::Auto,
    }
}
