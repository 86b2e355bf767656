//! The shapes of an answer of generateContent.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Number, value::RawValue};

use crate::dispatch::Unreadable;

/// Text that is copied only where it has escapes; within an `Option`, a bare `Cow` always is.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// What of an optional text is there; nothing where it is not.
pub(super) fn text<'t>(text: &'t Option<Text<'_>>) -> &'t str {
    text.as_ref().map_or("", |Text(text)| text)
}

/// An answer: the whole of it, or an event of a stream with what has come since the last one.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Response<'a> {
    #[serde(borrow)]
    pub(super) candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow)]
    pub(super) prompt_feedback: Option<PromptFeedback<'a>>,
    pub(super) usage_metadata: Option<IgnoredAny>,
    #[serde(borrow)]
    pub(super) model_version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) response_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PromptFeedback<'a> {
    #[serde(borrow)]
    pub(super) block_reason: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) block_reason_message: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Candidate<'a> {
    pub(super) index: Option<u32>,
    #[serde(borrow)]
    pub(super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) finish_message: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) grounding_metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) citation_metadata: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Content<'a> {
    #[serde(borrow)]
    pub(super) parts: Option<Vec<Part<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Part<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    pub(super) thought: Option<bool>,
    #[serde(borrow)]
    pub(super) thought_signature: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) function_call: Option<FunctionCall<'a>>,
    // What follows says something that no other format has words for.
    #[serde(borrow)]
    inline_data: Option<&'a RawValue>,
    #[serde(borrow)]
    file_data: Option<&'a RawValue>,
    #[serde(borrow)]
    executable_code: Option<&'a RawValue>,
    #[serde(borrow)]
    code_execution_result: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_call: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_response: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FunctionCall<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) partial_args: Option<Vec<PartialArg<'a>>>,
    pub(super) will_continue: Option<bool>,
}

/// A piece of a call's arguments, and its place among them.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PartialArg<'a> {
    #[serde(borrow)]
    pub(super) json_path: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) string_value: Option<Text<'a>>,
    pub(super) number_value: Option<Number>,
    pub(super) bool_value: Option<bool>,
    pub(super) will_continue: Option<bool>,
}

impl Candidate<'_> {
    /// Whether it says something that has no bytes of content.
    pub(super) fn says_more(&self) -> bool {
        let parts = self.content.iter().filter_map(|it| it.parts.as_ref());
        let mut parts = parts.flatten();
        parts.any(|part| !text(&part.thought_signature).is_empty() || part.function_call.is_some())
            || self.grounding_metadata.is_some()
            || self.citation_metadata.is_some()
            || !text(&self.finish_reason).is_empty()
    }
}

impl Part<'_> {
    /// Bytes of content, its signature aside, which is nobody's words.
    pub(super) fn bytes(&self) -> u64 {
        let others = [
            self.inline_data,
            self.file_data,
            self.executable_code,
            self.code_execution_result,
            self.tool_call,
            self.tool_response,
        ];
        let others = others.into_iter().flatten().map(|raw| raw.get().len());
        let call = self.function_call.as_ref().map_or(0, FunctionCall::bytes);
        (text(&self.text).len() + call + others.sum::<usize>()) as u64
    }
}

impl FunctionCall<'_> {
    fn bytes(&self) -> usize {
        let pieces = self.partial_args.iter().flatten().map(PartialArg::bytes);
        let args = self.args.map_or(0, |args| args.get().len());
        text(&self.name).len() + args + pieces.sum::<usize>()
    }
}

impl PartialArg<'_> {
    /// A path is a name or two and some punctuation: as much as the model writes of it.
    fn bytes(&self) -> usize {
        text(&self.json_path).len() + text(&self.string_value).len()
    }
}

/// Answers or errors: an object, or a list of them, which is how errors come where no events were asked for.
pub(super) fn read(json: &[u8]) -> Result<Vec<Response<'_>>, Unreadable> {
    // Looked at once as a whole, and not string by string.
    let json = std::str::from_utf8(json).map_err(|_| Unreadable)?;
    match json.trim_ascii_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str(json).map(|one| vec![one]),
        Some(b'[')
            if json.trim_ascii_start()[1..]
                .trim_ascii_start()
                .starts_with('{') =>
        {
            serde_json::from_str(json)
        }
        _ => return Err(Unreadable),
    }
    .map_err(|_| Unreadable)
}
