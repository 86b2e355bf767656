use serde_json::{Map, Value};

use super::{
    contents, error, fields, generation, parts,
    proto::{self, Message as Shape},
    tools,
};
use crate::sim::{
    Model,
    ask::{Ask, Message, Role, json_bytes},
    error::ApiError,
    signature::Signer,
    state::State,
};

/// Reads a request for an answer and checks it as Google does.
pub(crate) fn generate(state: &State, model: &Model, body: &[u8]) -> Result<Ask, ApiError> {
    let request = parsed(body, &fields::REQUEST)?;
    ask(state, model, &request)
}

/// Reads a request for the number of a prompt's tokens.
pub(crate) fn count(state: &State, model: &Model, body: &[u8]) -> Result<Ask, ApiError> {
    let request = parsed(body, &fields::COUNT)?;
    let whole = request.get("generateContentRequest");
    if whole.is_some() && request.get("contents").is_some() {
        return Err(ApiError::bad_request(
            "Only one of contents and generate_content_request can be set.",
        ));
    }
    ask(state, model, whole.unwrap_or(&request))
}

fn parsed(body: &[u8], shape: &Shape) -> Result<Value, ApiError> {
    let value: Value = serde_json::from_slice(body).map_err(|_| {
        ApiError::bad_request("Invalid JSON payload received. Unexpected end of string.")
    })?;
    proto::message("", &value, shape)
}

fn ask(state: &State, model: &Model, request: &Value) -> Result<Ask, ApiError> {
    let none = Map::new();
    let map = request.as_object().unwrap_or(&none);
    let mut messages = Vec::new();
    if let Some(system) = map.get("systemInstruction") {
        messages.extend(instruction(system)?);
    }
    let signer = Signer::new(&state.name, model.signs_as());
    let list = map.get("contents").and_then(Value::as_array);
    let list = list.map_or(&[] as &[Value], Vec::as_slice);
    if list.is_empty() {
        return Err(error::field("contents", "contents is not specified"));
    }
    messages.extend(contents::read(list, &signer, model.signatures)?);
    let mut ask = Ask::new(model.name.clone(), messages);
    ask.continues = ask
        .messages
        .last()
        .is_some_and(|m| m.role == Role::Assistant);
    ask.tools = tools::tools(map.get("tools"))?;
    ask.tool_choice = tools::choice(map.get("toolConfig"), &mut ask.tools)?;
    if let Some(config) = map.get("generationConfig").and_then(Value::as_object) {
        generation::read(config, &mut ask)?;
    }
    let schema = |name| {
        let config = map.get("generationConfig");
        config.and_then(|c| c.get(name)).map_or(0, json_bytes)
    };
    ask.schema_bytes = map.get("tools").map_or(0, json_bytes)
        + schema("responseSchema")
        + schema("responseJsonSchema");
    ask.tier = map
        .get("serviceTier")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let label = map.get("labels").and_then(|labels| labels.get("sim"));
    ask.command = label.and_then(Value::as_str).map(str::to_owned);
    Ok(ask)
}

fn instruction(system: &Value) -> Result<Option<Message>, ApiError> {
    let mut message = Message::new(Role::System, "");
    let list = parts::list(system);
    for (i, part) in list.iter().enumerate() {
        let Some(text) = part.get("text").and_then(Value::as_str) else {
            let at = format!("system_instruction.parts[{i}]");
            return Err(error::field(&at, "only text is supported"));
        };
        if i > 0 {
            message.text.push('\n');
        }
        message.text.push_str(text);
    }
    Ok((!message.text.is_empty()).then_some(message))
}
