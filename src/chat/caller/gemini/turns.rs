use std::borrow::Cow;

use super::{
    media,
    read::unsupported,
    response,
    wire::{Content, FunctionCall, FunctionResponse, Part, System, Text},
};
use crate::{
    chat::{self, Message, Role, Thinking, ToolCall, ToolResult, Waiting, ids},
    query::{Refusal, RefusalKind},
};

/// The turns of a conversation, the system prompt first.
pub(super) fn messages<'a>(
    system: Option<System<'a>>,
    contents: Vec<Content<'a>>,
) -> Result<Vec<Message<'a>>, Refusal> {
    let mut messages = Vec::with_capacity(contents.len() + 1);
    if let Some(System(system)) = system {
        let mut parts = Vec::new();
        for (at, part) in system.parts.0.into_iter().enumerate() {
            let Some(Text(text)) = part.text else {
                return Err(unsupported(format!("systemInstruction.parts[{at}]")));
            };
            parts.push(chat::Part::text(text));
        }
        if !parts.is_empty() {
            messages.push(Message::new(Role::System, parts));
        }
    }
    let mut calls = Calls::default();
    for (at, content) in contents.into_iter().enumerate() {
        let role = match content.role.as_ref().map_or("", |Text(role)| role) {
            "" | "user" | "function" | "tool" => Role::User,
            "model" => Role::Assistant,
            _ => {
                let what = "a turn is the user's, the model's or a function's";
                return Err(malformed(what, format!("contents[{at}].role")));
            }
        };
        // A stream that a client keeps is as many turns as it had events.
        let goes_on = role == Role::Assistant
            && messages
                .last()
                .is_some_and(|last| last.role == Role::Assistant);
        let mut parts = match messages.pop_if(|_| goes_on) {
            Some(last) => last.parts,
            None => Vec::with_capacity(content.parts.0.len()),
        };
        for (number, part) in content.parts.0.into_iter().enumerate() {
            let place = (at, number);
            match role {
                Role::Assistant => {
                    if let Some(content) = model(part, place, &mut calls)? {
                        add(&mut parts, content);
                    }
                }
                _ => parts.extend(user(part, place, &mut calls)?.map(chat::Part::new)),
            }
        }
        if !parts.is_empty() {
            messages.push(Message::new(role, parts));
        }
    }
    Ok(messages)
}

/// Adds a part of the model's: words that go on are one, and a signature that comes after them is theirs.
fn add<'a>(parts: &mut Vec<chat::Part<'a>>, content: chat::Content<'a>) {
    let last = parts.last_mut().map(|part| &mut part.content);
    match (last, content) {
        (Some(chat::Content::Text(text)), chat::Content::Text(more)) => {
            text.to_mut().push_str(&more);
        }
        (Some(chat::Content::Thinking(thinking)), chat::Content::Thinking(more))
            if thinking.signature.is_none() =>
        {
            thinking.text.to_mut().push_str(&more.text);
            thinking.signature = more.signature;
        }
        (_, content) => parts.push(content.into()),
    }
}

/// The numbers of a turn and of a part in it.
type Place = (usize, usize);

fn field((turn, part): Place, member: &str) -> String {
    format!("contents[{turn}].parts[{part}]{member}")
}

fn malformed(what: &'static str, field: String) -> Refusal {
    Refusal::new(RefusalKind::Malformed, what).with_param(field)
}

/// The calls so far, by id and name, and which of them have no result yet.
#[derive(Default)]
struct Calls<'a> {
    all: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    waiting: Waiting<'a>,
}

impl<'a> Calls<'a> {
    fn add(&mut self, id: Cow<'a, str>, name: Cow<'a, str>) {
        self.waiting.add(Some(id.clone()), name.clone());
        self.all.push((id, name));
    }

    /// The id of the call that a result belongs to, and its name: by the result's id, else the first of its name.
    fn answered(&mut self, id: Option<&str>, name: &str) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
        let number = self.waiting.answer(id, Some(name))?;
        self.all.get(number).cloned()
    }
}

fn user<'a>(
    part: Part<'a>,
    place: Place,
    calls: &mut Calls<'a>,
) -> Result<Option<chat::Content<'a>>, Refusal> {
    if part.function_call.is_some() {
        let what = "only the model calls functions";
        return Err(malformed(what, field(place, ".functionCall")));
    }
    match part.function_response {
        Some(response) => result(response, place, calls).map(Some),
        None => plain(part, place),
    }
}

fn model<'a>(
    part: Part<'a>,
    place: Place,
    calls: &mut Calls<'a>,
) -> Result<Option<chat::Content<'a>>, Refusal> {
    if part.function_response.is_some() {
        let what = "the model gives no results of functions";
        return Err(malformed(what, field(place, ".functionResponse")));
    }
    let signature = part.thought_signature.as_ref().map(|Text(text)| &**text);
    let signature = signature.filter(|text| !text.is_empty()).map(standard);
    if let Some(called) = part.function_call {
        let mut call = call(called, place)?;
        call.signature = signature;
        let id = call.id.clone().unwrap_or_default();
        calls.add(id, call.name.clone());
        return Ok(Some(chat::Content::ToolCall(call)));
    }
    if part.thought == Some(true)
        && let Some(Text(text)) = part.text
    {
        let redacted = text.is_empty();
        let mut thinking = Thinking::new(text);
        thinking.redacted = redacted && signature.is_some();
        thinking.signature = signature;
        let says = !redacted || thinking.redacted;
        return Ok(says.then_some(chat::Content::Thinking(thinking)));
    }
    plain(part, place)
}

fn call(call: FunctionCall<'_>, place: Place) -> Result<ToolCall<'_>, Refusal> {
    let name = call.name.map_or(Cow::Borrowed(""), |Text(name)| name);
    if name.is_empty() {
        let what = "a call has to name its function";
        return Err(malformed(what, field(place, ".functionCall.name")));
    }
    let arguments = call.args.map_or("{}", |args| args.get());
    if !arguments.starts_with('{') {
        let what = "arguments are an object";
        return Err(malformed(what, field(place, ".functionCall.args")));
    }
    let mut read = ToolCall::new(name, arguments);
    let id = call.id.map(|Text(id)| id).filter(|id| !id.is_empty());
    read.id = Some(id.unwrap_or_else(|| made(place)));
    Ok(read)
}

/// The id of a call that has none, the same in every turn that follows.
fn made((turn, part): Place) -> Cow<'static, str> {
    let number = |at| u32::try_from(at).unwrap_or(u32::MAX);
    ids::of_call("", number(turn), number(part)).into()
}

fn result<'a>(
    response: FunctionResponse<'a>,
    place: Place,
    calls: &mut Calls<'a>,
) -> Result<chat::Content<'a>, Refusal> {
    let id = response.id.map(|Text(id)| id).filter(|id| !id.is_empty());
    let name = response.name.map_or(Cow::Borrowed(""), |Text(name)| name);
    let Some((id, called)) = calls.answered(id.as_deref(), &name) else {
        let what = "this belongs to no call";
        return Err(malformed(what, field(place, ".functionResponse")));
    };
    let raw = response.response.map_or("{}", |raw| raw.get());
    if !raw.starts_with('{') {
        let what = "what a function answers is an object";
        return Err(malformed(what, field(place, ".functionResponse.response")));
    }
    let (text, is_error) = response::text(raw);
    let mut parts = vec![chat::Part::text(text)];
    for part in response.parts.0 {
        let content = match (part.inline_data, part.file_data) {
            (Some(blob), _) => media::inline(blob),
            (None, Some(file)) => media::remote(file),
            (None, None) => None,
        };
        let field = || unsupported(field(place, ".functionResponse.parts"));
        parts.push(chat::Part::new(content.ok_or_else(field)?));
    }
    let mut result = ToolResult::new(parts);
    result.id = Some(id);
    result.name = Some(called);
    result.is_error = is_error;
    Ok(chat::Content::ToolResult(result))
}

/// Words and media; nothing for a part that says nothing.
fn plain(part: Part<'_>, place: Place) -> Result<Option<chat::Content<'_>>, Refusal> {
    if part.executable_code.is_some()
        || part.code_execution_result.is_some()
        || part.tool_call.is_some()
        || part.tool_response.is_some()
        || part.video_metadata.is_some()
    {
        return Err(unsupported(field(place, "")));
    }
    if let Some(blob) = part.inline_data {
        let content = media::inline(blob);
        return match content {
            Some(content) => Ok(Some(content)),
            None => Err(unsupported(field(place, ".inlineData"))),
        };
    }
    if let Some(file) = part.file_data {
        let content = media::remote(file);
        return match content {
            Some(content) => Ok(Some(content)),
            None => Err(unsupported(field(place, ".fileData"))),
        };
    }
    match part.text {
        Some(Text(text)) => Ok((!text.is_empty()).then_some(chat::Content::Text(text))),
        None if part.thought_signature.is_some() => Ok(None),
        None => Err(unsupported(field(place, ""))),
    }
}

/// Base64 with the usual alphabet: Google's Python package writes the one for addresses.
pub(super) fn standard<'a>(base64: &str) -> Cow<'a, str> {
    match base64.contains(['-', '_']) {
        true => base64.replace('-', "+").replace('_', "/").into(),
        false => base64.to_owned().into(),
    }
}
