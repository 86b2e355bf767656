use http::StatusCode;

use crate::{observe::FailureClass, query::RefusalKind};

/// As what a provider's failure is told to a caller whose format is another one.
pub(super) fn kind(class: FailureClass, status: StatusCode) -> RefusalKind {
    match class {
        FailureClass::Caller if status == StatusCode::PAYLOAD_TOO_LARGE => RefusalKind::TooLarge,
        FailureClass::Caller | FailureClass::Filtered => RefusalKind::Malformed,
        FailureClass::Unsupported => RefusalKind::Unsupported,
        FailureClass::ContextTooLong => RefusalKind::ContextTooLong,
        FailureClass::Credential => match status.as_u16() {
            402 | 429 => RefusalKind::Spent,
            _ => RefusalKind::Unauthorized,
        },
        FailureClass::Rate => RefusalKind::Held,
        FailureClass::ModelGone => RefusalKind::UnknownModel,
        FailureClass::Timeout => RefusalKind::TimedOut,
        FailureClass::Malformed => RefusalKind::Upstream,
        FailureClass::Busy => RefusalKind::Unavailable,
        FailureClass::Provider => match status.as_u16() {
            503 | 529 => RefusalKind::Unavailable,
            504 => RefusalKind::TimedOut,
            502 => RefusalKind::Upstream,
            _ => RefusalKind::Failed,
        },
        FailureClass::Budget | FailureClass::Limit => RefusalKind::Spent,
    }
}

/// The status that goes with a provider's code for an error of its own, for an error that has none: within a stream.
pub(super) fn status(code: &str) -> StatusCode {
    match code {
        "overloaded_error" | "UNAVAILABLE" | "service_unavailable" | "503" | "529" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        "timeout_error" | "DEADLINE_EXCEEDED" | "timeout" | "504" => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
