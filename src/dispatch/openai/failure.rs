use http::StatusCode;

use crate::{
    dispatch::{codes, phrases::Front},
    observe::FailureClass,
};

/// What kind of failure an error code is, where the code says more than a status does.
///
/// Codes of OpenAI and of providers that are compatible with it; numbers are Z.ai's.
pub(super) fn of_code(code: &str) -> Option<FailureClass> {
    Some(match code {
        "context_length_exceeded"
        | "exceed_context_size_error"
        | "string_above_max_length"
        | "prompt_too_long" => FailureClass::ContextTooLong,
        "content_filter" | "content_policy_violation" | "moderation_blocked" => {
            FailureClass::Filtered
        }
        "unsupported_parameter" | "unsupported_value" => FailureClass::Unsupported,
        // A country is barred for the whole account, as if there were no key.
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "insufficient_balance"
        | "invalid_api_key"
        | "account_deactivated"
        | "unsupported_country_region_territory" => FailureClass::Credential,
        "rate_limit_exceeded" => FailureClass::Rate,
        "model_not_found"
        | "model_not_available"
        | "model_decommissioned"
        | "invalid_model"
        | "DeploymentNotFound" => FailureClass::ModelGone,
        "server_error"
        | "internal_error"
        | "overloaded_error"
        | "engine_overloaded"
        | "overloaded"
        | "service_unavailable"
        | "unavailable_error" => FailureClass::Provider,
        _ => return codes::of_zai(code),
    })
}

/// A code that is the status which a provider behind a proxy has answered.
pub(super) fn of_status(code: i64) -> Option<FailureClass> {
    let status = StatusCode::from_u16(u16::try_from(code).ok()?).ok()?;
    let fails = status.is_client_error() || status.is_server_error();
    fails.then(|| FailureClass::of_status(status))
}

/// What a type stands for that a status says better; within a stream there is none.
pub(super) fn of_type(kind: &str) -> Option<FailureClass> {
    Some(match kind {
        "invalid_request_error"
        | "invalid_request"
        | "bad_request_error"
        | "BadRequestError"
        | "UnprocessableEntityError" => FailureClass::Caller,
        "authentication_error"
        | "AuthenticationError"
        | "permission_error"
        | "access_denied"
        | "billing_error" => FailureClass::Credential,
        "not_found_error" | "NotFoundError" => FailureClass::ModelGone,
        "rate_limit_error" | "RateLimitError" | "requests" | "tokens" => FailureClass::Rate,
        _ => return None,
    })
}

/// What a message says that neither code nor type does. Providers that are compatible in all else have codes of their
/// own, or none.
pub(super) fn of_message(message: &str) -> Option<FailureClass> {
    const TOO_LONG: [&str; 9] = [
        "maximum context length",
        "maximum prompt length",
        "context length exceeded",
        "exceeds the context window",
        "prompt is too long",
        "exceeds the available context size",
        "exceeded model token limit",
        "input is too long for requested model",
        "tokens + `max_new_tokens` must be",
    ];
    const GONE: [&str; 2] = ["model not exist", "has been decommissioned"];
    const MONEY: [&str; 1] = ["insufficient balance"];
    let front = Front::of(message);
    if front.says(&TOO_LONG) {
        Some(FailureClass::ContextTooLong)
    } else if front.says(&GONE) {
        Some(FailureClass::ModelGone)
    } else if front.says(&MONEY) {
        Some(FailureClass::Credential)
    } else {
        None
    }
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
        assert_eq!(of_status(429), Some(FailureClass::Rate));
        assert_eq!(of_status(402), Some(FailureClass::Credential));
        assert_eq!(of_status(400), Some(FailureClass::Caller));
        for number in [i64::MIN, -1, 0, 200, 307, 600, 1_302, 65_936, i64::MAX] {
            assert_eq!(of_status(number), None, "{number}");
        }
    }

    #[test]
    fn a_message_tells_what_no_code_does() {
        let long = Some(FailureClass::ContextTooLong);
        for message in [
            "This model's maximum context length is 4096 tokens. However, you requested",
            "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
            "Your request exceeded model token limit: 8192",
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193.",
        ] {
            assert_eq!(of_message(message), long, "{message}");
        }
        assert_eq!(of_message("Model Not Exist"), Some(FailureClass::ModelGone));
        let quoted = format!("{}maximum context length", "é".repeat(200));
        assert_eq!(of_message(&quoted), None, "words of the prompt");
        assert_eq!(of_message(""), None);
    }
}
