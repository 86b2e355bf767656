//! The provider's checks of tools, their choice, and the format of the answer.

use serde_json::Value;

use super::check::{invalid, missing, wrong_type};
use crate::sim::{
    ask::{Format, Tool, ToolChoice},
    error::ApiError,
};

pub(crate) fn tools(value: Option<&Value>) -> Result<Vec<Tool>, ApiError> {
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(wrong_type("tools", "an array of objects", other)),
    };
    if list.is_empty() {
        let message = "Invalid 'tools': expected at least one tool, or no such field.";
        return Err(ApiError::bad_request(message)
            .param("tools")
            .code("empty_array"));
    }
    let tool = |(i, value): (usize, &Value)| {
        let kind = value.get("type").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| missing(&format!("tools[{i}].type")))?;
        if kind != "function" && kind != "custom" {
            return Err(invalid(&format!("tools[{i}].type"), "no such kind of tool"));
        }
        let name = value
            .pointer(&format!("/{kind}/name"))
            .and_then(Value::as_str);
        let name = name.ok_or_else(|| missing(&format!("tools[{i}].{kind}.name")))?;
        Ok(Tool {
            name: name.to_owned(),
            custom: kind == "custom",
            hosted: false,
            parameters: value
                .pointer("/function/parameters")
                .cloned()
                .unwrap_or(Value::Null),
        })
    };
    list.iter().enumerate().map(tool).collect()
}

pub(crate) fn tool_choice(value: Option<&Value>, tools: &[Tool]) -> Result<ToolChoice, ApiError> {
    let value = match value {
        None | Some(Value::Null) => return Ok(ToolChoice::Auto),
        Some(value) => value,
    };
    if tools.is_empty() {
        let why = "it is only allowed when 'tools' are given";
        return Err(invalid("tool_choice", why));
    }
    let name = match value.as_str() {
        Some("none") => return Ok(ToolChoice::None),
        Some("auto") => return Ok(ToolChoice::Auto),
        Some("required") => return Ok(ToolChoice::Required),
        Some(_) => None,
        None => [
            "/function/name",
            "/custom/name",
            "/allowed_tools/tools/0/function/name",
            "/allowed_tools/tools/0/custom/name",
        ]
        .iter()
        .find_map(|path| value.pointer(path)?.as_str()),
    };
    match name {
        Some(name) if tools.iter().any(|tool| tool.name == name) => {
            Ok(ToolChoice::Named(name.to_owned()))
        }
        Some(_) => Err(invalid("tool_choice", "there is no such tool")),
        None => Err(invalid("tool_choice", "no such choice")),
    }
}

pub(crate) fn format(value: Option<&Value>) -> Result<Format, ApiError> {
    let value = match value {
        None | Some(Value::Null) => return Ok(Format::Text),
        Some(value) => value,
    };
    match value.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::Object),
        Some("json_schema") => {
            let at = "response_format.json_schema";
            let name = value.pointer("/json_schema/name").and_then(Value::as_str);
            let name = name.ok_or_else(|| missing(&format!("{at}.name")))?;
            let schema = value.pointer("/json_schema/schema").cloned();
            Ok(Format::Schema {
                name: Some(name.to_owned()),
                schema: schema.ok_or_else(|| missing(&format!("{at}.schema")))?,
            })
        }
        Some(_) => Err(invalid("response_format.type", "no such format")),
        None => Err(missing("response_format.type")),
    }
}
