use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    malformed,
    setting::{Format, Metadata, OutputConfig, Thinking, Tool, ToolChoice},
    unsupported,
    wire::{Content, Text, Turn},
};
use crate::{chat::Sampling, query::Refusal};

/// The members of a request.
#[derive(Default)]
pub(super) struct Body<'a> {
    pub(super) messages: Vec<Turn<'a>>,
    pub(super) system: Option<Content<'a>>,
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) tool_choice: Option<ToolChoice<'a>>,
    pub(super) thinking: Option<Thinking<'a>>,
    pub(super) output_config: Option<OutputConfig<'a>>,
    pub(super) output_format: Option<Format<'a>>,
    pub(super) metadata: Option<Metadata<'a>>,
    pub(super) sampling: Sampling<'a>,
    pub(super) max_tokens: Option<u32>,
    pub(super) stream: bool,
    pub(super) extras: Vec<Cow<'static, str>>,
}

/// Reads a body member by member.
pub(super) fn read(body: &[u8]) -> Result<Body<'_>, Refusal> {
    let none = || malformed("messages", "the body is no request");
    let text = std::str::from_utf8(body).map_err(|_| none())?;
    let mut reading = Reading::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let read = (&mut reading)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    let Reading {
        body,
        at,
        unknown,
        given,
    } = reading;
    if let Some(name) = unknown {
        return Err(unsupported(
            name,
            "no other provider's format has a word for this member",
        ));
    }
    if read.is_err() {
        let field = if at.is_empty() { "messages" } else { at };
        return Err(malformed(
            field,
            "this member is not as the format has it, or the body is no JSON object",
        ));
    }
    if given & 1 == 0 {
        return Err(malformed("messages", "the body has no messages"));
    }
    Ok(body)
}

/// The members that are known.
const NAMES: [&str; 22] = [
    "messages",
    "model",
    "max_tokens",
    "system",
    "stream",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "output_format",
    "metadata",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "service_tier",
    "cache_control",
    "inference_geo",
    "speed",
    "betas",
    "user_profile_id",
    "diagnostics",
];

#[derive(Default)]
struct Reading<'a> {
    body: Body<'a>,
    /// The member that is being read.
    at: &'static str,
    /// A member that nobody here knows.
    unknown: Option<String>,
    /// A bit for each member that came.
    given: u32,
}

impl<'de> DeserializeSeed<'de> for &mut Reading<'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Reading<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            let Some(known) = NAMES.iter().position(|name| *name == key) else {
                // What is null says nothing.
                if map.next_value::<Option<IgnoredAny>>()?.is_some() && self.unknown.is_none() {
                    self.unknown = Some(key.chars().take(64).collect());
                }
                continue;
            };
            self.at = NAMES[known];
            if self.given & (1 << known) != 0 {
                return Err(A::Error::custom("the body has this member twice"));
            }
            self.given |= 1 << known;
            self.member(&mut map)?;
        }
        Ok(())
    }
}

impl<'de> Reading<'de> {
    fn member<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let body = &mut self.body;
        match self.at {
            "messages" => body.messages = map.next_value()?,
            "max_tokens" => body.max_tokens = map.next_value()?,
            "system" => body.system = map.next_value()?,
            "stream" => body.stream = map.next_value::<Option<bool>>()?.unwrap_or_default(),
            "tools" => body.tools = map.next_value::<Option<_>>()?.unwrap_or_default(),
            "tool_choice" => body.tool_choice = map.next_value()?,
            "thinking" => body.thinking = map.next_value()?,
            "output_config" => body.output_config = map.next_value()?,
            "output_format" => body.output_format = map.next_value()?,
            "metadata" => body.metadata = map.next_value()?,
            "temperature" => body.sampling.temperature = map.next_value()?,
            "top_p" => body.sampling.top_p = map.next_value()?,
            "top_k" => body.sampling.top_k = map.next_value()?,
            "stop_sequences" => {
                let stop: Option<Vec<Text<'_>>> = map.next_value()?;
                let stop = stop.unwrap_or_default().into_iter();
                body.sampling.stop = stop.map(|Text(text)| text).collect();
            }
            "model" => {
                map.next_value::<IgnoredAny>()?;
            }
            // Where the call may be served is no other provider's to leave unsaid.
            "inference_geo" => {
                let place: Option<Text<'_>> = map.next_value()?;
                if place.is_some_and(|Text(place)| place != "global") {
                    self.unknown = Some("inference_geo".to_owned());
                }
            }
            name => {
                let value: &RawValue = map.next_value()?;
                if value.get() != "null" {
                    body.extras.push(name.into());
                }
            }
        }
        Ok(())
    }
}
