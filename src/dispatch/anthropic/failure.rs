//! Anthropic's words for failures, and what each means.

use crate::observe::FailureClass;

/// What kind of failure an error of this type is, as far as type and message tell.
pub(super) fn of(kind: &str, message: &str) -> Option<FailureClass> {
    Some(match kind {
        "invalid_request_error" => of_message(message),
        "request_too_large" => FailureClass::Caller,
        "authentication_error" | "permission_error" | "billing_error" => FailureClass::Credential,
        "not_found_error" => FailureClass::ModelGone,
        "rate_limit_error" => FailureClass::Rate,
        "api_error" | "overloaded_error" | "timeout_error" => FailureClass::Provider,
        _ => return None,
    })
}

/// One type stands for all that is wrong with a request, and for some that is not: the message tells.
fn of_message(message: &str) -> FailureClass {
    const TOO_LONG: [&str; 3] = [
        "prompt is too long",
        "exceed context limit",
        "exceeds the maximum number of tokens",
    ];
    const MONEY: [&str; 2] = ["credit balance is too low", "api usage limits"];
    const FILTER: [&str; 2] = ["content filtering policy", "usage policy"];
    const NOT_THIS_MODEL: [&str; 4] = [
        "does not support",
        "not supported",
        "is deprecated for this model",
        "not available for this model",
    ];
    // A phrase stands at the front; what follows may be the prompt.
    let mut end = message.len().min(256);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let head = message[..end].to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| head.contains(phrase));
    if says(&TOO_LONG) {
        FailureClass::ContextTooLong
    } else if says(&MONEY) {
        FailureClass::Credential
    } else if says(&FILTER) {
        FailureClass::Filtered
    } else if says(&NOT_THIS_MODEL) {
        FailureClass::Unsupported
    } else {
        FailureClass::Caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_type_is_told_apart_by_its_message() {
        let of = |message| of("invalid_request_error", message);
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
            ("max_tokens: Field required", FailureClass::Caller),
        ] {
            assert_eq!(of(message), Some(class), "{message}");
        }
        let quoted = format!("messages.0: {}prompt is too long", "é".repeat(200));
        assert_eq!(of(&quoted), Some(FailureClass::Caller));
    }

    #[test]
    fn types_tell_and_unknown_ones_do_not() {
        assert_eq!(of("overloaded_error", ""), Some(FailureClass::Provider));
        assert_eq!(of("rate_limit_error", ""), Some(FailureClass::Rate));
        assert_eq!(of("strange_error", ""), None);
    }
}
