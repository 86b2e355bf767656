use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    content::{Content, Words},
    text::Text,
};
use crate::dispatch::usage::Lenient;

/// A chunk of a stream, or a whole answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Said<'a>>>,
}

/// What is said of a choice.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said<'a> {
    pub(super) index: Option<u32>,
    #[serde(borrow)]
    pub(super) delta: Option<Message<'a>>,
    /// In whole answers; some providers repeat in it what a stream has said so far.
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
    /// The stop text that it came to, where vLLM's servers say it.
    #[serde(borrow)]
    pub(super) stop_reason: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) content: Content<'a>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) reasoning_content: Words<'a>,
    #[serde(borrow)]
    pub(super) reasoning: Words<'a>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<Vec<Call<'a>>>,
    #[serde(borrow)]
    pub(super) function_call: Lenient<Function<'a>>,
    #[serde(borrow)]
    pub(super) annotations: Option<Vec<Lenient<Annotation<'a>>>>,
}

/// A call, or a piece of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    pub(super) index: Option<u32>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) function: Lenient<Function<'a>>,
    #[serde(borrow)]
    pub(super) custom: Lenient<Custom<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    /// A text; at some servers an object.
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
}

/// A tool whose input is free text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Custom<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) input: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Annotation<'a> {
    #[serde(borrow)]
    pub(super) url_citation: Lenient<UrlCitation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UrlCitation<'a> {
    #[serde(borrow)]
    pub(super) url: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) title: Option<Text<'a>>,
    /// What OpenRouter quotes.
    #[serde(borrow)]
    pub(super) content: Option<Text<'a>>,
    pub(super) start_index: Option<u64>,
    pub(super) end_index: Option<u64>,
}
