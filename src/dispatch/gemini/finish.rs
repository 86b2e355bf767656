use crate::chat::Finish;

/// What a reason of ending means; `None` for no reason at all. `calls` is whether the candidate calls a function:
/// the format has no reason of its own for that.
pub(super) fn finish(word: &str, calls: bool) -> Option<Finish> {
    Some(match word {
        "" | "FINISH_REASON_UNSPECIFIED" => return None,
        "STOP" if calls => Finish::ToolCalls,
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "MODEL_ARMOR"
        | "ESCALATION"
        | "PUP_LIMITED_DISABLED" => Finish::Filtered,
        _ if word.starts_with("IMAGE_") => Finish::Filtered,
        "CONTINUATION" => Finish::Paused,
        // MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, TOO_MANY_TOOL_CALLS, MISSING_THOUGHT_SIGNATURE,
        // MALFORMED_RESPONSE, NO_IMAGE, OTHER; and what nobody knows is never taken for a good end.
        _ => Finish::Fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fault_is_a_stop() {
        assert_eq!(finish("STOP", false), Some(Finish::Stop));
        assert_eq!(finish("STOP", true), Some(Finish::ToolCalls));
        assert_eq!(finish("MAX_TOKENS", true), Some(Finish::Length));
        assert_eq!(finish("IMAGE_SAFETY", false), Some(Finish::Filtered));
        for fault in ["MALFORMED_FUNCTION_CALL", "OTHER", "SOMETHING_NEW"] {
            assert_eq!(finish(fault, true), Some(Finish::Fault), "{fault}");
        }
        assert_eq!(finish("", false), None);
    }
}
