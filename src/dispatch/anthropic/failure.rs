//! Anthropic's words for failures, and what each means.

use crate::{
    dispatch::{codes, phrases::Front},
    observe::FailureClass,
};

/// What kind of failure an error is, as far as its type, its code and its message tell. Anthropic's own have no code;
/// those of others who speak its format have one that says more than the type.
pub(super) fn of(kind: &str, code: &str, message: &str) -> Option<FailureClass> {
    let numbered = codes::of_zai(code).or_else(|| codes::of_zai(kind));
    if numbered.is_some() {
        return numbered;
    }
    Some(match kind {
        "request_too_large" => FailureClass::Caller,
        "authentication_error" | "permission_error" | "billing_error" => FailureClass::Credential,
        "not_found_error" => FailureClass::ModelGone,
        "rate_limit_error" => FailureClass::Rate,
        "api_error" | "overloaded_error" | "timeout_error" => FailureClass::Provider,
        // `invalid_request_error` too: it comes with many a status.
        _ => return of_message(message),
    })
}

/// What a type stands for that a status says better; within a stream there is none.
pub(super) fn in_band(kind: &str) -> Option<FailureClass> {
    (kind == "invalid_request_error").then_some(FailureClass::Caller)
}

/// One type stands for all that is wrong with a request, and for some that is not: the message tells.
fn of_message(message: &str) -> Option<FailureClass> {
    const TOO_LONG: [&str; 4] = [
        "prompt is too long",
        "exceed context limit",
        "exceeds the maximum number of tokens",
        "maximum context length",
    ];
    const MONEY: [&str; 3] = [
        "credit balance is too low",
        "api usage limits",
        "insufficient balance",
    ];
    const FILTER: [&str; 2] = ["content filtering policy", "usage policy"];
    const NOT_THIS_MODEL: [&str; 4] = [
        "does not support",
        "not supported",
        "is deprecated for this model",
        "not available for this model",
    ];
    let front = Front::of(message);
    if front.says(&TOO_LONG) {
        Some(FailureClass::ContextTooLong)
    } else if front.says(&MONEY) {
        Some(FailureClass::Credential)
    } else if front.says(&FILTER) {
        Some(FailureClass::Filtered)
    } else if front.says(&NOT_THIS_MODEL) {
        Some(FailureClass::Unsupported)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_type_is_told_apart_by_its_message() {
        let of = |message| of("invalid_request_error", "", message);
        for (message, class) in [
            (
                "prompt is too long: 210000 tokens > 200000 maximum",
                FailureClass::ContextTooLong,
            ),
            (
                "Your credit balance is too low to access the Anthropic API.",
                FailureClass::Credential,
            ),
            (
                "Output blocked by content filtering policy",
                FailureClass::Filtered,
            ),
            (
                "This model does not support assistant message prefill.",
                FailureClass::Unsupported,
            ),
        ] {
            assert_eq!(of(message), Some(class), "{message}");
        }
        let quoted = format!("messages.0: {}prompt is too long", "é".repeat(200));
        assert_eq!(of(&quoted), None);
        assert_eq!(of("max_tokens: Field required"), None, "the status tells");
    }

    #[test]
    fn types_tell_and_unknown_ones_do_not() {
        let none = |kind| of(kind, "", "");
        assert_eq!(none("overloaded_error"), Some(FailureClass::Provider));
        assert_eq!(none("rate_limit_error"), Some(FailureClass::Rate));
        assert_eq!(none("strange_error"), None);
    }

    #[test]
    fn others_have_codes_that_say_more() {
        let spent = of("rate_limit_error", "1113", "Insufficient balance");
        assert_eq!(spent, Some(FailureClass::Credential));
        assert_eq!(of("1302", "", ""), Some(FailureClass::Rate));
        let balance = of("unknown_error", "", "Insufficient Balance");
        assert_eq!(balance, Some(FailureClass::Credential));
    }
}
