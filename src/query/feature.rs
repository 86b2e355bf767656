use std::fmt;

use super::{Api, Vendor};

/// One thing that a request can say and a wire format may have no words for.
///
/// What a model [can do](super::Capability) is another matter. A candidate whose provider's format lacks the words for
/// something is left out, unless leaving it unsaid changes nothing (a `seed`, `metadata`): that is dropped, and told.
/// A caller whose own format is the provider's needs no words: its bytes pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Feature {
    /// A temperature.
    Temperature,
    /// A temperature above 1.
    HighTemperature,
    /// `top_p`.
    TopP,
    /// `top_k`.
    TopK,
    /// A presence or frequency penalty other than 0.
    Penalties,
    /// `logit_bias` that is not empty.
    LogitBias,
    /// Any stop text.
    Stop,
    /// More than four stop texts.
    FiveStops,
    /// More than five stop texts.
    ManyStops,
    /// A stop text of nothing but white space.
    BlankStop,
    /// Log probabilities.
    Logprobs,
    /// More than one choice.
    Choices,
    /// A predicted output.
    Prediction,
    /// A system prompt after the first user turn.
    LateSystem,
    /// The conversation begins with a turn of the model's.
    AssistantFirst,
    /// The conversation ends with a turn of the model's, to be continued.
    Prefill,
    /// Tools.
    Tools,
    /// Not more than one tool at a time.
    SerialTools,
    /// Some tool must be called.
    ForcedTool,
    /// Only some of the tools may be called.
    AllowedTools,
    /// A tool whose input is free text.
    CustomTools,
    /// A tool that the provider runs itself.
    HostedTools,
    /// An image that is in the request.
    InlineImage,
    /// An image at an address that the provider is to fetch.
    RemoteImage,
    /// An image in a tool's result.
    ToolImage,
    /// Sound.
    Audio,
    /// A document that is in the request.
    Document,
    /// A document at an address that the provider is to fetch.
    RemoteDocument,
    /// Other media: video and the like.
    OtherMedia,
    /// Sound, images or the like as an answer.
    MediaOutput,
    /// An answer in JSON of any shape.
    JsonObject,
    /// An answer in JSON of a schema.
    JsonSchema,
    /// A reasoning effort, by level or as a budget of tokens.
    Reasoning,
    /// Documents are to be cited.
    Citations,
    /// State that is kept at one provider: a file by its id, a cached prompt, a container.
    State,
    /// Signed or encrypted thinking of earlier turns. Elsewhere it can be dropped.
    Signed,
    /// A member that nobody here knows.
    Unknown,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 37] = [
        Self::Temperature,
        Self::HighTemperature,
        Self::TopP,
        Self::TopK,
        Self::Penalties,
        Self::LogitBias,
        Self::Stop,
        Self::FiveStops,
        Self::ManyStops,
        Self::BlankStop,
        Self::Logprobs,
        Self::Choices,
        Self::Prediction,
        Self::LateSystem,
        Self::AssistantFirst,
        Self::Prefill,
        Self::Tools,
        Self::SerialTools,
        Self::ForcedTool,
        Self::AllowedTools,
        Self::CustomTools,
        Self::HostedTools,
        Self::InlineImage,
        Self::RemoteImage,
        Self::ToolImage,
        Self::Audio,
        Self::Document,
        Self::RemoteDocument,
        Self::OtherMedia,
        Self::MediaOutput,
        Self::JsonObject,
        Self::JsonSchema,
        Self::Reasoning,
        Self::Citations,
        Self::State,
        Self::Signed,
        Self::Unknown,
    ];

    /// The word in a catalog's `lacks`, and in explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::HighTemperature => "high_temperature",
            Self::TopP => "top_p",
            Self::TopK => "top_k",
            Self::Penalties => "penalties",
            Self::LogitBias => "logit_bias",
            Self::Stop => "stop",
            Self::FiveStops => "five_stops",
            Self::ManyStops => "many_stops",
            Self::BlankStop => "blank_stop",
            Self::Logprobs => "logprobs",
            Self::Choices => "n",
            Self::Prediction => "prediction",
            Self::LateSystem => "late_system",
            Self::AssistantFirst => "assistant_first",
            Self::Prefill => "prefill",
            Self::Tools => "tools",
            Self::SerialTools => "serial_tools",
            Self::ForcedTool => "forced_tool",
            Self::AllowedTools => "allowed_tools",
            Self::CustomTools => "custom_tools",
            Self::HostedTools => "hosted_tools",
            Self::InlineImage => "inline_image",
            Self::RemoteImage => "remote_image",
            Self::ToolImage => "tool_image",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::RemoteDocument => "remote_document",
            Self::OtherMedia => "other_media",
            Self::MediaOutput => "media_output",
            Self::JsonObject => "json_object",
            Self::JsonSchema => "json_schema",
            Self::Reasoning => "reasoning",
            Self::Citations => "citations",
            Self::State => "state",
            Self::Signed => "signed",
            Self::Unknown => "unknown",
        }
    }

    /// The feature of a word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The request's field by which a caller of an API says it.
    pub const fn field(self, api: Api) -> &'static str {
        match (self, api.vendor()) {
            (Self::Temperature | Self::HighTemperature, Vendor::Google) => {
                "generationConfig.temperature"
            }
            (Self::Temperature | Self::HighTemperature, _) => "temperature",
            (Self::TopP, Vendor::Google) => "generationConfig.topP",
            (Self::TopP, _) => "top_p",
            (Self::TopK, Vendor::Google) => "generationConfig.topK",
            (Self::TopK, _) => "top_k",
            (Self::Penalties, Vendor::Google) => "generationConfig.presencePenalty",
            (Self::Penalties, _) => "presence_penalty",
            (Self::LogitBias, _) => "logit_bias",
            (Self::Stop | Self::FiveStops | Self::ManyStops | Self::BlankStop, vendor) => {
                match vendor {
                    Vendor::OpenAi => "stop",
                    Vendor::Anthropic => "stop_sequences",
                    Vendor::Google => "generationConfig.stopSequences",
                }
            }
            (Self::Logprobs, Vendor::Google) => "generationConfig.responseLogprobs",
            (Self::Logprobs, _) => "logprobs",
            (Self::Choices, Vendor::Google) => "generationConfig.candidateCount",
            (Self::Choices, _) => "n",
            (Self::Prediction, _) => "prediction",
            (Self::Tools | Self::CustomTools | Self::HostedTools, _) => "tools",
            (Self::SerialTools, Vendor::Anthropic) => "tool_choice.disable_parallel_tool_use",
            (Self::SerialTools, _) => "parallel_tool_calls",
            (Self::ForcedTool | Self::AllowedTools, Vendor::Google) => {
                "toolConfig.functionCallingConfig"
            }
            (Self::ForcedTool | Self::AllowedTools, _) => "tool_choice",
            (Self::MediaOutput, Vendor::Google) => "generationConfig.responseModalities",
            (Self::MediaOutput, _) => "modalities",
            (Self::JsonObject | Self::JsonSchema, vendor) => match vendor {
                Vendor::OpenAi => "response_format",
                Vendor::Anthropic => "output_config.format",
                Vendor::Google => "generationConfig.responseMimeType",
            },
            (Self::Reasoning, vendor) => match vendor {
                Vendor::OpenAi => "reasoning_effort",
                Vendor::Anthropic => "thinking",
                Vendor::Google => "generationConfig.thinkingConfig",
            },
            (Self::State, Vendor::Google) => "cachedContent",
            (_, Vendor::Google) => "contents",
            (_, _) => "messages",
        }
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of [`Feature`]s: what a request says, or what a format has words for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Features(u64);

impl Features {
    /// None.
    pub const NONE: Self = Self(0);

    /// All, those of later versions of this crate included.
    pub const ALL: Self = Self(u64::MAX);

    /// With one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | feature.bit())
    }

    /// With one less.
    #[must_use]
    pub const fn without(self, feature: Feature) -> Self {
        Self(self.0 & !feature.bit())
    }

    /// Whether it is in the set.
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & feature.bit() != 0
    }

    /// What of this set `other` lacks.
    #[must_use]
    pub const fn missing_from(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What both have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL
            .into_iter()
            .filter(move |feature| self.has(*feature))
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(iter: I) -> Self {
        iter.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Feature::as_str))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_and_each_has_a_bit() {
        for (at, feature) in Feature::ALL.into_iter().enumerate() {
            assert_eq!(Feature::named(feature.as_str()), Some(feature));
            assert_eq!(feature as usize, at);
        }
        assert_eq!(Feature::named("temprature"), None);
        let said = Features::NONE
            .with(Feature::TopK)
            .with(Feature::Temperature);
        let words = Features::ALL.without(Feature::TopK);
        let missing: Vec<_> = said.missing_from(words).iter().collect();
        assert_eq!(missing, [Feature::TopK]);
    }
}
