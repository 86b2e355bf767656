use serde_json::Value;

use super::{
    Asked, Calls, Choice, Effort, Format, Item, Source, Tool, Who, json_schema, list, string,
    strings,
};

pub(super) fn read(body: &Value) -> Asked {
    let mut asked = Asked::default();
    let mut calls = Calls::default();
    for part in list(&get(body, "systemInstruction")["parts"]) {
        asked.system.push(string(&part["text"]).to_owned());
    }
    for content in list(&body["contents"]) {
        let who = match string(&content["role"]) {
            "model" => Who::Model,
            _ => Who::User,
        };
        for one in list(&content["parts"]) {
            part(one, who, &mut asked, &mut calls);
        }
    }
    for tool in list(&body["tools"]) {
        for function in list(get(tool, "functionDeclarations")) {
            let parameters = match get(function, "parametersJsonSchema") {
                Value::Null => json_schema::lowered(&function["parameters"]),
                schema => schema.clone(),
            };
            asked.tools.push(Tool {
                name: string(&function["name"]).to_owned(),
                description: string(&function["description"]).to_owned(),
                parameters: json_schema::arguments(&parameters),
            });
        }
    }
    let calling = get(get(body, "toolConfig"), "functionCallingConfig");
    let names = strings(get(calling, "allowedFunctionNames"));
    asked.choice = match (string(&calling["mode"]), names.is_empty()) {
        ("NONE", _) => Choice::None,
        ("ANY", true) => Choice::Any,
        ("ANY", false) => Choice::Of(names, true),
        (_, false) => Choice::Of(names, false),
        (_, true) => Choice::Auto,
    };
    config(get(body, "generationConfig"), &mut asked);
    asked
}

fn config(config: &Value, asked: &mut Asked) {
    let schema = match get(config, "responseJsonSchema") {
        Value::Null => json_schema::lowered(get(config, "responseSchema")),
        schema => schema.clone(),
    };
    asked.format = match string(get(config, "responseMimeType")) {
        "application/json" if schema.is_null() => Some(Format::Json),
        "application/json" => Some(Format::Schema(json_schema::plain(&schema))),
        _ => None,
    };
    asked.stop = strings(get(config, "stopSequences"));
    for (name, field) in [
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("top_k", "topK"),
        ("presence_penalty", "presencePenalty"),
        ("frequency_penalty", "frequencyPenalty"),
        ("seed", "seed"),
    ] {
        asked.number(name, get(config, field));
    }
    asked.limit = get(config, "maxOutputTokens").as_u64();
    let thinking = get(config, "thinkingConfig");
    let level = get(thinking, "thinkingLevel").as_str();
    asked.effort = match get(thinking, "thinkingBudget").as_i64() {
        Some(0) => Some(Effort::Off),
        Some(-1) => Some(Effort::Adaptive),
        Some(budget) => Some(Effort::Budget(budget.unsigned_abs())),
        None => level.map(|level| Effort::Level(level.to_lowercase())),
    };
    asked.choices = get(config, "candidateCount").as_u64().unwrap_or(1);
}

fn part(part: &Value, who: Who, asked: &mut Asked, calls: &mut Calls) {
    if part["thought"] == true {
        return;
    }
    let call = get(part, "functionCall");
    let response = get(part, "functionResponse");
    if call.is_object() {
        let name = string(&call["name"]);
        calls.add(&call["id"], name);
        let arguments = match &call["args"] {
            Value::Null => serde_json::json!({}),
            args => args.clone(),
        };
        asked.items.push(Item::Call {
            name: name.to_owned(),
            arguments,
        });
    } else if response.is_object() {
        let call = match response["id"].as_str() {
            Some(id) => calls.by_id(id),
            None => calls.by_name(string(&response["name"])),
        };
        let (text, error) = result(&response["response"]);
        asked.items.push(Item::Result { call, text, error });
    } else if let Some(text) = part["text"].as_str() {
        asked.items.push(Item::text(who, text));
    } else {
        let inline = get(part, "inlineData");
        let file = get(part, "fileData");
        let media_type = string(get(
            if inline.is_object() { inline } else { file },
            "mimeType",
        ));
        let kind = match media_type.split('/').next() {
            Some("image") => "image",
            Some("audio") => "audio",
            _ => "document",
        };
        let source = match file.is_object() {
            true => Source::Url(string(get(file, "fileUri")).to_owned()),
            false => Source::Inline {
                media_type: media_type.to_owned(),
                data: string(&inline["data"]).to_owned(),
            },
        };
        asked.items.push(Item::Media { kind, source });
    }
}

/// What a function's response says: the one text in it, or all of it.
fn result(response: &Value) -> (String, bool) {
    let only = response.as_object().filter(|members| members.len() == 1);
    for (name, error) in [("result", false), ("output", false), ("error", true)] {
        if let Some(text) = only.and_then(|members| members.get(name)) {
            let text = text
                .as_str()
                .map_or_else(|| text.to_string(), str::to_owned);
            return (text, error);
        }
    }
    (response.to_string(), false)
}

/// A member by either of its spellings.
fn get<'a>(value: &'a Value, name: &str) -> &'a Value {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    value.get(name).unwrap_or(&value[snake])
}
