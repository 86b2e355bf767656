use crate::chat::Finish;

/// The word for why a choice ended; `None` where the answer is none. `refused` is whether the model has declined in
/// words, which is how OpenAI tells it.
pub(super) const fn word(finish: Finish, refused: bool, legacy: bool) -> Option<&'static str> {
    Some(match finish {
        Finish::Stop | Finish::StopText => "stop",
        // There is no word for a pause; what came is not all there is.
        Finish::Length | Finish::Context | Finish::Paused => "length",
        Finish::ToolCalls if legacy => "function_call",
        Finish::ToolCalls => "tool_calls",
        Finish::Refused if refused => "stop",
        Finish::Filtered | Finish::Refused => "content_filter",
        Finish::Fault => return None,
    })
}
