/// How a top-level member of a chat request bears on routing and cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Model,
    Messages,
    Stream,
    StreamOptions,
    MaxTokens,
    MaxCompletionTokens,
    N,
    Tools,
    ToolChoice,
    Functions,
    ResponseFormat,
    ReasoningEffort,
    Logprobs,
    TopLogprobs,
    Modalities,
    Prediction,
    WebSearch,
    ServiceTier,
    /// Known, and neither its cost nor any need hangs on it.
    Harmless,
}

/// Sorted by name.
const FIELDS: &[(&str, Field)] = &[
    ("audio", Field::Harmless),
    ("cache_prompt", Field::Harmless),
    ("chat_template_kwargs", Field::Harmless),
    ("do_sample", Field::Harmless),
    ("enable_thinking", Field::Harmless),
    ("frequency_penalty", Field::Harmless),
    ("function_call", Field::Harmless),
    ("functions", Field::Functions),
    ("guided_choice", Field::Harmless),
    ("guided_grammar", Field::Harmless),
    ("guided_json", Field::Harmless),
    ("guided_regex", Field::Harmless),
    ("include_reasoning", Field::Harmless),
    ("logit_bias", Field::Harmless),
    ("logprobs", Field::Logprobs),
    ("max_completion_tokens", Field::MaxCompletionTokens),
    ("max_tokens", Field::MaxTokens),
    ("messages", Field::Messages),
    ("metadata", Field::Harmless),
    ("min_p", Field::Harmless),
    ("modalities", Field::Modalities),
    ("model", Field::Model),
    ("moderation", Field::Harmless),
    ("n", Field::N),
    ("parallel_tool_calls", Field::Harmless),
    ("prediction", Field::Prediction),
    ("presence_penalty", Field::Harmless),
    ("prompt_cache_key", Field::Harmless),
    ("prompt_cache_options", Field::Harmless),
    ("prompt_cache_retention", Field::Harmless),
    ("random_seed", Field::Harmless),
    ("reasoning_effort", Field::ReasoningEffort),
    ("reasoning_format", Field::Harmless),
    ("repetition_penalty", Field::Harmless),
    ("request_id", Field::Harmless),
    ("response_format", Field::ResponseFormat),
    ("safe_prompt", Field::Harmless),
    ("safety_identifier", Field::Harmless),
    ("seed", Field::Harmless),
    ("service_tier", Field::ServiceTier),
    ("stop", Field::Harmless),
    ("store", Field::Harmless),
    ("stream", Field::Stream),
    ("stream_options", Field::StreamOptions),
    ("structured_outputs", Field::Harmless),
    ("temperature", Field::Harmless),
    ("thinking", Field::Harmless),
    ("tool_choice", Field::ToolChoice),
    ("tool_stream", Field::Harmless),
    ("tools", Field::Tools),
    ("top_k", Field::Harmless),
    ("top_logprobs", Field::TopLogprobs),
    ("top_p", Field::Harmless),
    ("user", Field::Harmless),
    ("user_id", Field::Harmless),
    ("verbosity", Field::Harmless),
    ("web_search_options", Field::WebSearch),
];

/// The field of a name and its place in the table, for telling duplicates.
pub(super) fn find(name: &str) -> Option<(usize, Field)> {
    let letter = usize::from(name.bytes().next()?.checked_sub(b'a')?);
    let (start, end) = (STARTS.get(letter)?, STARTS.get(letter + 1)?);
    let alike = &FIELDS[usize::from(*start)..usize::from(*end)];
    let at = alike.iter().position(|(known, _)| *known == name)?;
    Some((usize::from(*start) + at, alike[at].1))
}

/// Where the names with each first letter begin in the table; one more for the end.
const STARTS: [u8; 27] = starts();

const fn starts() -> [u8; 27] {
    let mut starts = [0; 27];
    let mut at = 0;
    while at < FIELDS.len() {
        let mut later = (FIELDS[at].0.as_bytes()[0] - b'a') as usize + 1;
        while later < starts.len() {
            starts[later] += 1;
            later += 1;
        }
        at += 1;
    }
    starts
}

/// The name at a place of the table.
pub(super) fn name(at: usize) -> &'static str {
    FIELDS[at].0
}

/// The known field that a name is a variant of in another case. Some servers take such a variant for the field
/// itself, so letting it pass would send what was not priced.
pub(super) fn in_another_case(name: &str) -> Option<&'static str> {
    FIELDS
        .iter()
        .map(|(known, _)| *known)
        .find(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fits_the_bits() {
        assert!(FIELDS.is_sorted_by_key(|(name, _)| name));
        assert!(FIELDS.len() <= 64);
    }

    #[test]
    fn every_name_is_found_where_it_stands() {
        for (at, (name, field)) in FIELDS.iter().enumerate() {
            assert_eq!(find(name), Some((at, *field)));
        }
        for name in ["", "A", "zebra", "{", "é", "mode", "models", "Model"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
