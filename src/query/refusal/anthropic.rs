use http::StatusCode;
use serde::Serialize;

use super::{Refusal, RefusalKind};

/// Anthropic's `type`, which goes with one status each (docs.anthropic.com/en/api/errors).
const fn word(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Malformed
        | RefusalKind::Slow
        | RefusalKind::Unsupported
        | RefusalKind::ContextTooLong
        | RefusalKind::TooDear
        | RefusalKind::Upgrade
        | RefusalKind::NotCached
        | RefusalKind::KeyReused
        | RefusalKind::InFlight
        | RefusalKind::NotKept
        | RefusalKind::Scored
        | RefusalKind::Unanswered => "invalid_request_error",
        RefusalKind::TooLarge => "request_too_large",
        RefusalKind::UnknownModel | RefusalKind::UnknownPath => "not_found_error",
        RefusalKind::Unauthorized => "authentication_error",
        RefusalKind::Spent => "billing_error",
        RefusalKind::Held | RefusalKind::RateLimited => "rate_limit_error",
        RefusalKind::Misconfigured | RefusalKind::Failed | RefusalKind::Upstream => "api_error",
        RefusalKind::Unavailable => "overloaded_error",
        RefusalKind::TimedOut => "timeout_error",
    }
}

pub(super) fn status(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Spent => StatusCode::PAYMENT_REQUIRED,
        RefusalKind::Unavailable => overloaded(),
        _ => kind.status(),
    }
}

/// 529, which no other vendor has.
fn overloaded() -> StatusCode {
    match StatusCode::from_u16(529) {
        Ok(status) => status,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

pub(super) fn body(refusal: &Refusal) -> Vec<u8> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        r#type: &'static str,
        error: Error<'a>,
        /// As the answer's header has it.
        request_id: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        r#type: &'static str,
        message: &'a str,
    }
    // Its errors have no member for the field at fault, which stands in front of the words.
    let message = refusal.message();
    let named = refusal
        .param()
        .filter(|param| !message.contains(param))
        .map(|param| format!("{param}: {message}"));
    let error = Error {
        r#type: word(refusal.kind()),
        message: named.as_deref().unwrap_or(message),
    };
    let envelope = Envelope {
        r#type: "error",
        error,
        request_id: refusal.id(),
    };
    serde_json::to_vec(&envelope).unwrap_or_default()
}
