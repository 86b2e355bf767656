use std::borrow::Cow;

use super::{
    malformed, unsupported,
    wire::{Block, CacheControl, Content, Source, SourceOrText, Text, Turn},
};
use crate::{
    chat::{
        self, CacheMark, Content as Said, Media, Message, Part, Role, Thinking, ToolCall,
        ToolResult,
    },
    query::Refusal,
};

/// Reads a turn.
pub(super) fn turn<'a>(turn: Turn<'a>, field: &str) -> Result<Message<'a>, Refusal> {
    let role = match &*turn.role {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(malformed(format!("{field}.role"), "nobody has this role")),
    };
    let parts = all(turn.content, &format!("{field}.content"))?;
    Ok(Message::new(role, parts))
}

/// Reads what is said.
pub(super) fn all<'a>(content: Content<'a>, field: &str) -> Result<Vec<Part<'a>>, Refusal> {
    let blocks = match content {
        Content::Text(text) => return Ok(vec![Part::text(text)]),
        Content::Blocks(blocks) => blocks,
    };
    let mut parts = Vec::with_capacity(blocks.len());
    for (at, block) in blocks.into_iter().enumerate() {
        one(block, &format!("{field}[{at}]"), &mut parts)?;
    }
    Ok(parts)
}

/// How long a marked prompt is to be cached.
pub(super) fn mark(control: Option<&CacheControl<'_>>) -> Option<CacheMark> {
    let control = control?;
    Some(match &control.ttl {
        Some(Text(ttl)) if *ttl == *"1h" => CacheMark::Hour,
        _ => CacheMark::Usual,
    })
}

fn one<'a>(mut block: Block<'a>, field: &str, parts: &mut Vec<Part<'a>>) -> Result<(), Refusal> {
    let cache = mark(block.cache_control.as_ref());
    let kind = block.kind.take();
    let content = match kind.as_ref().map_or("", |Text(kind)| kind) {
        "text" => Said::Text(text(block.text, field, "text")?),
        "image" => Said::Image(media(block.source, field)?),
        "document" => {
            if block.citations.is_some_and(|wish| wish.0) {
                return Err(unsupported(
                    format!("{field}.citations"),
                    "no other provider cites documents in this form",
                ));
            }
            if let Some(Text(context)) = block.context {
                parts.push(Part::text(context));
            }
            let mut document = media(block.source, field)?;
            document.name = block.title.map(|Text(title)| title);
            Said::Document(document)
        }
        "search_result" => Said::Text(found(block, field)?.into()),
        "tool_use" => Said::ToolCall(call(block, field)?),
        "tool_result" => {
            let mut result = ToolResult::new(match block.content {
                Some(content) => all(content, &format!("{field}.content"))?,
                None => Vec::new(),
            });
            result.id = Some(text(block.tool_use_id, field, "tool_use_id")?);
            result.is_error = block.is_error.unwrap_or_default();
            Said::ToolResult(result)
        }
        "thinking" => {
            let mut thought = Thinking::new(text(block.thinking, field, "thinking")?);
            thought.signature = block.signature.map(|Text(signature)| signature);
            Said::Thinking(thought)
        }
        "redacted_thinking" => {
            let mut thought = Thinking::new("").signed(text(block.data, field, "data")?);
            thought.redacted = true;
            Said::Thinking(thought)
        }
        "" => return Err(malformed(format!("{field}.type"), "the block has no type")),
        _ => {
            return Err(unsupported(
                format!("{field}.type"),
                "no other provider's format has a word for this block",
            ));
        }
    };
    let mut part = Part::new(content);
    part.cache = cache;
    parts.push(part);
    Ok(())
}

fn text<'a>(text: Option<Text<'a>>, field: &str, name: &str) -> Result<Cow<'a, str>, Refusal> {
    let missing = || malformed(format!("{field}.{name}"), "this text is missing");
    text.map(|Text(text)| text).ok_or_else(missing)
}

fn call<'a>(block: Block<'a>, field: &str) -> Result<ToolCall<'a>, Refusal> {
    let name = text(block.name, field, "name")?;
    let input = block.input.map_or("{}", |input| input.get());
    if !input.starts_with('{') {
        return Err(malformed(
            format!("{field}.input"),
            "a call's input is an object",
        ));
    }
    let mut call = ToolCall::new(name, input);
    call.id = Some(text(block.id, field, "id")?);
    Ok(call)
}

fn media<'a>(source: Option<SourceOrText<'a>>, field: &str) -> Result<Media<'a>, Refusal> {
    let field = format!("{field}.source");
    let Some(SourceOrText::Source(source)) = source else {
        return Err(malformed(field, "the source is missing"));
    };
    let Source {
        kind,
        media_type,
        data,
        url,
        content,
    } = *source;
    let media_type = media_type.map(|Text(media_type)| media_type);
    let source = match &*kind {
        "base64" => chat::Source::Inline {
            media_type: media_type
                .ok_or_else(|| malformed(format!("{field}.media_type"), "this text is missing"))?,
            data: text(data, &field, "data")?,
        },
        "url" => chat::Source::Url {
            url: text(url, &field, "url")?,
            media_type: None,
        },
        "text" => chat::Source::Text(text(data, &field, "data")?),
        "content" => {
            let parts = match content {
                Some(content) => all(content, &format!("{field}.content"))?,
                None => Vec::new(),
            };
            let texts: Option<Vec<&str>> = parts.iter().map(words).collect();
            let only_texts = || {
                unsupported(
                    format!("{field}.content"),
                    "no other provider's format has documents made of anything but text",
                )
            };
            chat::Source::Text(texts.ok_or_else(only_texts)?.join("\n").into())
        }
        _ => {
            return Err(unsupported(
                format!("{field}.type"),
                "this is kept at one provider, and no other has it",
            ));
        }
    };
    Ok(Media::new(source))
}

fn words<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    match &part.content {
        Said::Text(text) => Some(text),
        _ => None,
    }
}

/// A search result in words: its title, where it is from, and what it says.
fn found(block: Block<'_>, field: &str) -> Result<String, Refusal> {
    let mut lines = vec![text(block.title, field, "title")?.into_owned()];
    if let Some(SourceOrText::Text(source)) = block.source {
        lines.push(source.into_owned());
    }
    if let Some(content) = block.content {
        let parts = all(content, &format!("{field}.content"))?;
        lines.extend(parts.iter().filter_map(words).map(ToOwned::to_owned));
    }
    Ok(lines.join("\n"))
}
