use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        AGE, CONNECTION, DATE, EXPIRES, LAST_MODIFIED, RETRY_AFTER, TE, TRAILER, TRANSFER_ENCODING,
        UPGRADE,
    },
};

use super::{IdempotencyStatus, ResponseBody};
use crate::{
    context::Tenant,
    observe::{Ending, Event, FinishReasons, Made, Observer, Outcome, Replayed, tell},
};

/// Headers that tell of a moment or of a connection, and not of the answer.
const PASSING: [HeaderName; 16] = [
    AGE,
    CONNECTION,
    DATE,
    EXPIRES,
    LAST_MODIFIED,
    RETRY_AFTER,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("cache-status"),
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("sunset"),
];

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The head of an answer that is recorded.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) outcome: Option<Outcome>,
}

impl Head {
    /// About how many bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let made = self.outcome.as_ref().map_or(0, |one| Made::by(one).bytes());
        header_bytes(&self.headers) + made
    }
}

/// An answer, to be given again.
pub(super) struct Record {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    made: Option<Made>,
    finish_reasons: FinishReasons,
}

impl Record {
    pub(super) fn new(head: Head, body: Bytes) -> Self {
        let finished = head.outcome.as_ref().and_then(Outcome::get);
        Self {
            status: head.status,
            headers: head.headers,
            body,
            finish_reasons: finished.map_or(FinishReasons::NONE, |one| one.finish_reasons),
            made: head.outcome.as_ref().map(Made::by),
        }
    }

    /// About how many bytes of memory its parts take.
    pub(super) fn bytes(&self) -> usize {
        let made = self.made.as_ref().map_or(0, Made::bytes);
        header_bytes(&self.headers) + made + self.body.len()
    }

    /// The answer once more, for a call that costs nothing.
    pub(super) fn replay<R>(
        &self,
        age: Duration,
        tenant: Option<&Tenant>,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Response<ResponseBody<R>> {
        let mut response = Response::new(ResponseBody::kept(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(REPLAYED, yes);
        let extensions = response.extensions_mut();
        extensions.insert(IdempotencyStatus::Replayed { age });
        let outcome = self.made.as_ref().map(|made| {
            let outcome = made.again();
            let model = made.served_model.clone();
            outcome.finish_free(Ending::Complete, self.finish_reasons, model);
            extensions.insert(outcome.clone());
            outcome
        });
        if let Some(observer) = observer {
            let replayed = Replayed {
                tenant: tenant.cloned(),
                age,
                outcome,
            };
            tell(&**observer, &Event::Replayed(&replayed));
        }
        response
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("status", &self.status)
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

/// What of an answer's headers belongs to it whenever it is given.
pub(super) fn lasting(headers: &HeaderMap) -> HeaderMap {
    let lasts = |name: &HeaderName| {
        !PASSING.contains(name) && !name.as_str().contains("ratelimit") && *name != REPLAYED
    };
    let mut kept = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| lasts(name)) {
        // A copy: a value that was read may be a part of a large buffer, which it would keep.
        if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
            copy.set_sensitive(value.is_sensitive());
            kept.append(name.clone(), copy);
        }
    }
    kept
}

/// A place in a map, which may be half empty, and the text.
const HEADER: usize = 256;

fn header_bytes(headers: &HeaderMap) -> usize {
    let texts = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    texts.map(|text| HEADER + text).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_a_moment_is_not_told_again() {
        let mut headers = HeaderMap::new();
        for name in [
            "date",
            "age",
            "cache-status",
            "deprecation",
            "sunset",
            "retry-after",
            "x-ratelimit-reset-tokens",
            "anthropic-ratelimit-tokens-reset",
            "idempotency-replayed",
            "transfer-encoding",
            "content-type",
            "x-request-id",
            "set-cookie",
        ] {
            headers.append(name, HeaderValue::from_static("x"));
        }
        headers.append("set-cookie", HeaderValue::from_static("y"));
        let kept = lasting(&headers);
        let names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["content-type", "x-request-id", "set-cookie"]);
        assert_eq!(kept.get_all("set-cookie").iter().count(), 2);
    }
}
