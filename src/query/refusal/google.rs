use http::StatusCode;
use serde::Serialize;

use super::{Refusal, RefusalKind, refusal::whole_seconds};

/// Google's word for a kind of error (google.rpc.Code).
const fn word(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Malformed
        | RefusalKind::Slow
        | RefusalKind::TooLarge
        | RefusalKind::Unsupported
        | RefusalKind::ContextTooLong
        | RefusalKind::TooDear
        | RefusalKind::KeyReused => "INVALID_ARGUMENT",
        RefusalKind::Upgrade | RefusalKind::NotCached => "FAILED_PRECONDITION",
        // The two words that go with 409.
        RefusalKind::InFlight | RefusalKind::Unanswered => "ABORTED",
        RefusalKind::NotKept | RefusalKind::Scored => "ALREADY_EXISTS",
        RefusalKind::UnknownModel | RefusalKind::UnknownPath => "NOT_FOUND",
        RefusalKind::Unauthorized => "UNAUTHENTICATED",
        RefusalKind::Spent | RefusalKind::Held | RefusalKind::RateLimited => "RESOURCE_EXHAUSTED",
        RefusalKind::Misconfigured | RefusalKind::Failed => "INTERNAL",
        RefusalKind::Upstream | RefusalKind::Unavailable => "UNAVAILABLE",
        RefusalKind::TimedOut => "DEADLINE_EXCEEDED",
    }
}

pub(super) const fn status(kind: RefusalKind) -> StatusCode {
    kind.status()
}

pub(super) fn body(refusal: &Refusal) -> Vec<u8> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        error: Error<'a>,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        code: u16,
        message: &'a str,
        status: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        details: Vec<Detail<'a>>,
    }
    #[derive(Serialize)]
    #[serde(tag = "@type")]
    enum Detail<'a> {
        #[serde(
            rename = "type.googleapis.com/google.rpc.BadRequest",
            rename_all = "camelCase"
        )]
        BadRequest {
            field_violations: [Violation<'a>; 1],
        },
        #[serde(
            rename = "type.googleapis.com/google.rpc.RetryInfo",
            rename_all = "camelCase"
        )]
        RetryInfo { retry_delay: String },
    }
    #[derive(Serialize)]
    struct Violation<'a> {
        field: &'a str,
        description: &'a str,
    }
    let message = refusal.message();
    let field = refusal.param().map(|field| Detail::BadRequest {
        field_violations: [Violation {
            field,
            description: message,
        }],
    });
    let after = refusal.retry_after().map(|after| Detail::RetryInfo {
        retry_delay: format!("{}s", whole_seconds(after)),
    });
    let error = Error {
        code: status(refusal.kind()).as_u16(),
        message,
        status: word(refusal.kind()),
        details: field.into_iter().chain(after).collect(),
    };
    serde_json::to_vec(&Envelope { error }).unwrap_or_default()
}
