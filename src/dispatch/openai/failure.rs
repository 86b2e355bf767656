use http::StatusCode;

use crate::observe::FailureClass;

/// What kind of failure an error code is, where the code says more than a status does.
///
/// Codes of OpenAI and of providers that are compatible with it; numbers are Z.ai's.
pub(super) fn of_code(code: &str) -> Option<FailureClass> {
    Some(match code {
        "context_length_exceeded"
        | "exceed_context_size_error"
        | "string_above_max_length"
        | "prompt_too_long" => FailureClass::ContextTooLong,
        "content_filter" | "content_policy_violation" | "moderation_blocked" | "1301" => {
            FailureClass::Filtered
        }
        "unsupported_parameter" | "unsupported_value" | "unsupported_country_region_territory" => {
            FailureClass::Unsupported
        }
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "insufficient_balance"
        | "invalid_api_key"
        | "account_deactivated"
        | "1113"
        | "1308"
        | "1309"
        | "1310" => FailureClass::Credential,
        "rate_limit_exceeded" | "1302" | "1303" => FailureClass::Rate,
        "model_not_found" | "model_not_available" | "1211" => FailureClass::ModelGone,
        "server_error"
        | "internal_error"
        | "overloaded_error"
        | "engine_overloaded"
        | "overloaded"
        | "service_unavailable" => FailureClass::Provider,
        _ => return None,
    })
}

/// The same for a code that is a number: one of those above, or the status that a provider behind a proxy has answered.
pub(super) fn of_number(code: i64) -> Option<FailureClass> {
    let of_status = || {
        let status = StatusCode::from_u16(u16::try_from(code).ok()?).ok()?;
        let fails = status.is_client_error() || status.is_server_error();
        fails.then(|| FailureClass::of_status(status))
    };
    of_code(&code.to_string()).or_else(of_status)
}

/// Whether a message says that the prompt is too long, for providers whose code does not.
pub(super) fn says_too_long(message: &str) -> bool {
    const PHRASES: [&str; 4] = [
        "maximum context length",
        "context length exceeded",
        "prompt is too long",
        "exceeds the available context size",
    ];
    // A phrase stands at the front; what follows may be the prompt.
    let mut end = message.len().min(256);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let head = message[..end].to_ascii_lowercase();
    PHRASES.iter().any(|phrase| head.contains(phrase))
}

/// Reasons of ending that mean the provider failed in the middle; none of them is a stop.
pub(super) fn is_fault(reason: &str) -> bool {
    matches!(
        reason,
        "insufficient_system_resource" | "network_error" | "error"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_more_than_statuses() {
        assert_eq!(
            of_code("insufficient_quota"),
            Some(FailureClass::Credential)
        );
        assert_eq!(of_code("1302"), Some(FailureClass::Rate));
        assert_eq!(of_code("anything_else"), None);
        assert_eq!(of_number(1302), Some(FailureClass::Rate));
        assert_eq!(of_number(429), Some(FailureClass::Rate));
        assert_eq!(of_number(402), Some(FailureClass::Credential));
        assert_eq!(of_number(400), Some(FailureClass::Caller));
        for number in [i64::MIN, -1, 0, 200, 307, 600, 65_936, i64::MAX] {
            assert_eq!(of_number(number), None, "{number}");
        }
    }

    #[test]
    fn a_long_prompt_is_told_by_the_message_alone() {
        let vllm = "This model's maximum context length is 4096 tokens. However, you requested";
        assert!(says_too_long(vllm));
        assert!(!says_too_long(&"maximum context length".repeat(0)));
        let quoted = format!("{}maximum context length", "é".repeat(200));
        assert!(!says_too_long(&quoted), "words of the prompt prove nothing");
    }
}
