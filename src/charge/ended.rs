use http::{HeaderMap, StatusCode, response::Parts};

use crate::{budget::Hold, query::api};

/// How a call has ended, by what its answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was served.
    Served,
    /// It was not: it was refused, or failed at once.
    Failed,
    /// Nobody knows how far it came.
    Unclear,
}

impl Ended {
    /// By an answer's head; `None` where its trailers will say.
    pub(super) fn of_head(head: &Parts) -> Option<Self> {
        if api::is_grpc(&head.headers) && head.status == StatusCode::OK {
            return Self::of_headers(&head.headers);
        }
        Some(match head.status.as_u16() {
            200..=299 => Self::Served,
            // Who stands between gave up, and not who does the work.
            408 | 499 | 502 | 504 => Self::Unclear,
            _ => Self::Failed,
        })
    }

    /// By the status of a gRPC call, which stands in trailers, or in a head without a body.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?;
        Some(match code.as_bytes() {
            b"0" => Self::Served,
            // INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION,
            // OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED.
            b"3" | b"5" | b"6" | b"7" | b"8" | b"9" | b"11" | b"12" | b"13" | b"14" | b"16" => {
                Self::Failed
            }
            // CANCELLED and DEADLINE_EXCEEDED among them, which a caller can bring about once the work is done.
            _ => Self::Unclear,
        })
    }

    /// The same of a call of which something has come already: that much was done.
    pub(super) fn after_content(self) -> Self {
        match self {
            Self::Failed => Self::Unclear,
            ended => ended,
        }
    }

    /// Ends what was held for it.
    pub(super) fn end(self, hold: Hold) {
        match self {
            Self::Served => {
                let price = hold.bound();
                hold.settle(price);
            }
            Self::Failed => hold.release(),
            Self::Unclear => hold.cut(),
        }
    }
}
