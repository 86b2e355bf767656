use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{CacheMark, Part};

/// A function on offer.
#[derive(Clone)]
#[non_exhaustive]
pub struct Tool<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// What it does, in words.
    pub description: Option<Cow<'a, str>>,
    /// The JSON schema of its arguments; `None` for a function without any.
    pub parameters: Option<Cow<'a, RawValue>>,
    /// Whether the arguments have to follow the schema to the letter.
    pub strict: Option<bool>,
    /// The caller wants the provider to cache the prompt up to here.
    pub cache: Option<CacheMark>,
}

impl<'a> Tool<'a> {
    /// A function without arguments.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            name: name.into(),
            description: None,
            parameters: None,
            strict: None,
            cache: None,
        }
    }
}

/// Whether a tool may or must be called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice<'a> {
    /// As the model likes.
    Auto,
    /// None is called.
    None,
    /// Some tool must be called.
    Required,
    /// This one must be called.
    Named(Cow<'a, str>),
    /// One of these may be called, or must be.
    Allowed {
        /// Their names.
        names: Vec<Cow<'a, str>>,
        /// Whether one of them must be called.
        required: bool,
    },
}

/// A call of a tool that the model makes.
#[derive(Clone)]
#[non_exhaustive]
pub struct ToolCall<'a> {
    /// Its id; `None` where the format has none and results go by name and order.
    pub id: Option<Cow<'a, str>>,
    /// The tool.
    pub name: Cow<'a, str>,
    /// The arguments: the text of a JSON object. Never empty: a call without arguments has `{}`.
    pub arguments: Cow<'a, str>,
    /// What the provider wants back with it, where it signs calls.
    pub signature: Option<Cow<'a, str>>,
}

impl<'a> ToolCall<'a> {
    /// A call. `arguments` is the text of a JSON object.
    pub fn new(name: impl Into<Cow<'a, str>>, arguments: impl Into<Cow<'a, str>>) -> Self {
        Self {
            id: None,
            name: name.into(),
            arguments: arguments.into(),
            signature: None,
        }
    }
}

/// What a tool came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolResult<'a> {
    /// The id of the call, where calls have ids; else the format's own order counts.
    pub id: Option<Cow<'a, str>>,
    /// The tool, where the format says it.
    pub name: Option<Cow<'a, str>>,
    /// The result: texts, and images where the format has them. May be empty.
    pub parts: Vec<Part<'a>>,
    /// The tool failed.
    pub is_error: bool,
}

impl<'a> ToolResult<'a> {
    /// A result.
    pub const fn new(parts: Vec<Part<'a>>) -> Self {
        Self {
            id: None,
            name: None,
            parts,
            is_error: false,
        }
    }
}
