use serde_json::Value;

use super::{
    Asked, Calls, Choice, Effort, Format, Item, Source, Tool, Who, json_schema, list, string,
    strings,
};

pub(super) fn read(body: &Value) -> Asked {
    let mut asked = Asked {
        system: texts(&body["system"]),
        ..Asked::default()
    };
    let mut calls = Calls::default();
    for message in list(&body["messages"]) {
        let who = match string(&message["role"]) {
            "assistant" => Who::Model,
            _ => Who::User,
        };
        match &message["content"] {
            Value::String(text) if message["role"] == "system" => {
                asked.items.push(Item::framed(text));
            }
            Value::String(text) => asked.items.push(Item::text(who, text)),
            blocks => {
                for one in list(blocks) {
                    block(one, who, &mut asked, &mut calls);
                }
            }
        }
    }
    for tool in list(&body["tools"]) {
        asked.tools.push(Tool {
            name: string(&tool["name"]).to_owned(),
            description: string(&tool["description"]).to_owned(),
            parameters: json_schema::arguments(&tool["input_schema"]),
        });
    }
    let choice = &body["tool_choice"];
    asked.choice = match string(&choice["type"]) {
        "any" => Choice::Any,
        "none" => Choice::None,
        "tool" => Choice::Of(vec![string(&choice["name"]).to_owned()], true),
        _ => Choice::Auto,
    };
    asked.serial = choice["disable_parallel_tool_use"] == true;
    let config = &body["output_config"];
    if config["format"]["type"] == "json_schema" {
        asked.format = Some(Format::Schema(json_schema::plain(
            &config["format"]["schema"],
        )));
    }
    asked.stop = strings(&body["stop_sequences"]);
    for name in ["temperature", "top_p", "top_k"] {
        asked.number(name, &body[name]);
    }
    asked.limit = body["max_tokens"].as_u64();
    let level = config["effort"].as_str();
    let level = level.map(|level| Effort::Level(level.to_owned()));
    asked.effort = match string(&body["thinking"]["type"]) {
        "disabled" => Some(Effort::Off),
        "enabled" => body["thinking"]["budget_tokens"]
            .as_u64()
            .map(Effort::Budget),
        "adaptive" => Some(level.unwrap_or(Effort::Adaptive)),
        _ => level,
    };
    asked.stream = body["stream"] == true;
    asked
}

fn block(block: &Value, who: Who, asked: &mut Asked, calls: &mut Calls) {
    let item = match string(&block["type"]) {
        "text" => Item::text(who, string(&block["text"])),
        "image" => media("image", &block["source"]),
        "document" => return document(block, asked),
        "search_result" => {
            let found = texts(&block["content"]);
            return asked
                .items
                .extend(found.iter().map(|text| Item::framed(text)));
        }
        "tool_use" => {
            let name = string(&block["name"]);
            calls.add(&block["id"], name);
            Item::Call {
                name: name.to_owned(),
                arguments: block["input"].clone(),
            }
        }
        "tool_result" => {
            asked.items.push(Item::Result {
                call: calls.by_id(string(&block["tool_use_id"])),
                text: texts(&block["content"]).join("\n"),
                error: block["is_error"] == true,
            });
            for inner in list(&block["content"]) {
                match string(&inner["type"]) {
                    "image" => asked.items.push(media("image", &inner["source"])),
                    "document" => document(inner, asked),
                    _ => {}
                }
            }
            return;
        }
        // Thinking of earlier turns is its provider's.
        _ => return,
    };
    asked.items.push(item);
}

fn document(block: &Value, asked: &mut Asked) {
    let source = &block["source"];
    match string(&source["type"]) {
        "text" => asked.items.push(Item::framed(string(&source["data"]))),
        "content" => {
            let found = texts(&source["content"]);
            asked
                .items
                .extend(found.iter().map(|text| Item::framed(text)));
        }
        _ => asked.items.push(media("document", source)),
    }
}

fn media(kind: &'static str, source: &Value) -> Item {
    let source = match string(&source["type"]) {
        "url" => Source::Url(string(&source["url"]).to_owned()),
        _ => Source::Inline {
            media_type: string(&source["media_type"]).to_owned(),
            data: string(&source["data"]).to_owned(),
        },
    };
    Item::Media { kind, source }
}

fn texts(content: &Value) -> Vec<String> {
    match content {
        Value::String(text) => vec![text.clone()],
        blocks => {
            let texts = list(blocks).iter().filter(|block| block["type"] == "text");
            texts
                .map(|block| string(&block["text"]).to_owned())
                .collect()
        }
    }
}
