use serde_json::Value;

use super::error;
use crate::sim::{ask::Message, error::ApiError};

/// The kinds of data that a part may have, of which it has one.
const DATA: [&str; 9] = [
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

/// The parts of a content.
pub(crate) fn list(content: &Value) -> &[Value] {
    let list = content.get("parts").and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The kind of data that a part has.
pub(crate) fn kind(at: &str, part: &Value) -> Result<&'static str, ApiError> {
    let mut kinds = DATA.into_iter().filter(|name| part.get(*name).is_some());
    let Some(first) = kinds.next() else {
        let why = "required oneof field 'data' must have one initialized field";
        return Err(error::field(&format!("{at}.data"), why));
    };
    if let Some(second) = kinds.next() {
        return Err(ApiError::bad_request(format!(
            "Invalid value at '{at}' (oneof), oneof field 'data' is already set. \
             Cannot set '{second}'"
        ))
        .param(at));
    }
    Ok(first)
}

/// Adds what a part says to its message.
pub(crate) fn add(
    at: &str,
    part: &Value,
    kind: &str,
    message: &mut Message,
) -> Result<(), ApiError> {
    let data = &part[kind];
    match kind {
        // What a model thought is no part of what was said.
        "text" if part.get("thought") != Some(&Value::Bool(true)) => {
            message.text.push_str(data.as_str().unwrap_or_default());
        }
        "inlineData" | "fileData" => {
            let mime = data.get("mimeType").and_then(Value::as_str);
            let content = data.get("data").or(data.get("fileUri"));
            let empty = content.and_then(Value::as_str).is_none_or(str::is_empty);
            if mime.is_none_or(str::is_empty) && kind == "inlineData" {
                return Err(error::field(
                    &format!("{at}.inline_data.mime_type"),
                    "must be specified",
                ));
            }
            if empty {
                let why = "required oneof field 'data' must have one initialized field";
                return Err(error::field(&format!("{at}.data"), why));
            }
            if mime.is_some_and(|mime| mime.starts_with("image/")) {
                message.images += 1;
            } else {
                message.files += 1;
            }
        }
        "functionCall" => {
            message.text.push_str(name(data));
            let args = data.get("args").map(Value::to_string);
            message.text.push_str(args.as_deref().unwrap_or("{}"));
        }
        "functionResponse" => {
            let response = data.get("response").map(Value::to_string);
            message.text.push_str(response.as_deref().unwrap_or("{}"));
            let parts = data.get("parts").and_then(Value::as_array);
            for (i, part) in parts.into_iter().flatten().enumerate() {
                let at = format!("{at}.function_response.parts[{i}]");
                let kind = self::kind(&at, part)?;
                if kind == "functionResponse" {
                    return Err(error::field(&at, "only media is supported"));
                }
                add(&at, part, kind, message)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The name of a function's call or response.
pub(crate) fn name(data: &Value) -> &str {
    data.get("name").and_then(Value::as_str).unwrap_or_default()
}
