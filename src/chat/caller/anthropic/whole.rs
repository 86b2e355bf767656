use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::head::Head;
use crate::{
    catalog::ToolIds,
    chat::{
        Citation, Delta, Opening, Signed, Sink, Writer, ids,
        json::{self, Array, Object},
    },
    query::Refusal,
};

/// Writes an answer as one message.
#[derive(Debug)]
pub(super) struct Message {
    head: Head,
    id: Box<str>,
    shows_thinking: bool,
    blocks: Vec<Block>,
    /// Where calls stand among the blocks.
    calls: BTreeMap<u32, usize>,
}

/// A block of content. What belongs together is put together, in whichever order it came.
enum Block {
    Text {
        text: String,
        /// As JSON, with commas between.
        citations: Vec<u8>,
    },
    Thinking {
        text: String,
        signature: String,
    },
    Redacted(String),
    Call {
        id: String,
        name: String,
        arguments: String,
    },
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text(..)",
            Self::Thinking { .. } => "Thinking(..)",
            Self::Redacted(_) => "Redacted(..)",
            Self::Call { .. } => "Call(..)",
        })
    }
}

impl Message {
    pub(super) fn new(opening: Opening) -> Self {
        Self {
            head: Head::new(&opening),
            id: opening.id,
            shows_thinking: opening.shows_thinking,
            blocks: Vec::new(),
            calls: BTreeMap::new(),
        }
    }

    fn say(&mut self, more: &str) {
        match self.blocks.last_mut() {
            Some(Block::Text { text, .. }) => text.push_str(more),
            _ if more.is_empty() => {}
            _ => self.blocks.push(Block::Text {
                text: more.to_owned(),
                citations: Vec::new(),
            }),
        }
    }

    fn think(&mut self, more: &str) {
        match self.blocks.last_mut() {
            // One that is signed is complete.
            Some(Block::Thinking { text, signature }) if signature.is_empty() => {
                text.push_str(more);
            }
            _ if more.is_empty() => {}
            _ => self.blocks.push(Block::Thinking {
                text: more.to_owned(),
                signature: String::new(),
            }),
        }
    }

    fn sign(&mut self, of: Signed, mark: &str) {
        match (of, self.blocks.last_mut()) {
            (Signed::Thinking, Some(Block::Thinking { signature, .. })) => {
                signature.push_str(mark);
            }
            (Signed::Thinking, _) => self.blocks.push(Block::Thinking {
                text: String::new(),
                signature: mark.to_owned(),
            }),
            (Signed::Redacted, _) => self.blocks.push(Block::Redacted(mark.to_owned())),
            (Signed::Call(_) | Signed::Text, _) => {}
        }
    }

    fn cite(&mut self, citation: &Citation<'_>) {
        let texts = self.blocks.iter_mut().rev();
        let last = texts.filter_map(|block| match block {
            Block::Text { citations, .. } => Some(citations),
            _ => None,
        });
        if let (Some(url), Some(citations)) = (&citation.url, last.into_iter().next()) {
            if !citations.is_empty() {
                citations.push(b',');
            }
            cited(url, citation, citations);
        }
    }

    fn arguments(&mut self, call: u32, json: &str) {
        let at = self.calls.get(&call).copied();
        let block = at.and_then(|at| self.blocks.get_mut(at));
        if let Some(Block::Call { arguments, .. }) = block {
            arguments.push_str(json);
        }
    }

    fn content(&self, out: &mut Vec<u8>) {
        let mut content = Array::begin(out);
        for block in &self.blocks {
            let mut object = Object::begin(content.item());
            match block {
                Block::Text { text, citations } => {
                    object.text("type", "text");
                    object.text("text", text);
                    if !citations.is_empty() {
                        let out = object.member("citations");
                        out.push(b'[');
                        out.extend_from_slice(citations);
                        out.push(b']');
                    }
                }
                Block::Thinking { text, signature } => {
                    object.text("type", "thinking");
                    object.text("thinking", text);
                    object.text("signature", signature);
                }
                Block::Redacted(data) => {
                    object.text("type", "redacted_thinking");
                    object.text("data", data);
                }
                Block::Call {
                    id,
                    name,
                    arguments,
                    ..
                } => {
                    object.text("type", "tool_use");
                    object.text("id", id);
                    object.text("name", name);
                    input(arguments, object.member("input"));
                }
            }
            object.end();
        }
        content.end();
    }
}

impl Sink for Message {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Begin { id, model } => self.head.begin(id.as_deref(), model.as_deref()),
            Delta::Text { choice: 0, text } | Delta::Refusal { choice: 0, text } => {
                self.say(&text);
            }
            Delta::Thinking { choice: 0, text } if self.shows_thinking => self.think(&text),
            Delta::Signature {
                choice: 0,
                of,
                signature,
            } if self.shows_thinking => self.sign(of, &signature),
            Delta::Citation {
                choice: 0,
                citation,
            } => self.cite(&citation),
            Delta::ToolCall {
                choice: 0,
                call,
                id,
                name,
            } => {
                let id = call_id(&self.id, call, id);
                self.calls.entry(call).or_insert(self.blocks.len());
                self.blocks.push(Block::Call {
                    id,
                    name: name.into_owned(),
                    arguments: String::new(),
                });
            }
            Delta::Arguments {
                choice: 0,
                call,
                json,
            } => self.arguments(call, &json),
            Delta::End { choice: 0, ended } => self.head.end(&ended),
            Delta::Usage(usage) => self.head.used(usage),
            _ => {}
        }
    }
}

impl Writer for Message {
    fn has_said(&self) -> bool {
        false
    }

    fn written(&mut self) -> Bytes {
        Bytes::new()
    }

    fn end(&mut self) -> Bytes {
        let mut out = Vec::new();
        let mut message = Object::begin(&mut out);
        self.head.open(&mut message);
        self.content(message.member("content"));
        self.head.why(!self.calls.is_empty(), &mut message);
        self.head.usage(true, message.member("usage"));
        message.end();
        out.into()
    }

    fn fail(&mut self, _: &Refusal) -> Bytes {
        Bytes::new()
    }
}

/// A source on the web, in the one form of citation that has an address.
pub(super) fn cited(url: &str, citation: &Citation<'_>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.text("type", "web_search_result_location");
    object.text("cited_text", citation.quote.as_deref().unwrap_or_default());
    object.text("encrypted_index", "");
    object.text_or_null("title", citation.title.as_deref());
    object.text("url", url);
    object.end();
}

/// The id of a call: the one it has, where the form takes it.
pub(super) fn call_id(answer: &str, call: u32, id: Option<Cow<'_, str>>) -> String {
    match id {
        Some(id) => ids::fitting(&id, ToolIds::Any).into_owned(),
        None => ids::of_call(answer, 0, call),
    }
}

/// A call's arguments as an object, whatever they are.
fn input(arguments: &str, out: &mut Vec<u8>) {
    let arguments = arguments.trim_ascii();
    if arguments.is_empty() {
        return out.extend_from_slice(b"{}");
    }
    let is_object =
        arguments.starts_with('{') && serde_json::from_str::<IgnoredAny>(arguments).is_ok();
    if is_object {
        return out.extend_from_slice(arguments.as_bytes());
    }
    out.extend_from_slice(b"{\"_raw\":");
    json::string(out, arguments);
    out.push(b'}');
}
