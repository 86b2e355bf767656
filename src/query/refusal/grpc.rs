use http::{
    HeaderMap, HeaderName, HeaderValue, Response,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use super::{Refusal, RefusalKind, refusal::whole_seconds};
use crate::Body;

/// How gRPC's clients know when to try again; below zero: not at all (gRFC A6).
const PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The number of the code (`google.rpc.Code`) for a kind of refusal.
pub(crate) const fn code(kind: RefusalKind) -> u8 {
    match kind {
        RefusalKind::Malformed
        | RefusalKind::Slow
        | RefusalKind::Unsupported
        | RefusalKind::ContextTooLong
        | RefusalKind::TooDear
        | RefusalKind::KeyReused => 3,
        RefusalKind::TimedOut => 4,
        RefusalKind::UnknownModel => 5,
        RefusalKind::NotKept | RefusalKind::Scored => 6,
        RefusalKind::Spent
        | RefusalKind::Held
        | RefusalKind::RateLimited
        | RefusalKind::TooLarge => 8,
        RefusalKind::Upgrade | RefusalKind::NotCached => 9,
        RefusalKind::InFlight | RefusalKind::Unanswered => 10,
        // To gRPC's clients a path is a method.
        RefusalKind::UnknownPath => 12,
        RefusalKind::Misconfigured | RefusalKind::Failed => 13,
        RefusalKind::Upstream | RefusalKind::Unavailable => 14,
        RefusalKind::Unauthorized => 16,
    }
}

/// A head that says it all: without a body, and without trailers.
pub(super) fn response(refusal: &Refusal) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    put(code(refusal.kind()), refusal.message(), headers);
    match refusal.retry_after() {
        _ if !refusal.passes() => {
            headers.insert(PUSHBACK, HeaderValue::from_static("-1"));
        }
        Some(after) => {
            let seconds = whole_seconds(after);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            headers.insert(PUSHBACK, HeaderValue::from(seconds.saturating_mul(1_000)));
        }
        None => {}
    }
    response
}

/// Writes a status into trailers, or into a head without a body.
pub(crate) fn put(code: u8, message: &str, headers: &mut HeaderMap) {
    headers.insert(STATUS, HeaderValue::from(u16::from(code)));
    if !message.is_empty()
        && let Ok(message) = HeaderValue::try_from(escape(message))
    {
        headers.insert(MESSAGE, message);
    }
}

/// Clients take some KiB of metadata, and fail the call in another way where there are more.
const LONGEST: usize = 1_024;

/// As gRPC escapes messages: all but printable ASCII, and `%`, by the bytes of UTF-8. Cut where it is too long.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len().min(LONGEST));
    for (at, byte) in text.bytes().enumerate() {
        // Never within a character.
        if escaped.len() > LONGEST - 16 && text.is_char_boundary(at) {
            break;
        }
        match byte {
            b' '..=b'~' if byte != b'%' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body::Body as _;

    use super::*;
    use crate::query::Api;

    #[test]
    fn a_grpc_caller_gets_a_status_and_no_body() {
        let refusal = Refusal::new(RefusalKind::Spent, "100 % of `bücher`")
            .with_retry_after(Duration::from_millis(1_200));
        let response = refusal.response(Api::Grpc);
        assert_eq!(response.status(), 200);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "application/grpc");
        assert_eq!(headers["grpc-status"], "8");
        assert_eq!(headers["grpc-message"], "100 %25 of `b%C3%BCcher`");
        assert_eq!(headers["grpc-retry-pushback-ms"], "-1", "no retry helps");
        assert!(response.body().is_end_stream());
        assert!(response.extensions().get::<Refusal>().is_some());

        let long = Refusal::new(RefusalKind::Failed, "ü".repeat(10_000)).response(Api::Grpc);
        let message = long.headers()["grpc-message"].to_str().unwrap();
        assert!(
            message.len() <= LONGEST && message.ends_with("%C3%BC"),
            "{message}"
        );

        let held = Refusal::new(RefusalKind::Held, "").with_retry_after(Duration::from_secs(2));
        let response = held.response(Api::Grpc);
        assert_eq!(response.headers()["grpc-retry-pushback-ms"], "2000");
        assert!(!response.headers().contains_key("grpc-message"));
    }
}
