use std::borrow::Cow;

use super::{Format, Message, Reasoning, Sampling, Tool, ToolChoice, caller};
use crate::query::{Api, Refusal};

/// A chat request, apart from any wire format.
///
/// The model is not part of it: a candidate of the catalog is what is asked.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The turns, in order. System prompts are turns of their own, wherever the caller's format puts them.
    pub messages: Vec<Message<'a>>,
    /// The tools on offer.
    pub tools: Vec<Tool<'a>>,
    /// Whether a tool may or must be called; `None` where the caller says nothing.
    pub tool_choice: Option<ToolChoice<'a>>,
    /// Whether several tools may be called at once; `None` where the caller says nothing.
    pub parallel_tools: Option<bool>,
    /// The form of the answer; `None` for plain text.
    pub format: Option<Format<'a>>,
    /// How tokens are drawn.
    pub sampling: Sampling<'a>,
    /// How much is thought before the answer, and whether it is shown; `None` where the caller says nothing.
    pub reasoning: Option<Reasoning<'a>>,
    /// The most tokens that the answer may have, per choice, thinking included.
    pub max_output: Option<u32>,
    /// How many answers are wanted.
    pub choices: u32,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the caller of an OpenAI stream wants the extra chunk with usage.
    pub include_usage: bool,
    /// The tools were offered as OpenAI's `functions`, so that a call is answered as a `function_call`.
    pub legacy_functions: bool,
    /// The last turn, of the model, is the beginning of the answer that is asked for: said in words where the format, or
    /// the server, has such.
    pub continues: bool,
    /// The caller's name for its own user, for the provider's abuse checks.
    pub user: Option<Cow<'a, str>>,
    /// The caller's hint as to which calls share a prefix.
    pub cache_key: Option<Cow<'a, str>>,
    /// Members of the request that say something which no other format has a word for and that can be left out without
    /// changing what is answered: `store`, `metadata`. They are told to the caller where they are dropped.
    pub extras: Vec<Cow<'static, str>>,
}

impl<'a> Request<'a> {
    /// Reads a request in the form of a caller's API.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field, where the body is no valid request, or says what this representation has no
    /// word for (a provider's own tools, files by id).
    pub fn read(api: Api, body: &'a [u8]) -> Result<Self, Refusal> {
        caller::read(api, body)
    }

    /// An empty request for one answer.
    pub(crate) fn new() -> Self {
        Self {
            choices: 1,
            ..Self::default()
        }
    }
}
