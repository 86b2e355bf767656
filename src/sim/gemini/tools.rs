use serde_json::Value;

use super::{error, parts::name, schema};
use crate::sim::{
    ask::{Tool, ToolChoice},
    error::ApiError,
};

pub(crate) fn tools(value: Option<&Value>) -> Result<Vec<Tool>, ApiError> {
    let mut tools: Vec<Tool> = Vec::new();
    let list = value.and_then(Value::as_array);
    for (i, tool) in list.into_iter().flatten().enumerate() {
        let declared = tool.get("functionDeclarations").and_then(Value::as_array);
        for (j, value) in declared.into_iter().flatten().enumerate() {
            let at = format!("tools[{i}].function_declarations[{j}]");
            let own = declaration(&at, value)?;
            if tools.iter().any(|other| other.name == own.name) {
                return Err(ApiError::bad_request(format!(
                    "Duplicate function declaration found: {}",
                    own.name
                )));
            }
            tools.push(own);
        }
        let others = tool.as_object().into_iter().flatten();
        for (name, _) in others.filter(|(name, _)| *name != "functionDeclarations") {
            tools.push(Tool {
                name: name.clone(),
                custom: false,
                hosted: true,
                parameters: Value::Null,
            });
        }
    }
    Ok(tools)
}

fn declaration(at: &str, value: &Value) -> Result<Tool, ApiError> {
    let name = name(value);
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
    if name.len() > 64 || !name.starts_with(start) || !name.bytes().all(letter) {
        let why = "Invalid function name. Must start with a letter or an underscore. Must be \
                   alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes \
                   (-), with a maximum length of 64.";
        return Err(error::field(&format!("{at}.name"), why));
    }
    let (own, free) = (value.get("parameters"), value.get("parametersJsonSchema"));
    if own.is_some() && free.is_some() {
        let why = "only one of parameters and parameters_json_schema can be set";
        return Err(error::field(at, why));
    }
    if let Some(parameters) = own {
        let at = format!("{at}.parameters");
        schema::check(&at, parameters)?;
        if parameters.get("type").is_some_and(|kind| kind != "OBJECT") {
            return Err(error::field(&format!("{at}.type"), "must be OBJECT"));
        }
    }
    let parameters = own.map(schema::as_json_schema).or(free.cloned());
    Ok(Tool {
        name: name.to_owned(),
        custom: false,
        hosted: false,
        parameters: parameters.unwrap_or(Value::Null),
    })
}

/// Which functions may be called. Those that may not are no longer called.
pub(crate) fn choice(value: Option<&Value>, tools: &mut [Tool]) -> Result<ToolChoice, ApiError> {
    let Some(config) = value.and_then(|config| config.get("functionCallingConfig")) else {
        return Ok(ToolChoice::Auto);
    };
    let mode = config.get("mode").and_then(Value::as_str).unwrap_or("AUTO");
    let allowed = config.get("allowedFunctionNames").and_then(Value::as_array);
    let allowed: Vec<&str> = allowed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if tools.iter().all(|tool| tool.hosted) && (mode == "ANY" || !allowed.is_empty()) {
        return Err(ApiError::bad_request(
            "Function calling config is set without function_declarations.",
        ));
    }
    if !allowed.is_empty() && mode != "ANY" && mode != "VALIDATED" {
        let at = "tool_config.function_calling_config.allowed_function_names";
        return Err(error::field(
            at,
            "can only be set when mode is ANY or VALIDATED",
        ));
    }
    for name in &allowed {
        if !tools.iter().any(|tool| tool.name == *name) {
            return Err(ApiError::bad_request(format!(
                "Allowed function name `{name}` is not a declared function."
            )));
        }
    }
    Ok(match (mode, allowed.as_slice()) {
        ("NONE", _) => ToolChoice::None,
        (_, [one]) => ToolChoice::Named((*one).to_owned()),
        ("ANY", some) => {
            let barred = |tool: &&mut Tool| !some.is_empty() && !some.contains(&&*tool.name);
            tools
                .iter_mut()
                .filter(barred)
                .for_each(|t| t.hosted = true);
            ToolChoice::Required
        }
        _ => ToolChoice::Auto,
    })
}
