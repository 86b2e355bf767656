use std::borrow::Cow;

use super::{Media, Thinking, ToolCall, ToolResult};

/// One turn.
#[derive(Clone)]
#[non_exhaustive]
pub struct Message<'a> {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order. Results of tools are parts of a user's turn.
    pub parts: Vec<Part<'a>>,
    /// The speaker's name, where several share a role.
    pub name: Option<Cow<'a, str>>,
}

impl<'a> Message<'a> {
    /// A turn.
    pub const fn new(role: Role, parts: Vec<Part<'a>>) -> Self {
        Self {
            role,
            parts,
            name: None,
        }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The operator of the app, above the user.
    System,
    /// The user, or the tools that were called for it.
    User,
    /// The model.
    Assistant,
}

/// A piece of a turn.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part<'a> {
    /// What it is.
    pub content: Content<'a>,
    /// The caller wants the provider to cache the prompt up to here.
    pub cache: Option<CacheMark>,
}

impl<'a> Part<'a> {
    /// A piece without a mark.
    pub const fn new(content: Content<'a>) -> Self {
        Self {
            content,
            cache: None,
        }
    }

    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Content::Text(text.into()))
    }
}

impl<'a> From<Content<'a>> for Part<'a> {
    fn from(content: Content<'a>) -> Self {
        Self::new(content)
    }
}

/// What a piece of a turn is.
#[derive(Clone)]
#[non_exhaustive]
pub enum Content<'a> {
    /// Words.
    Text(Cow<'a, str>),
    /// Words with which the model declined.
    Refusal(Cow<'a, str>),
    /// An image.
    Image(Media<'a>),
    /// Speech or sound.
    Audio(Media<'a>),
    /// A document: its kind says which.
    Document(Media<'a>),
    /// The model calls a tool.
    ToolCall(ToolCall<'a>),
    /// What a tool came to.
    ToolResult(ToolResult<'a>),
    /// What the model thought.
    Thinking(Thinking<'a>),
}

/// How long a marked prefix is to be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheMark {
    /// As long as the provider usually does: five minutes.
    Usual,
    /// An hour.
    Hour,
}
