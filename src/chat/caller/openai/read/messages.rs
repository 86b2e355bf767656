use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    content::{mark, parts},
    malformed,
    text::Text,
    unsupported,
    wire::{Call, Function, Message},
};
use crate::{
    chat::{self, Content, Part, Role, Thinking, ToolCall, ToolResult},
    query::Refusal,
};

/// Turns of a conversation. Results of tools that follow each other are one user's turn.
pub(super) fn messages(wire: Vec<Message<'_>>) -> Result<Vec<chat::Message<'_>>, Refusal> {
    let mut turns: Vec<chat::Message<'_>> = Vec::with_capacity(wire.len());
    let mut results = false;
    for (at, message) in wire.into_iter().enumerate() {
        let field = || format!("messages[{at}]");
        let Some(Text(role)) = &message.role else {
            return Err(malformed(format!("{}.role", field()), "is missing"));
        };
        let is_result = matches!(&**role, "tool" | "function");
        let turn = match &**role {
            "system" | "developer" => spoken(Role::System, message, &field)?,
            "user" => spoken(Role::User, message, &field)?,
            "assistant" => assistant(message, &field)?,
            "tool" | "function" => {
                let part = Part::new(Content::ToolResult(result(message, &field)?));
                match turns.last_mut() {
                    Some(turn) if results => {
                        turn.parts.push(part);
                        continue;
                    }
                    _ => chat::Message::new(Role::User, vec![part]),
                }
            }
            _ => return Err(malformed(format!("{}.role", field()), "is no role")),
        };
        results = is_result;
        turns.push(turn);
    }
    Ok(turns)
}

/// What the operator or the user says.
fn spoken<'a>(
    role: Role,
    message: Message<'a>,
    at: &dyn Fn() -> String,
) -> Result<chat::Message<'a>, Refusal> {
    let field = || format!("{}.content", at());
    let content = message
        .content
        .ok_or_else(|| malformed(field(), "is missing"))?;
    let mut turn = chat::Message::new(role, Vec::new());
    parts(content, &field(), &mut turn.parts)?;
    if let (Some(control), Some(last)) = (&message.cache_control, turn.parts.last_mut()) {
        last.cache = Some(mark(control));
    }
    turn.name = Text::of(message.name);
    Ok(turn)
}

fn assistant<'a>(
    message: Message<'a>,
    at: &dyn Fn() -> String,
) -> Result<chat::Message<'a>, Refusal> {
    if message.audio.is_some() {
        let field = format!("{}.audio", at());
        return Err(unsupported(field, "is known to one provider alone"));
    }
    if message.prefix == Some(true) {
        let field = format!("{}.prefix", at());
        return Err(unsupported(field, "is known to one provider alone"));
    }
    let mut turn = chat::Message::new(Role::Assistant, Vec::new());
    let into = &mut turn.parts;
    let thought = message.reasoning_content.or(message.reasoning);
    if let Some(Text(thought)) = thought.filter(|Text(words)| !words.is_empty()) {
        into.push(Part::new(Content::Thinking(Thinking::new(thought))));
    }
    if let Some(content) = message.content {
        parts(content, &format!("{}.content", at()), into)?;
    }
    if let Some(Text(refusal)) = message.refusal.filter(|Text(words)| !words.is_empty()) {
        into.push(Part::new(Content::Refusal(refusal)));
    }
    // An empty text stands where there is nothing to say beside a call.
    into.retain(|part| !matches!(&part.content, Content::Text(text) if text.is_empty()));
    for (number, wire) in message.tool_calls.into_iter().flatten().enumerate() {
        let call = call(wire, &|| format!("{}.tool_calls[{number}]", at()))?;
        into.push(Part::new(Content::ToolCall(call)));
    }
    if let Some(function) = message.function_call {
        let field = || format!("{}.function_call", at());
        into.push(Part::new(Content::ToolCall(called(function, &field)?)));
    }
    if let (Some(control), Some(last)) = (&message.cache_control, into.last_mut()) {
        last.cache = Some(mark(control));
    }
    turn.name = Text::of(message.name);
    Ok(turn)
}

fn call<'a>(wire: Call<'a>, at: &dyn Fn() -> String) -> Result<ToolCall<'a>, Refusal> {
    if let Some(Text(kind)) = &wire.r#type
        && kind != "function"
    {
        let field = format!("{}.type", at());
        return Err(unsupported(field, "is no function"));
    }
    let field = || format!("{}.function", at());
    let function = wire
        .function
        .ok_or_else(|| malformed(field(), "is missing"))?;
    let mut call = called(function, &field)?;
    call.id = Text::of(wire.id).filter(|id| !id.is_empty());
    Ok(call)
}

fn called<'a>(function: Function<'a>, at: &dyn Fn() -> String) -> Result<ToolCall<'a>, Refusal> {
    let name = Text::of(function.name).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| malformed(format!("{}.name", at()), "is missing"))?;
    let arguments = Text::of(function.arguments).unwrap_or_default();
    let arguments = object(arguments)
        .ok_or_else(|| malformed(format!("{}.arguments", at()), "is no JSON object"))?;
    Ok(ToolCall::new(name, arguments))
}

/// The text of a JSON object; nothing at all stands for an empty one.
fn object(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.trim_ascii().is_empty() {
        return Some("{}".into());
    }
    // The parser bounds the depth.
    let is_object = text.trim_ascii_start().starts_with('{');
    let valid = is_object && serde_json::from_str::<&RawValue>(&text).is_ok();
    valid.then_some(text)
}

fn result<'a>(message: Message<'a>, at: &dyn Fn() -> String) -> Result<ToolResult<'a>, Refusal> {
    let mut result = ToolResult::new(Vec::new());
    if let Some(content) = message.content {
        parts(content, &format!("{}.content", at()), &mut result.parts)?;
        let only =
            |part: &Part<'_>| matches!(&part.content, Content::Text(text) if text.is_empty());
        result.parts.retain(|part| !only(part));
    }
    result.id = Text::of(message.tool_call_id);
    result.name = Text::of(message.name);
    if result.id.is_none() && result.name.is_none() {
        let field = format!("{}.tool_call_id", at());
        return Err(malformed(field, "is missing"));
    }
    Ok(result)
}
