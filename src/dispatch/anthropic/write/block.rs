use serde::de::IgnoredAny;

use super::{
    Writing, media,
    tools::checked_name,
    turns::{Item, is_blank},
};
use crate::{
    chat::{
        Content, Part, Thinking, ToolCall, ToolResult,
        json::{Array, Object, string},
    },
    query::{Feature, Refusal},
};

/// Writes what a turn says as a block. `user` is whose turn it is; a text that is `trimmed` does not end in white space.
pub(super) fn write(
    item: &Item<'_>,
    user: bool,
    trimmed: bool,
    writing: &mut Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    match item {
        Item::Part(part) => said(part, user, trimmed, writing, out),
        Item::System(text) => {
            let mut object = Object::begin(out);
            object.text("type", "text");
            object.text("text", &format!("<system>\n{text}\n</system>"));
            object.end();
            Ok(())
        }
        Item::Call(call, part, id) => tool_use(call, part, id, writing, out),
        Item::Result(result, part, id) => tool_result(result, part, id, writing, out),
    }
}

/// Writes a piece of a system prompt.
pub(super) fn system(
    part: &Part<'_>,
    writing: &mut Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    match &part.content {
        Content::Text(_) => said(part, true, false, writing, out),
        _ => Err(writing.malformed("a system prompt is made of text")),
    }
}

fn said(
    part: &Part<'_>,
    user: bool,
    trimmed: bool,
    writing: &mut Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    match &part.content {
        Content::Text(text) | Content::Refusal(text) => {
            let mut object = Object::begin(out);
            object.text("type", "text");
            object.text("text", if trimmed { text.trim_end() } else { text });
            writing.mark(part.cache, &mut object);
            object.end();
        }
        Content::Image(image) if user => {
            let mut object = Object::begin(out);
            object.text("type", "image");
            media::image(image, writing, object.member("source"))?;
            writing.mark(part.cache, &mut object);
            object.end();
        }
        Content::Document(document) if user => {
            let mut object = Object::begin(out);
            object.text("type", "document");
            media::document(document, writing, object.member("source"))?;
            if let Some(name) = &document.name {
                object.text("title", name);
            }
            writing.mark(part.cache, &mut object);
            object.end();
        }
        Content::Image(_) | Content::Document(_) => {
            let what = "the model's own turns have no images or documents at this provider";
            return Err(writing.unsupported(Feature::OtherMedia, what));
        }
        Content::Audio(_) => {
            let what = "this provider takes no sound";
            return Err(writing.unsupported(Feature::Audio, what));
        }
        Content::Thinking(thinking) => thought(thinking, out),
        Content::ToolCall(_) | Content::ToolResult(_) => {
            return Err(writing.malformed("a tool's result is made of texts, images and documents"));
        }
    }
    Ok(())
}

fn thought(thinking: &Thinking<'_>, out: &mut Vec<u8>) {
    let signature = thinking.signature.as_deref().unwrap_or_default();
    let mut object = Object::begin(out);
    if thinking.redacted {
        object.text("type", "redacted_thinking");
        object.text("data", signature);
    } else {
        object.text("type", "thinking");
        object.text("thinking", &thinking.text);
        object.text("signature", signature);
    }
    object.end();
}

fn tool_use(
    call: &ToolCall<'_>,
    part: &Part<'_>,
    id: &str,
    writing: &mut Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    checked_name(&call.name, writing)?;
    let arguments = call.arguments.trim_ascii();
    let arguments = if arguments.is_empty() {
        "{}"
    } else {
        arguments
    };
    let is_object =
        arguments.starts_with('{') && serde_json::from_str::<IgnoredAny>(arguments).is_ok();
    if !is_object {
        return Err(writing.malformed("the arguments of a tool's call are no JSON object"));
    }
    let mut object = Object::begin(out);
    object.text("type", "tool_use");
    object.text("id", id);
    object.text("name", &call.name);
    object.raw("input", arguments);
    writing.mark(part.cache, &mut object);
    object.end();
    Ok(())
}

fn tool_result(
    result: &ToolResult<'_>,
    part: &Part<'_>,
    id: &str,
    writing: &mut Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let mut object = Object::begin(out);
    object.text("type", "tool_result");
    object.text("tool_use_id", id);
    let parts: Vec<_> = result.parts.iter().filter(|part| !is_blank(part)).collect();
    match parts[..] {
        [] => {}
        [
            Part {
                content: Content::Text(text),
                cache: None,
            },
        ] => string(object.member("content"), text),
        _ => {
            let mut content = Array::begin(object.member("content"));
            for part in parts {
                said(part, true, false, writing, content.item())?;
            }
            content.end();
        }
    }
    if result.is_error {
        object.raw("is_error", "true");
    }
    writing.mark(part.cache, &mut object);
    object.end();
    Ok(())
}
