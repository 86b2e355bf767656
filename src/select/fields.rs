//! The request's fields by which callers of each API say things, for refusals that name them.

use crate::query::{Api, Capability, Feature, Vendor};

/// The request's field by which it asks for a capability.
pub(super) const fn of(capability: Capability, api: Api) -> &'static str {
    let is_google = matches!(api.vendor(), Vendor::Google);
    match capability {
        Capability::Vision | Capability::Audio | Capability::Files => turns(api),
        Capability::AudioOutput => Feature::MediaOutput.field(api),
        Capability::JsonObject | Capability::JsonSchema => Feature::JsonSchema.field(api),
        Capability::Reasoning => Feature::Reasoning.field(api),
        // Google's callers say it by the path.
        Capability::Stream if !is_google => "stream",
        Capability::N => Feature::Choices.field(api),
        Capability::Logprobs => Feature::Logprobs.field(api),
        Capability::Prediction => "prediction",
        Capability::WebSearch if matches!(api.vendor(), Vendor::OpenAi) => "web_search_options",
        Capability::Tools | Capability::WebSearch | Capability::ComputerUse => "tools",
        _ => "model",
    }
}

/// The request's field in which the turns are.
pub(super) const fn turns(api: Api) -> &'static str {
    match api.vendor() {
        Vendor::OpenAi | Vendor::Anthropic => "messages",
        Vendor::Google => "contents",
    }
}

/// The request's field that limits the output.
pub(super) const fn limit(api: Api) -> &'static str {
    match api.vendor() {
        Vendor::OpenAi => "max_completion_tokens",
        Vendor::Anthropic => "max_tokens",
        Vendor::Google => "generationConfig.maxOutputTokens",
    }
}

/// The request's field in which files are.
pub(super) const fn file(api: Api) -> &'static str {
    match api.vendor() {
        Vendor::OpenAi => "messages[].content[].file",
        Vendor::Anthropic => "messages[].content[].source",
        Vendor::Google => "contents[].parts[].inlineData",
    }
}

/// The request's field that asks for a tier with a price of its own.
pub(super) const fn tier(api: Api) -> &'static str {
    match api.vendor() {
        Vendor::OpenAi => "service_tier",
        Vendor::Anthropic => "speed",
        Vendor::Google => "serviceTier",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_is_told_its_own_field() {
        let gemini = Api::GeminiGenerate;
        assert_eq!(of(Capability::Vision, gemini), "contents");
        assert_eq!(of(Capability::N, gemini), "generationConfig.candidateCount");
        assert_eq!(
            of(Capability::Reasoning, gemini),
            "generationConfig.thinkingConfig"
        );
        assert_eq!(of(Capability::Stream, gemini), "model");
        let anthropic = Api::AnthropicMessages;
        assert_eq!(
            of(Capability::JsonSchema, anthropic),
            "output_config.format"
        );
        assert_eq!(of(Capability::WebSearch, anthropic), "tools");
        assert_eq!(of(Capability::Files, anthropic), "messages");
        assert_eq!(limit(anthropic), "max_tokens");
        let openai = Api::OpenAiChat;
        assert_eq!(of(Capability::WebSearch, openai), "web_search_options");
        assert_eq!(of(Capability::JsonObject, openai), "response_format");
        assert_eq!(of(Capability::Stream, openai), "stream");
    }
}
