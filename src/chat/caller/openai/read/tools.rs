use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use super::{content::mark, malformed, text::Text, unsupported, wire::CacheControl};
use crate::{
    chat::{Tool, ToolChoice},
    query::Refusal,
};

/// A tool on offer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireTool<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    function: Option<Function<'a>>,
    #[serde(borrow)]
    cache_control: Option<CacheControl<'a>>,
}

/// A function on offer; by itself, one of the older `functions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    strict: Option<bool>,
    #[serde(borrow)]
    cache_control: Option<CacheControl<'a>>,
}

pub(super) fn tools(wire: Vec<WireTool<'_>>) -> Result<Vec<Tool<'_>>, Refusal> {
    let tool = |(at, tool): (usize, _)| self::tool(tool, &|| format!("tools[{at}]"));
    wire.into_iter().enumerate().map(tool).collect()
}

pub(super) fn functions(wire: Vec<Function<'_>>) -> Result<Vec<Tool<'_>>, Refusal> {
    let tool =
        |(at, function): (usize, _)| self::function(function, &|| format!("functions[{at}]"));
    wire.into_iter().enumerate().map(tool).collect()
}

fn tool<'a>(tool: WireTool<'a>, at: &dyn Fn() -> String) -> Result<Tool<'a>, Refusal> {
    match tool.r#type.as_ref().map(|Text(kind)| &**kind) {
        Some("function") => {}
        Some(_) => {
            let field = format!("{}.type", at());
            return Err(unsupported(field, "is a tool of one provider alone"));
        }
        None => return Err(malformed(format!("{}.type", at()), "is missing")),
    }
    let field = || format!("{}.function", at());
    let function = tool
        .function
        .ok_or_else(|| malformed(field(), "is missing"))?;
    let mut read = self::function(function, &field)?;
    read.cache = read.cache.or(tool.cache_control.as_ref().map(mark));
    Ok(read)
}

fn function<'a>(function: Function<'a>, at: &dyn Fn() -> String) -> Result<Tool<'a>, Refusal> {
    let name = Text::of(function.name).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| malformed(format!("{}.name", at()), "is missing"))?;
    let mut tool = Tool::new(name);
    tool.description = Text::of(function.description);
    if let Some(parameters) = function.parameters
        && !parameters.get().starts_with('{')
    {
        return Err(malformed(
            format!("{}.parameters", at()),
            "is no JSON object",
        ));
    }
    tool.parameters = function.parameters.map(Cow::Borrowed);
    tool.strict = function.strict;
    tool.cache = function.cache_control.as_ref().map(mark);
    Ok(tool)
}

/// `tool_choice`, or the older `function_call`: a word, or an object.
#[derive(Debug)]
pub(super) enum WireChoice<'a> {
    Word(Box<str>),
    Object(Chosen<'a>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    function: Option<Named<'a>>,
    #[serde(borrow)]
    allowed_tools: Option<Allowed<'a>>,
    /// Of a `function_call`.
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Allowed<'a> {
    #[serde(borrow)]
    mode: Option<Text<'a>>,
    #[serde(borrow)]
    tools: Vec<WireTool<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for WireChoice<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = WireChoice<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word or an object")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                Ok(WireChoice::Word(word.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Chosen::deserialize(MapAccessDeserializer::new(map)).map(WireChoice::Object)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// `tool_choice` in the hub's words.
pub(super) fn choice(wire: WireChoice<'_>) -> Result<ToolChoice<'_>, Refusal> {
    const FIELD: &str = "tool_choice";
    let chosen = match wire {
        WireChoice::Word(word) => {
            return match &*word {
                "auto" => Ok(ToolChoice::Auto),
                "none" => Ok(ToolChoice::None),
                // Mistral's word is `any`.
                "required" | "any" => Ok(ToolChoice::Required),
                _ => Err(malformed(FIELD, "is no choice of tools")),
            };
        }
        WireChoice::Object(chosen) => chosen,
    };
    match chosen.r#type.as_ref().map(|Text(kind)| &**kind) {
        Some("function") => {
            let name = Text::of(chosen.function.and_then(|named| named.name));
            name.map(ToolChoice::Named)
                .ok_or_else(|| malformed("tool_choice.function.name", "is missing"))
        }
        Some("allowed_tools") => {
            let allowed = chosen
                .allowed_tools
                .ok_or_else(|| malformed("tool_choice.allowed_tools", "is missing"))?;
            let required = match allowed.mode.as_ref().map(|Text(mode)| &**mode) {
                Some("auto") => false,
                Some("required") => true,
                _ => return Err(malformed("tool_choice.allowed_tools.mode", "is no mode")),
            };
            let name = |(at, tool): (usize, WireTool<'_>)| {
                let field = format!("tool_choice.allowed_tools.tools[{at}]");
                self::tool(tool, &|| field.clone()).map(|tool| tool.name.into_owned().into())
            };
            let names = allowed.tools.into_iter().enumerate().map(name);
            Ok(ToolChoice::Allowed {
                names: names.collect::<Result<_, _>>()?,
                required,
            })
        }
        _ => Err(unsupported(FIELD, "is no choice that is known here")),
    }
}

/// The older `function_call` in the hub's words.
pub(super) fn function_call(wire: WireChoice<'_>) -> Result<ToolChoice<'_>, Refusal> {
    const FIELD: &str = "function_call";
    match wire {
        WireChoice::Word(word) if &*word == "auto" => Ok(ToolChoice::Auto),
        WireChoice::Word(word) if &*word == "none" => Ok(ToolChoice::None),
        WireChoice::Word(_) => Err(malformed(FIELD, "is no choice of functions")),
        WireChoice::Object(chosen) => Text::of(chosen.name)
            .map(ToolChoice::Named)
            .ok_or_else(|| malformed("function_call.name", "is missing")),
    }
}
