use http::{HeaderMap, StatusCode, response::Parts};

use crate::{budget::Hold, query::api};

/// How a call has ended, by what its answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was served.
    Served,
    /// It was not: refused, or failed.
    Failed,
}

impl Ended {
    /// By an answer's head; `None` where its trailers will say.
    pub(super) fn of_head(head: &Parts) -> Option<Self> {
        if api::is_grpc(&head.headers) && head.status == StatusCode::OK {
            return Self::of_headers(&head.headers);
        }
        Some(match head.status.is_success() {
            true => Self::Served,
            false => Self::Failed,
        })
    }

    /// By the status of a gRPC call, which stands in trailers, or in a head without a body.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?;
        Some(match code.as_bytes() {
            b"0" => Self::Served,
            _ => Self::Failed,
        })
    }

    /// Ends what was held for it.
    pub(super) fn end(self, hold: Hold) {
        match self {
            Self::Served => {
                let price = hold.bound();
                hold.settle(price);
            }
            Self::Failed => hold.release(),
        }
    }
}
