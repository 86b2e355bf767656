//! The provider's checks of a request's fields, each with the error that names the field.

use serde_json::{Map, Value};

use super::open_calls::OpenCalls;
use crate::sim::{
    ask::{Message, Role},
    error::ApiError,
};

pub(crate) fn wrong_type(param: &str, expected: &str, got: &Value) -> ApiError {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    ApiError::bad_request(format!(
        "Invalid type for '{param}': expected {expected}, but got {got} instead."
    ))
    .param(param)
    .code("invalid_type")
}

pub(crate) fn missing(param: &str) -> ApiError {
    ApiError::bad_request(format!("Missing required parameter: '{param}'."))
        .param(param)
        .code("missing_required_parameter")
}

pub(crate) fn invalid(param: &str, why: &str) -> ApiError {
    ApiError::bad_request(format!("Invalid value for '{param}': {why}."))
        .param(param)
        .code("invalid_value")
}

/// A field that is there and not `null`.
fn given<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).filter(|value| !value.is_null())
}

pub(crate) fn boolean(map: &Map<String, Value>, name: &str) -> Result<Option<bool>, ApiError> {
    given(map, name)
        .map(|v| v.as_bool().ok_or_else(|| wrong_type(name, "a boolean", v)))
        .transpose()
}

pub(crate) fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    given(map, name)
        .map(|v| {
            let text = v.as_str().map(str::to_owned);
            text.ok_or_else(|| wrong_type(name, "a string", v))
        })
        .transpose()
}

pub(crate) fn integer(
    map: &Map<String, Value>,
    name: &str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, ApiError> {
    let Some(value) = given(map, name) else {
        return Ok(None);
    };
    if !value.is_i64() && !value.is_u64() {
        return Err(wrong_type(name, "an integer", value));
    }
    match value.as_u64().filter(|n| (least..=most).contains(n)) {
        Some(n) => Ok(Some(n)),
        None => {
            Err(invalid(name, &format!("expected {least} to {most}")).code("integer_out_of_range"))
        }
    }
}

pub(crate) fn number(
    map: &Map<String, Value>,
    name: &str,
    least: f64,
    most: f64,
) -> Result<(), ApiError> {
    let Some(value) = given(map, name) else {
        return Ok(());
    };
    let n = value
        .as_f64()
        .ok_or_else(|| wrong_type(name, "a decimal", value))?;
    if (least..=most).contains(&n) {
        return Ok(());
    }
    Err(invalid(name, &format!("expected {least} to {most}")).code("decimal_out_of_range"))
}

pub(crate) fn include_usage(map: &Map<String, Value>, stream: bool) -> Result<bool, ApiError> {
    let Some(options) = given(map, "stream_options") else {
        return Ok(false);
    };
    let Some(options) = options.as_object() else {
        return Err(wrong_type("stream_options", "an object", options));
    };
    if !stream {
        let why = "it is only allowed when 'stream' is true";
        return Err(invalid("stream_options", why));
    }
    Ok(boolean(options, "include_usage")?.unwrap_or(false))
}

pub(crate) fn stop(value: Option<&Value>) -> Result<Vec<String>, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(many)) if (1..=4).contains(&many.len()) => many
            .iter()
            .map(|v| v.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| invalid("stop", "expected strings")),
        Some(other) => Err(wrong_type("stop", "a string or one to four strings", other)),
    }
}

pub(crate) fn logprobs(map: &Map<String, Value>) -> Result<Option<u64>, ApiError> {
    let wanted = boolean(map, "logprobs")?.unwrap_or(false);
    let top = integer(map, "top_logprobs", 0, 20)?;
    if top.is_some() && !wanted {
        return Err(invalid(
            "top_logprobs",
            "it is only allowed with 'logprobs'",
        ));
    }
    Ok(wanted.then_some(top.unwrap_or(0)))
}

pub(crate) fn messages(value: Option<&Value>) -> Result<Vec<Message>, ApiError> {
    let list = match value {
        None | Some(Value::Null) => return Err(missing("messages")),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(wrong_type("messages", "an array of objects", other)),
    };
    if list.is_empty() {
        return Err(
            ApiError::bad_request("Invalid 'messages': expected at least one message.")
                .param("messages")
                .code("empty_array"),
        );
    }
    let mut open = OpenCalls::default();
    let mut messages = Vec::with_capacity(list.len());
    for (i, value) in list.iter().enumerate() {
        let at = format!("messages[{i}]");
        let Some(map) = value.as_object() else {
            return Err(wrong_type(&at, "an object", value));
        };
        let message = message(&at, map)?;
        open.take(&at, map, message.role)?;
        messages.push(message);
    }
    open.close(&format!("messages[{}]", list.len() - 1))?;
    Ok(messages)
}

fn message(at: &str, map: &Map<String, Value>) -> Result<Message, ApiError> {
    let role = match map.get("role") {
        None => return Err(missing(&format!("{at}.role"))),
        Some(Value::String(name)) => {
            role(name).ok_or_else(|| invalid(&format!("{at}.role"), "no such role"))?
        }
        Some(other) => return Err(wrong_type(&format!("{at}.role"), "a string", other)),
    };
    let answers = map.get("tool_call_id").is_some_and(Value::is_string);
    if map.get("role").is_some_and(|role| role == "tool") && !answers {
        return Err(missing(&format!("{at}.tool_call_id")));
    }
    let mut message = Message::new(role, "");
    let calls = map.get("tool_calls").and_then(Value::as_array);
    let at = format!("{at}.content");
    match map.get("content") {
        Some(Value::String(text)) => message.text.push_str(text),
        Some(Value::Array(parts)) => {
            for (i, part) in parts.iter().enumerate() {
                add_part(&mut message, &format!("{at}[{i}]"), part)?;
            }
        }
        None | Some(Value::Null) if message.role == Role::Assistant => {}
        None => return Err(missing(&at)),
        Some(other) => return Err(wrong_type(&at, "a string or an array of parts", other)),
    }
    for call in calls.into_iter().flatten() {
        for text in [
            call.pointer("/function/name"),
            call.pointer("/function/arguments"),
            call.pointer("/custom/name"),
            call.pointer("/custom/input"),
        ] {
            message
                .text
                .push_str(text.and_then(Value::as_str).unwrap_or(""));
        }
    }
    Ok(message)
}

fn role(name: &str) -> Option<Role> {
    Some(match name {
        "developer" => Role::Developer,
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" | "function" => Role::Tool,
        _ => return None,
    })
}

fn add_part(message: &mut Message, at: &str, part: &Value) -> Result<(), ApiError> {
    let field = |path: &str| part.pointer(path).and_then(Value::as_str);
    match field("/type") {
        Some("text" | "refusal") => {
            let text = field("/text").or(field("/refusal"));
            message
                .text
                .push_str(text.ok_or_else(|| missing(&format!("{at}.text")))?);
        }
        Some("image_url") => {
            field("/image_url/url").ok_or_else(|| missing(&format!("{at}.image_url.url")))?;
            if message.role != Role::User {
                let why = "images are only allowed for messages with role 'user'";
                return Err(invalid(at, why));
            }
            message.images += 1;
        }
        Some("input_audio" | "file") => message.files += 1,
        Some(_) => return Err(invalid(&format!("{at}.type"), "no such kind of content")),
        None => return Err(missing(&format!("{at}.type"))),
    }
    Ok(())
}
