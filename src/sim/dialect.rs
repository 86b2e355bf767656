/// The API that a provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenAI's chat completions, at `/v1/chat/completions`.
    #[default]
    OpenAi,
    /// Anthropic's messages, at `/v1/messages`.
    Anthropic,
    /// Google's Gemini, at `/v1beta/models/{model}:generateContent` and its like.
    Gemini,
}

impl Dialect {
    /// The name that a marker in a prompt may call it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
        }
    }

    /// What comes between the address and the paths in the base URL of the vendor's own clients.
    pub(crate) fn base_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1",
            Self::Anthropic | Self::Gemini => "",
        }
    }
}
