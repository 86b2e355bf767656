use crate::query::Api;

/// What an answer's writer has to know before the first piece comes.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// In whose form.
    pub(crate) api: Api,
    /// What the answer's id is made of where the provider gives none, and its tool calls' ids: letters and digits.
    pub(crate) id: Box<str>,
    /// The model that is named until the provider names one.
    pub(crate) model: Box<str>,
    /// Seconds since 1970.
    pub(crate) created: u64,
    /// Whether the answer is streamed.
    pub(crate) stream: bool,
    /// Whether an OpenAI stream ends with the extra chunk with usage.
    pub(crate) include_usage: bool,
    /// Whether what was thought is shown.
    pub(crate) shows_thinking: bool,
    /// Whether an OpenAI caller knows `function_call` and no `tool_calls`:
    /// [`Request::legacy_functions`](crate::chat::Request::legacy_functions).
    pub(crate) legacy_functions: bool,
    /// How many choices were asked for.
    pub(crate) choices: u32,
}
