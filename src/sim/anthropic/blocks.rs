//! Blocks of content that callers send, each with its checks.

use serde_json::{Map, Value};

use super::check::{self, Checked, given, missing, under, wrong};
use crate::sim::{ask::Message, base64, error::ApiError, signature::Signer};

/// A call of a tool, or an answer to one, within a message.
#[derive(Debug)]
pub(crate) enum Link {
    Use(String),
    Result(String, Message),
}

const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The text of a block of text, which must have some.
pub(crate) fn text(at: &str, block: &Map<String, Value>, what: &str) -> Checked<String> {
    check::known(at, block, &["type", "text", "cache_control", "citations"])?;
    let text = check::required_text(at, block, "text")?;
    if text.is_empty() {
        return Err(ApiError::bad_request(format!("{what} must be non-empty")));
    }
    if text.trim().is_empty() {
        let message = format!("{what} must contain non-whitespace text");
        return Err(ApiError::bad_request(message));
    }
    Ok(text.to_owned())
}

/// Adds a user's block to the message, except what answers a tool.
pub(crate) fn user(
    at: &str,
    block: &Map<String, Value>,
    message: &mut Message,
) -> Checked<Option<Link>> {
    match check::required_text(at, block, "type")? {
        "tool_result" => return result(at, block).map(Some),
        "text" => add(message, &text(at, block, "messages: text content blocks")?),
        "image" => {
            image(at, block)?;
            message.images += 1;
        }
        "document" => document(at, block, message)?,
        "search_result" => {
            let content = given(block, "content").ok_or_else(|| missing(&under(at, "content")))?;
            parts(&under(at, "content"), content, message)?;
        }
        "container_upload" => message.files += 1,
        other => return Err(unexpected(at, other)),
    }
    Ok(None)
}

/// Adds an assistant's block to the message.
pub(crate) fn assistant(
    at: &str,
    block: &Map<String, Value>,
    message: &mut Message,
    signer: &Signer,
) -> Checked<Option<Link>> {
    match check::required_text(at, block, "type")? {
        "text" => add(message, &text(at, block, "messages: text content blocks")?),
        "thinking" => {
            check::known(at, block, &["type", "thinking", "signature"])?;
            let thinking = check::required_text(at, block, "thinking")?;
            let signature = check::required_text(at, block, "signature")?;
            if !signer.is_valid("thinking", &[thinking], signature) {
                return Err(wrong(at, "Invalid `signature` in `thinking` block"));
            }
        }
        "redacted_thinking" => {
            check::known(at, block, &["type", "data"])?;
            let data = check::required_text(at, block, "data")?;
            if !signer.is_valid("redacted", &[], data) {
                return Err(wrong(at, "Invalid `data` in `redacted_thinking` block"));
            }
        }
        "tool_use" => {
            let fields = ["type", "id", "name", "input", "cache_control", "caller"];
            check::known(at, block, &fields)?;
            let id = id(at, block, "id")?;
            let name = check::required_text(at, block, "name")?;
            let input = given(block, "input").ok_or_else(|| missing(&under(at, "input")))?;
            if !input.is_object() {
                let why = "Input should be a valid dictionary";
                return Err(wrong(&under(at, "input"), why));
            }
            add(message, name);
            add(message, &input.to_string());
            return Ok(Some(Link::Use(id)));
        }
        "server_tool_use"
        | "web_search_tool_result"
        | "web_fetch_tool_result"
        | "code_execution_tool_result"
        | "bash_code_execution_tool_result"
        | "text_editor_code_execution_tool_result"
        | "tool_search_tool_result"
        | "container_upload" => {}
        other => return Err(unexpected(at, other)),
    }
    Ok(None)
}

/// Whether a block is a model's thought.
pub(crate) fn is_thought(block: &Value) -> bool {
    matches!(
        block.get("type").and_then(Value::as_str),
        Some("thinking" | "redacted_thinking")
    )
}

fn unexpected(at: &str, tag: &str) -> ApiError {
    let why =
        format!("Input tag '{tag}' found using 'type' does not match any of the expected tags");
    wrong(at, &why)
}

fn add(message: &mut Message, text: &str) {
    message.text.push_str(text);
}

/// The id of a call of a tool.
fn id(at: &str, block: &Map<String, Value>, name: &str) -> Checked<String> {
    let id = check::required_text(at, block, name)?;
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if id.is_empty() || !id.bytes().all(letter) {
        let why = "String should match pattern '^[a-zA-Z0-9_-]+$'";
        return Err(wrong(&under(at, name), why));
    }
    Ok(id.to_owned())
}

fn result(at: &str, block: &Map<String, Value>) -> Checked<Link> {
    let fields = [
        "type",
        "tool_use_id",
        "content",
        "is_error",
        "cache_control",
    ];
    check::known(at, block, &fields)?;
    let id = id(at, block, "tool_use_id")?;
    check::boolean(at, block, "is_error")?;
    let mut message = Message::new(crate::sim::ask::Role::Tool, "");
    if let Some(content) = given(block, "content") {
        parts(&under(at, "content"), content, &mut message)?;
    }
    Ok(Link::Result(id, message))
}

/// Content within a block: a text, or blocks of text, images and documents.
fn parts(at: &str, content: &Value, message: &mut Message) -> Checked<()> {
    if let Some(text) = content.as_str() {
        add(message, text);
        return Ok(());
    }
    for (i, block) in check::array(at, content)?.iter().enumerate() {
        let at = under(at, i);
        let block = check::object(&at, block)?;
        match check::required_text(&at, block, "type")? {
            "text" => add(message, &text(&at, block, "messages: text content blocks")?),
            "image" => {
                image(&at, block)?;
                message.images += 1;
            }
            "document" => document(&at, block, message)?,
            "search_result" | "tool_reference" => {}
            other => return Err(unexpected(&at, other)),
        }
    }
    Ok(())
}

fn image(at: &str, block: &Map<String, Value>) -> Checked<()> {
    check::known(
        at,
        block,
        &["type", "source", "cache_control", "transformations"],
    )?;
    let at = under(at, "source");
    let source = given(block, "source").ok_or_else(|| missing(&at))?;
    let source = check::object(&at, source)?;
    let kinds = ["base64", "url", "file"];
    match check::one_of(&at, source, "type", &kinds)? {
        Some("base64") => {
            let at = under(&at, "base64");
            check::known(&at, source, &["type", "media_type", "data"])?;
            let kind = check::one_of(&at, source, "media_type", &IMAGES)?;
            kind.ok_or_else(|| missing(&under(&at, "media_type")))?;
            data(&at, source)
        }
        Some("url") => url(&under(&at, "url"), source),
        Some(_) => check::required_text(&under(&at, "file"), source, "file_id").map(drop),
        None => Err(missing(&under(&at, "type"))),
    }
}

fn data(at: &str, source: &Map<String, Value>) -> Checked<()> {
    let data = check::required_text(at, source, "data")?;
    if data.is_empty() || !base64::is_valid(data) {
        return Err(wrong(&under(at, "data"), "Invalid base64 data"));
    }
    Ok(())
}

fn url(at: &str, source: &Map<String, Value>) -> Checked<()> {
    check::known(at, source, &["type", "url"])?;
    let url = check::required_text(at, source, "url")?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let why = "Only HTTPS URLs are supported.";
        return Err(wrong(&under(at, "url"), why));
    }
    Ok(())
}

fn document(at: &str, block: &Map<String, Value>, message: &mut Message) -> Checked<()> {
    let fields = [
        "type",
        "source",
        "cache_control",
        "citations",
        "context",
        "title",
    ];
    check::known(at, block, &fields)?;
    let at = under(at, "source");
    let source = given(block, "source").ok_or_else(|| missing(&at))?;
    let source = check::object(&at, source)?;
    match check::required_text(&at, source, "type")? {
        "base64" => {
            let at = under(&at, "base64");
            let kind = check::one_of(&at, source, "media_type", &["application/pdf"])?;
            kind.ok_or_else(|| missing(&under(&at, "media_type")))?;
            data(&at, source)?;
            message.files += 1;
        }
        "url" => {
            url(&under(&at, "url"), source)?;
            message.files += 1;
        }
        "file" => message.files += 1,
        "text" => {
            let text = check::required_text(&under(&at, "text"), source, "data")?;
            add(message, text);
        }
        "content" => {
            let at = under(&at, "content");
            let content = given(source, "content").ok_or_else(|| missing(&at))?;
            parts(&at, content, message)?;
        }
        other => return Err(unexpected(&at, other)),
    }
    Ok(())
}
