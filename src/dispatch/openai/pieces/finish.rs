use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::Text;
use crate::chat::{Ended, Finish};

/// Why a choice ended, of a word that is no fault's. `called` and `refused` are what it has said before: servers end a
/// choice that calls tools with any word.
pub(super) fn ended<'a>(
    word: &str,
    stop: Option<&'a RawValue>,
    called: bool,
    refused: bool,
) -> Ended<'a> {
    // A number is a token's.
    let stop = stop.and_then(|raw| match raw.get().starts_with('"') {
        true => Text::deserialize(&mut serde_json::Deserializer::from_str(raw.get())).ok(),
        false => None,
    });
    let stop = stop.map(|Text(text)| text).filter(|text| !text.is_empty());
    let finish = match word {
        "length" | "model_length" | "max_tokens" | "MAX_TOKENS" => Finish::Length,
        "model_context_window_exceeded" => Finish::Context,
        "content_filter" | "sensitive" if refused => Finish::Refused,
        "content_filter" | "sensitive" => Finish::Filtered,
        "refusal" => Finish::Refused,
        "tool_calls" | "function_call" | "tool_use" => Finish::ToolCalls,
        _ if called => Finish::ToolCalls,
        _ if refused => Finish::Refused,
        _ if stop.is_some() => Finish::StopText,
        _ => Finish::Stop,
    };
    let mut ended = Ended::new(finish);
    if finish == Finish::StopText {
        ended.stop = stop;
    }
    ended
}
