use serde::Serialize;

use super::{Refusal, RefusalKind};

/// OpenAI's `type` and `code`.
const fn words(kind: RefusalKind) -> (&'static str, Option<&'static str>) {
    match kind {
        RefusalKind::Malformed
        | RefusalKind::Slow
        | RefusalKind::TooLarge
        | RefusalKind::Upgrade => ("invalid_request_error", None),
        RefusalKind::Unsupported => ("invalid_request_error", Some("unsupported_parameter")),
        RefusalKind::TooDear => ("invalid_request_error", Some("max_cost_exceeded")),
        RefusalKind::ContextTooLong => ("invalid_request_error", Some("context_length_exceeded")),
        RefusalKind::UnknownModel => ("invalid_request_error", Some("model_not_found")),
        RefusalKind::UnknownPath => ("invalid_request_error", Some("unknown_url")),
        RefusalKind::Unauthorized => ("invalid_request_error", Some("invalid_api_key")),
        RefusalKind::Spent => ("insufficient_quota", Some("insufficient_quota")),
        RefusalKind::Held | RefusalKind::RateLimited => ("requests", Some("rate_limit_exceeded")),
        RefusalKind::Misconfigured => ("server_error", Some("misconfigured")),
        RefusalKind::Failed => ("server_error", None),
        RefusalKind::Upstream => ("server_error", Some("bad_gateway")),
        RefusalKind::Unavailable => ("server_error", Some("service_unavailable")),
        RefusalKind::TimedOut => ("server_error", Some("timeout")),
        RefusalKind::NotCached => ("invalid_request_error", Some("not_cached")),
        RefusalKind::KeyReused => ("invalid_request_error", Some("idempotency_key_reused")),
        RefusalKind::InFlight => ("invalid_request_error", Some("idempotency_key_in_use")),
        RefusalKind::NotKept => ("invalid_request_error", Some("idempotency_key_used")),
        RefusalKind::Scored => ("invalid_request_error", Some("already_scored")),
        RefusalKind::Unanswered => ("invalid_request_error", Some("not_answered")),
    }
}

pub(super) fn body(refusal: &Refusal) -> Vec<u8> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        error: Error<'a>,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        message: &'a str,
        r#type: &'a str,
        param: Option<&'a str>,
        code: Option<&'a str>,
    }
    let (r#type, code) = words(refusal.kind());
    let error = Error {
        message: refusal.message(),
        r#type,
        param: refusal.param(),
        code,
    };
    serde_json::to_vec(&Envelope { error }).unwrap_or_default()
}
