use serde_json::{Map, Value};

use super::{
    check::{self, Checked, given, missing, under, wrong},
    thinking::Mode,
};
use crate::sim::{
    ask::{Tool, ToolChoice},
    error::ApiError,
};

const FIELDS: [&str; 10] = [
    "type",
    "name",
    "description",
    "input_schema",
    "cache_control",
    "strict",
    "allowed_callers",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
];

/// The beginnings of the types of tools that need no schema: their makers know it.
const OWN: [&str; 11] = [
    "bash_",
    "browser_",
    "code_execution_",
    "computer_",
    "mcp_",
    "memory_",
    "text_editor_",
    "tool_search_",
    "web_fetch_",
    "web_search_",
    "advisor_",
];

pub(crate) fn tools(map: &Map<String, Value>) -> Checked<Vec<Tool>> {
    let Some(list) = given(map, "tools") else {
        return Ok(Vec::new());
    };
    let mut tools: Vec<Tool> = Vec::new();
    for (i, value) in check::array("tools", list)?.iter().enumerate() {
        let tool = tool(&format!("tools.{i}"), value)?;
        if tools.iter().any(|other| other.name == tool.name) {
            return Err(wrong("tools", "Tool names must be unique."));
        }
        tools.push(tool);
    }
    Ok(tools)
}

fn tool(at: &str, value: &Value) -> Checked<Tool> {
    let map = check::object(at, value)?;
    let kind = check::text(at, map, "type")?.unwrap_or("custom");
    if OWN.iter().any(|own| kind.starts_with(own)) {
        let name = check::text(at, map, "name")?.unwrap_or(kind);
        return Ok(Tool {
            name: name.to_owned(),
            custom: false,
            hosted: true,
            parameters: Value::Null,
        });
    }
    if kind != "custom" {
        let why = format!(
            "Input tag '{kind}' found using 'type' does not match any of the expected tags"
        );
        return Err(wrong(at, &why));
    }
    let at = under(at, "custom");
    check::known(&at, map, &FIELDS)?;
    let name = check::required_text(&at, map, "name")?;
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !(1..=128).contains(&name.len()) || !name.bytes().all(letter) {
        let why = "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
        return Err(wrong(&under(&at, "name"), why));
    }
    check::text(&at, map, "description")?;
    let schema_at = under(&at, "input_schema");
    let schema = given(map, "input_schema").ok_or_else(|| missing(&schema_at))?;
    let fields = check::object(&schema_at, schema)?;
    match check::required_text(&schema_at, fields, "type")? {
        "object" => {}
        _ => {
            return Err(wrong(
                &under(&schema_at, "type"),
                "Input should be 'object'",
            ));
        }
    }
    if ["oneOf", "allOf", "anyOf"]
        .iter()
        .any(|name| fields.contains_key(*name))
    {
        let why = "input_schema does not support oneOf, allOf, or anyOf at the top level";
        return Err(wrong(&schema_at, why));
    }
    Ok(Tool {
        name: name.to_owned(),
        custom: false,
        hosted: false,
        parameters: schema.clone(),
    })
}

/// Which tools may be called, and whether several at once may.
pub(crate) fn choice(
    map: &Map<String, Value>,
    tools: &[Tool],
    mode: &Mode,
) -> Checked<(ToolChoice, bool)> {
    let at = "tool_choice";
    let Some(choice) = given(map, at) else {
        return Ok((ToolChoice::Auto, true));
    };
    let choice = check::object(at, choice)?;
    let kinds = ["auto", "any", "tool", "none"];
    let kind = check::one_of(at, choice, "type", &kinds)?;
    let kind = kind.ok_or_else(|| missing("tool_choice.type"))?;
    let fields: &[&str] = match kind {
        "none" => &["type"],
        "tool" => &["type", "name", "disable_parallel_tool_use"],
        _ => &["type", "disable_parallel_tool_use"],
    };
    check::known(&under(at, kind), choice, fields)?;
    let single = check::boolean(at, choice, "disable_parallel_tool_use")?;
    if tools.is_empty() && kind != "none" {
        return Err(ApiError::bad_request(
            "tool_choice: tool_choice may only be specified while providing tools.",
        ));
    }
    if mode.is_on() && matches!(kind, "any" | "tool") {
        return Err(ApiError::bad_request(
            "Thinking may not be enabled when tool_choice forces tool use.",
        ));
    }
    let choice = match kind {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        _ => {
            let name = check::required_text("tool_choice.tool", choice, "name")?;
            if !tools.iter().any(|tool| tool.name == name) {
                let message = format!("Tool '{name}' not found in provided tools");
                return Err(ApiError::bad_request(message));
            }
            ToolChoice::Named(name.to_owned())
        }
    };
    Ok((choice, !single.unwrap_or(false)))
}
