use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    malformed, part, unsupported,
    wire::{CacheControl, Text},
};
use crate::{chat, query::Refusal};

/// A tool on offer.
#[derive(Deserialize)]
pub(super) struct Tool<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    description: Option<Text<'a>>,
    #[serde(borrow, default)]
    input_schema: Option<&'a RawValue>,
    #[serde(default)]
    strict: Option<bool>,
    #[serde(borrow, default)]
    cache_control: Option<CacheControl<'a>>,
}

/// Whether a tool may or must be called.
#[derive(Deserialize)]
pub(super) struct ToolChoice<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    pub(super) disable_parallel_tool_use: Option<bool>,
}

/// Whether the model thinks first.
#[derive(Deserialize)]
pub(super) struct Thinking<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    budget_tokens: Option<u32>,
    #[serde(borrow, default)]
    display: Option<Text<'a>>,
}

/// How the answer is made.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct OutputConfig<'a> {
    #[serde(borrow)]
    pub(super) effort: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) format: Option<Format<'a>>,
}

/// The form that the answer is to have.
#[derive(Deserialize)]
pub(super) struct Format<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    schema: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow, default)]
    user_id: Option<Text<'a>>,
}

/// What is said of the request itself.
#[derive(Deserialize)]
#[serde(from = "User<'a>")]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub(super) user_id: Option<Cow<'a, str>>,
}

impl<'a> From<User<'a>> for Metadata<'a> {
    fn from(user: User<'a>) -> Self {
        Self {
            user_id: user.user_id.map(|Text(id)| id),
        }
    }
}

/// Reads a tool.
pub(super) fn tool<'a>(tool: Tool<'a>, at: usize) -> Result<chat::Tool<'a>, Refusal> {
    if let Some(Text(kind)) = &tool.kind
        && *kind != *"custom"
    {
        return Err(unsupported(
            format!("tools[{at}].type"),
            "this tool is run by the provider, and no other has it",
        ));
    }
    let missing = || malformed(format!("tools[{at}].name"), "the tool has no name");
    let Text(name) = tool.name.ok_or_else(missing)?;
    let mut made = chat::Tool::new(name);
    made.description = tool.description.map(|Text(text)| text);
    made.parameters = tool.input_schema.map(Cow::Borrowed);
    made.strict = tool.strict;
    made.cache = part::mark(tool.cache_control.as_ref());
    Ok(made)
}

/// Reads whether a tool may or must be called.
pub(super) fn choice<'a>(choice: &ToolChoice<'a>) -> Result<chat::ToolChoice<'a>, Refusal> {
    Ok(match (&*choice.kind, &choice.name) {
        ("auto", _) => chat::ToolChoice::Auto,
        ("any", _) => chat::ToolChoice::Required,
        ("none", _) => chat::ToolChoice::None,
        ("tool", Some(Text(name))) => chat::ToolChoice::Named(name.clone()),
        ("tool", None) => {
            return Err(malformed("tool_choice.name", "the tool has no name"));
        }
        _ => {
            return Err(unsupported(
                "tool_choice.type",
                "no other provider's format has a word for this choice",
            ));
        }
    })
}

/// Reads how much is thought. The effort says how much where thinking is not limited by a number of tokens.
pub(super) fn reasoning<'a>(
    thinking: Option<Thinking<'a>>,
    effort: Option<Text<'a>>,
) -> Result<Option<chat::Reasoning<'a>>, Refusal> {
    let level = effort.map(|Text(level)| chat::Effort::Level(level));
    let Some(thinking) = thinking else {
        return Ok(level.map(|level| chat::Reasoning {
            effort: Some(level),
            shown: None,
        }));
    };
    let omitted = matches!(&thinking.display, Some(Text(display)) if *display == *"omitted");
    let (effort, shown) = match &*thinking.kind {
        "disabled" => (chat::Effort::Off, false),
        "adaptive" => (level.unwrap_or(chat::Effort::Adaptive), !omitted),
        "enabled" => {
            let missing = || malformed("thinking.budget_tokens", "the budget is missing");
            let budget = thinking.budget_tokens.ok_or_else(missing)?;
            (chat::Effort::Budget(budget), !omitted)
        }
        _ => {
            return Err(unsupported(
                "thinking.type",
                "no other provider's format has a word for this",
            ));
        }
    };
    Ok(Some(chat::Reasoning {
        effort: Some(effort),
        shown: Some(shown),
    }))
}

/// Reads the form that the answer is to have.
pub(super) fn format(format: Option<Format<'_>>) -> Result<Option<chat::Format<'_>>, Refusal> {
    let Some(format) = format else {
        return Ok(None);
    };
    let field = "output_config.format";
    let Some(schema) = format.schema.filter(|_| *format.kind == *"json_schema") else {
        return Err(malformed(field, "the format is no JSON schema"));
    };
    Ok(Some(chat::Format::JsonSchema {
        name: None,
        description: None,
        schema: Cow::Borrowed(schema),
        strict: Some(true),
    }))
}
