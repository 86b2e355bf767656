use crate::query::Features;

/// How a model is told how much to think: formats and servers disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReasoningForm {
    /// OpenAI's `reasoning_effort`. The default of the dialect `openai`.
    Effort,
    /// `thinking = { type = "enabled" | "disabled" }`, as GLM and DeepSeek have it.
    Switch,
    /// The same, and `reasoning_effort` beside it.
    SwitchAndEffort,
    /// `chat_template_kwargs = { enable_thinking = … }`, as vLLM and llama.cpp have it.
    Template,
    /// Anthropic's adaptive thinking, with `output_config.effort`. The default of the dialect `anthropic`.
    Adaptive,
    /// A budget of tokens, as Claude before 4.6 and Gemini before 3 have it.
    Budget,
    /// Gemini's `thinkingLevel`. The default of the dialect `gemini`.
    Level,
}

impl ReasoningForm {
    /// All, by their words in a catalog.
    pub const NAMED: [(&str, Self); 7] = [
        ("effort", Self::Effort),
        ("switch", Self::Switch),
        ("switch+effort", Self::SwitchAndEffort),
        ("template", Self::Template),
        ("adaptive", Self::Adaptive),
        ("budget", Self::Budget),
        ("level", Self::Level),
    ];
}

/// Under which name a server of the OpenAI dialect takes back what its model thought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThinkingField {
    /// It does not: thinking of earlier turns is left out. The default.
    #[default]
    None,
    /// `reasoning_content`, as DeepSeek, GLM and Kimi have it.
    ReasoningContent,
    /// `reasoning`, as vLLM, Ollama and OpenRouter have it.
    Reasoning,
}

impl ThinkingField {
    /// All, by their words in a catalog.
    pub const NAMED: [(&str, Self); 3] = [
        ("none", Self::None),
        ("reasoning_content", Self::ReasoningContent),
        ("reasoning", Self::Reasoning),
    ];
}

/// Which ids of tool calls a server takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolIds {
    /// Any. The default.
    #[default]
    Any,
    /// Nine letters and digits, as Mistral's.
    Nine,
}

impl ToolIds {
    /// All, by their words in a catalog.
    pub const NAMED: [(&str, Self); 2] = [("any", Self::Any), ("nine", Self::Nine)];
}

/// How a model is asked to go on with what is there of its turn already: an answer that another has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefix {
    /// A conversation that ends with a message of the assistant's is gone on with, as at Anthropic's older models and
    /// at Gemini's.
    Message,
    /// That message says `prefix = true`, as DeepSeek has it.
    Flag,
    /// The same, and the answer repeats what was there before it goes on, as Mistral has it.
    Echo,
    /// The request says `continue_final_message = true` and `add_generation_prompt = false`, as vLLM has it.
    FinalMessage,
}

impl Prefix {
    /// All, by their words in a catalog.
    pub const NAMED: [(&str, Self); 4] = [
        ("message", Self::Message),
        ("prefix_flag", Self::Flag),
        ("prefix_echo", Self::Echo),
        ("continue_final_message", Self::FinalMessage),
    ];
}

/// How a server departs from its dialect; what a catalog says of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Variant {
    pub(super) reasoning: Option<ReasoningForm>,
    pub(super) thinking_field: ThinkingField,
    pub(super) tool_ids: ToolIds,
    pub(super) prefix: Option<Prefix>,
    pub(super) lacks: Features,
    pub(super) key_header: Option<http::HeaderName>,
    pub(super) query: Option<Box<str>>,
}
