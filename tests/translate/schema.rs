//! Vendors' own schemas of requests and answers, closed: a member that a schema does not name is wrong.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::{
    reference,
    told::events,
    way::{Caller, Form, Got, Vendor},
};

/// The schemas of one vendor, by what they are of.
#[derive(Debug)]
pub(crate) struct Schemas {
    vendor: Vendor,
    by_name: BTreeMap<&'static str, Validator>,
}

impl Schemas {
    /// A vendor's, where they are present.
    pub(crate) fn of(vendor: Vendor) -> Option<Self> {
        let file = match vendor {
            Vendor::OpenAi => "specs/openai/openapi.pruned.json",
            Vendor::Anthropic => "specs/anthropic/messages.schema.json",
            Vendor::Gemini => "specs/google/google-genai.schema.json",
        };
        let text = reference::text(file)?;
        let all: Value = serde_json::from_str(&text).unwrap();
        let named = |(key, name): &(&'static str, &str)| {
            let schema = match vendor {
                Vendor::OpenAi => {
                    let schemas = &all["components"]["schemas"];
                    let mut schema = closed(&merged(&schemas[name], schemas));
                    schema["components"] = json!({ "schemas": closed(schemas) });
                    schema
                }
                _ => closed(&all["schemas"][name]),
            };
            let validator = jsonschema::options().build(&schema).expect("a schema");
            (*key, validator)
        };
        let by_name = names(vendor).iter().map(named).collect();
        Some(Self { vendor, by_name })
    }

    pub(crate) const fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// What is wrong with a request.
    pub(crate) fn request(&self, body: &Value) -> Vec<String> {
        if self.vendor != Vendor::Gemini {
            return self.errors("request", body);
        }
        let Some(members) = body.as_object() else {
            return vec!["no object".to_owned()];
        };
        let mut wrong = Vec::new();
        for (name, value) in members {
            let each = value.as_array().map_or(&[][..], Vec::as_slice);
            let (schema, values) = match name.as_str() {
                "contents" => ("Content", each),
                "tools" => ("Tool", each),
                "safetySettings" => ("SafetySetting", each),
                "systemInstruction" => ("Content", std::slice::from_ref(value)),
                "toolConfig" => ("ToolConfig", std::slice::from_ref(value)),
                "generationConfig" => ("GenerationConfig", std::slice::from_ref(value)),
                "cachedContent" | "serviceTier" | "labels" => continue,
                _ => {
                    wrong.push(format!("unknown member {name}"));
                    continue;
                }
            };
            wrong.extend(values.iter().flat_map(|value| self.errors(schema, value)));
        }
        wrong
    }

    /// What is wrong with a complete answer.
    pub(crate) fn answer(&self, caller: Caller, got: &Got) -> Vec<String> {
        match caller.form {
            Form::Whole => self.errors("answer", &got.json()),
            Form::Array => match got.json() {
                Value::Array(all) => all
                    .iter()
                    .flat_map(|one| self.errors("event", one))
                    .collect(),
                _ => vec!["no array".to_owned()],
            },
            Form::Stream => events(got.text())
                .iter()
                .filter(|(name, _)| name != "ping")
                .flat_map(|(_, event)| self.errors("event", event))
                .collect(),
        }
    }

    /// What is wrong with an error's body.
    pub(crate) fn error(&self, body: &Value) -> Vec<String> {
        self.errors("error", body)
    }

    fn errors(&self, name: &str, value: &Value) -> Vec<String> {
        let Some(validator) = self.by_name.get(name) else {
            return Vec::new();
        };
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("{name} {}: {error:.300}", error.instance_path))
            .collect()
    }
}

const fn names(vendor: Vendor) -> &'static [(&'static str, &'static str)] {
    match vendor {
        Vendor::OpenAi => &[
            ("request", "CreateChatCompletionRequest"),
            ("answer", "CreateChatCompletionResponse"),
            ("event", "CreateChatCompletionStreamResponse"),
            ("error", "ErrorResponse"),
        ],
        Vendor::Anthropic => &[
            ("request", "MessageCreateParamsNonStreaming"),
            ("answer", "Message"),
            ("event", "RawMessageStreamEvent"),
            ("error", "ErrorResponse"),
        ],
        Vendor::Gemini => &[
            ("Content", "Content"),
            ("Tool", "Tool"),
            ("ToolConfig", "ToolConfig"),
            ("GenerationConfig", "GenerationConfig"),
            ("SafetySetting", "SafetySetting"),
            ("answer", "GenerateContentResponse"),
            ("event", "GenerateContentResponse"),
        ],
    }
}

/// Members that are right though a schema does not have them: what streams have and no schema says, what only
/// servers of the format know, and what the
/// vendor's newest SDK has forgotten.
const MORE: [&str; 6] = [
    "annotations",
    "reasoning_content",
    "temperature",
    "top_p",
    "top_k",
    "strict",
];

/// The parts of one whole as one object.
fn merged(schema: &Value, all: &Value) -> Value {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return merged(&all[name], all);
    }
    let Some(parts) = schema["allOf"].as_array() else {
        return schema.clone();
    };
    let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
    for part in parts {
        let part = merged(part, all);
        for (name, value) in part["properties"].as_object().into_iter().flatten() {
            whole["properties"][name] = value.clone();
        }
        if let (Some(into), Some(more)) = (
            whole["required"].as_array_mut(),
            part["required"].as_array(),
        ) {
            into.extend(more.iter().cloned());
        }
    }
    whole
}

/// A schema that refuses what it does not name, with `nullable` in words that a validator knows.
fn closed(schema: &Value) -> Value {
    let members = match schema {
        Value::Object(members) => members,
        Value::Array(each) => return each.iter().map(closed).collect(),
        other => return other.clone(),
    };
    let mut out: Map<String, Value> = Map::new();
    for (name, value) in members {
        // Parts of one whole cannot each be closed.
        let value = match name.as_str() {
            "allOf" | "const" | "enum" | "default" | "example" | "x-oaiMeta" => value.clone(),
            // OpenAI itself says null.
            "system_fingerprint" => json!(true),
            "stream" if value["const"] == false => json!({ "type": "boolean" }),
            _ => closed(value),
        };
        out.insert(name.clone(), value);
    }
    let names = out.get("properties").and_then(Value::as_object).cloned();
    if let Some(mut names) = names
        && !out.contains_key("allOf")
        && members.get("type") == Some(&json!("object"))
    {
        for more in MORE {
            names.entry(more).or_insert(json!(true));
        }
        out.insert("properties".to_owned(), names.into());
        out.insert("additionalProperties".to_owned(), json!(false));
    }
    if out.get("nullable") == Some(&json!(true)) {
        out.remove("nullable");
        return json!({ "anyOf": [out, { "type": "null" }] });
    }
    out.into()
}
