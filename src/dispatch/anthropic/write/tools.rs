use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Writing, schema};
use crate::{
    chat::{
        Request, Tool, ToolChoice,
        json::{Array, Object},
    },
    query::{Capability, Feature, Refusal},
};

/// The longest name that is taken.
const LONGEST_NAME: usize = 128;
const NO_ARGUMENTS: &str = r#"{"type":"object","properties":{}}"#;

/// Writes the tools on offer, and whether one of them may or must be called.
pub(super) fn write(
    request: &Request<'_>,
    writing: &mut Writing<'_>,
    object: &mut Object<'_>,
) -> Result<(), Refusal> {
    // Where only some may be called only these are offered.
    let allowed = |tool: &&Tool<'_>| match &request.tool_choice {
        Some(ToolChoice::Allowed { names, .. }) => names.contains(&tool.name),
        _ => true,
    };
    let tools: Vec<_> = request.tools.iter().filter(allowed).collect();
    if tools.is_empty() {
        let forced = matches!(
            &request.tool_choice,
            Some(
                ToolChoice::Required
                    | ToolChoice::Named(_)
                    | ToolChoice::Allowed { required: true, .. }
            )
        );
        return match forced {
            true => Err(writing.unsupported(
                Feature::ForcedTool,
                "a tool must be called, and none is on offer",
            )),
            false => Ok(()),
        };
    }
    let mut list = Array::begin(object.member("tools"));
    for tool in tools {
        one(tool, writing, list.item())?;
    }
    list.end();
    choice(request, object);
    Ok(())
}

fn one(tool: &Tool<'_>, writing: &mut Writing<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
    checked_name(&tool.name, writing)?;
    // Schemas are enforced by models that have the feature, and then have to keep to what it takes.
    let can = writing.model.can().has(Capability::JsonSchema);
    let strict = tool.strict == Some(true) && can;
    if tool.strict == Some(true) && !can {
        writing.drop("strict tools");
    }
    let mut object = Object::begin(out);
    object.text("name", &tool.name);
    if let Some(description) = &tool.description {
        object.text("description", description);
    }
    let out = object.member("input_schema");
    match tool.parameters.as_deref() {
        None => out.extend_from_slice(NO_ARGUMENTS.as_bytes()),
        Some(parameters) if strict => schema::write(parameters, out).map_err(|_| bad(writing))?,
        Some(parameters) => arguments(parameters, out).ok_or_else(|| bad(writing))?,
    }
    if strict {
        object.raw("strict", "true");
    }
    writing.mark(tool.cache, &mut object);
    object.end();
    Ok(())
}

fn bad(writing: &Writing<'_>) -> Refusal {
    let what = "the schema of a tool's arguments is no schema of an object";
    Refusal::new(crate::query::RefusalKind::Malformed, what)
        .with_param(Feature::Tools.field(writing.api))
}

/// Writes a schema of arguments as it came, with the type that it must have.
fn arguments(schema: &RawValue, out: &mut Vec<u8>) -> Option<()> {
    #[derive(Deserialize)]
    struct Top {
        #[serde(default)]
        r#type: Option<IgnoredAny>,
    }
    let text = schema.get();
    let inside = text.strip_prefix('{')?;
    let top: Top = serde_json::from_str(text).ok()?;
    if top.r#type.is_some() {
        out.extend_from_slice(text.as_bytes());
    } else if inside.trim_ascii_start() == "}" {
        out.extend_from_slice(NO_ARGUMENTS.as_bytes());
    } else {
        out.extend_from_slice(b"{\"type\":\"object\",");
        out.extend_from_slice(inside.as_bytes());
    }
    Some(())
}

/// The name of a tool, where it is one here.
pub(super) fn checked_name(name: &str, writing: &Writing<'_>) -> Result<(), Refusal> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    let what = "names of tools are of letters, digits, `_` and `-` at this provider";
    Err(writing.unsupported(Feature::Tools, what))
}

fn choice(request: &Request<'_>, object: &mut Object<'_>) {
    let serial = request.parallel_tools == Some(false);
    let kind = match &request.tool_choice {
        None if !serial => return,
        Some(ToolChoice::None) => "none",
        None
        | Some(
            ToolChoice::Auto
            | ToolChoice::Allowed {
                required: false, ..
            },
        ) => "auto",
        Some(ToolChoice::Required | ToolChoice::Allowed { required: true, .. }) => "any",
        Some(ToolChoice::Named(_)) => "tool",
    };
    let mut choice = Object::begin(object.member("tool_choice"));
    choice.text("type", kind);
    if let Some(ToolChoice::Named(name)) = &request.tool_choice {
        choice.text("name", name);
    }
    if serial && kind != "none" {
        choice.raw("disable_parallel_tool_use", "true");
    }
    choice.end();
}
