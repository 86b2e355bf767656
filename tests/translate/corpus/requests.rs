//! Which requests a dialect has no words for, and the field that its caller is told.

use crate::way::Vendor::{self, Anthropic, Gemini, OpenAi};

/// Caller, case, dialects, field. Everything else is sent.
pub(super) const REFUSED: &[(Vendor, &str, &[Vendor], &str)] = &[
    (OpenAi, "assistant_first", &[Anthropic, Gemini], "messages"),
    (OpenAi, "prefill", &[Gemini], "messages"),
    (OpenAi, "image_remote", &[Gemini], "messages"),
    (OpenAi, "audio", &[Anthropic], "messages"),
    (
        OpenAi,
        "tool_orphan_result",
        &[Anthropic, Gemini],
        "messages",
    ),
    (
        OpenAi,
        "tool_arguments_no_json",
        &[Anthropic, Gemini],
        "messages[1].tool_calls[0]",
    ),
    (OpenAi, "tool_unanswered", &[Anthropic, Gemini], "messages"),
    (OpenAi, "serial", &[Gemini], "parallel_tool_calls"),
    (OpenAi, "functions_legacy", &[Gemini], "functions"),
    (OpenAi, "format_object", &[Anthropic], "response_format"),
    (OpenAi, "stop_blank", &[Anthropic], "stop"),
    (OpenAi, "temperature_high", &[Anthropic], "temperature"),
    (OpenAi, "penalties", &[Anthropic], "presence_penalty"),
    (OpenAi, "logit_bias", &[Anthropic, Gemini], "logit_bias"),
    (OpenAi, "choices", &[Anthropic], "n"),
    (OpenAi, "logprobs", &[Anthropic, Gemini], "logprobs"),
    (OpenAi, "tool_custom", &[Anthropic, Gemini], "tools"),
    (OpenAi, "unknown_member", &[Anthropic, Gemini], "wishes"),
    (Anthropic, "prefill", &[OpenAi, Gemini], "messages"),
    (Anthropic, "image_remote", &[Gemini], "messages"),
    (
        Anthropic,
        "tool_orphan_result",
        &[OpenAi, Gemini],
        "messages",
    ),
    (
        Anthropic,
        "choice_named_serial",
        &[Gemini],
        "tool_choice.disable_parallel_tool_use",
    ),
    (Anthropic, "stops_six", &[OpenAi, Gemini], "stop_sequences"),
    (Anthropic, "stops_five", &[OpenAi], "stop_sequences"),
    (Anthropic, "top_k", &[OpenAi], "top_k"),
    (Anthropic, "tool_hosted", &[OpenAi, Gemini], "tools"),
    (Gemini, "model_first", &[Anthropic], "contents"),
    (Gemini, "model_last", &[OpenAi], "contents"),
    (Gemini, "audio", &[Anthropic], "contents"),
    (Gemini, "file_of_google", &[OpenAi, Anthropic], "contents"),
    (
        Gemini,
        "tool_orphan_result",
        &[OpenAi, Anthropic],
        "contents[0]",
    ),
    (
        Gemini,
        "format_object",
        &[Anthropic],
        "generationConfig.responseMimeType",
    ),
    (Gemini, "top_k", &[OpenAi], "generationConfig.topK"),
    (
        Gemini,
        "temperature_high",
        &[Anthropic],
        "generationConfig.temperature",
    ),
    (
        Gemini,
        "penalties",
        &[Anthropic],
        "generationConfig.presencePenalty",
    ),
    (
        Gemini,
        "stops_five",
        &[OpenAi],
        "generationConfig.stopSequences",
    ),
    (
        Gemini,
        "candidates",
        &[Anthropic],
        "generationConfig.candidateCount",
    ),
    (
        Gemini,
        "cached_content",
        &[OpenAi, Anthropic],
        "cachedContent",
    ),
    (Gemini, "tool_hosted", &[OpenAi, Anthropic], "tools"),
];

/// The field for which a case is refused at a dialect.
pub(super) fn refused(caller: Vendor, name: &str, dialect: Vendor) -> Option<&'static str> {
    let of = |(who, case, dialects, _): &&(Vendor, &str, &[Vendor], &str)| {
        *who == caller && *case == name && dialects.contains(&dialect)
    };
    REFUSED.iter().find(of).map(|(.., field)| *field)
}
