use std::borrow::Cow;

use super::refused::unsupported;
use crate::{
    chat::{
        Request, Tool, ToolChoice,
        json::{Array, Object},
    },
    query::{Api, Feature, Refusal},
};

/// The schema of a function without arguments; some servers demand one.
const NO_ARGUMENTS: &str = r#"{"type":"object","properties":{}}"#;

/// Writes the tools and what is said of their use.
pub(super) fn write(
    body: &mut Object<'_>,
    request: &Request<'_>,
    api: Api,
    dropped: &mut Vec<Cow<'static, str>>,
) -> Result<(), Refusal> {
    let mut tools = Array::begin(body.member("tools"));
    for tool in &request.tools {
        self::tool(tools.item(), tool, dropped);
    }
    tools.end();
    match &request.tool_choice {
        None => {}
        Some(ToolChoice::Auto) => body.text("tool_choice", "auto"),
        Some(ToolChoice::None) => body.text("tool_choice", "none"),
        Some(ToolChoice::Required) => body.text("tool_choice", "required"),
        Some(ToolChoice::Named(name)) => named(body.member("tool_choice"), name),
        Some(ToolChoice::Allowed { names, required }) => match (&names[..], required) {
            ([], _) => {
                let what = "no tool at all is allowed";
                return Err(unsupported(Feature::AllowedTools, api, what));
            }
            ([name], true) => named(body.member("tool_choice"), name),
            (names, required) => {
                let mut choice = Object::begin(body.member("tool_choice"));
                choice.text("type", "allowed_tools");
                let mut allowed = Object::begin(choice.member("allowed_tools"));
                allowed.text("mode", if *required { "required" } else { "auto" });
                let mut tools = Array::begin(allowed.member("tools"));
                for name in names {
                    named(tools.item(), name);
                }
                tools.end();
                allowed.end();
                choice.end();
            }
        },
    }
    if let Some(parallel) = request.parallel_tools {
        body.raw(
            "parallel_tool_calls",
            if parallel { "true" } else { "false" },
        );
    }
    Ok(())
}

fn tool(out: &mut Vec<u8>, tool: &Tool<'_>, dropped: &mut Vec<Cow<'static, str>>) {
    let mut written = Object::begin(out);
    written.text("type", "function");
    let mut function = Object::begin(written.member("function"));
    function.text("name", &tool.name);
    if let Some(description) = &tool.description {
        function.text("description", description);
    }
    let parameters = tool.parameters.as_deref().map(|schema| schema.get());
    let parameters = parameters.unwrap_or(NO_ARGUMENTS);
    function.raw("parameters", parameters);
    super::write_strict(&mut function, tool.strict, parameters, dropped);
    function.end();
    written.end();
}

fn named(out: &mut Vec<u8>, name: &str) {
    let mut tool = Object::begin(out);
    tool.text("type", "function");
    let mut function = Object::begin(tool.member("function"));
    function.text("name", name);
    function.end();
    tool.end();
}
