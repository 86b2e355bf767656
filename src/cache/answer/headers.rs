use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    response::Parts,
};

/// What of an answer's headers other calls get to see: nothing of the first caller's limits, cookies and ids.
const KEPT: [HeaderName; 4] = [
    CONTENT_TYPE,
    CACHE_CONTROL,
    HeaderName::from_static("openai-version"),
    HeaderName::from_static("x-accel-buffering"),
];

pub(in crate::cache) fn kept(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(KEPT.len());
    for name in KEPT {
        let value = headers.get(&name).filter(|value| value.len() <= 256);
        // A copy: a value that was read may be a part of a large buffer, which it would keep.
        let copy = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok());
        if let Some(value) = copy {
            kept.insert(name, value);
        }
    }
    kept
}

/// Whether an answer is one that others may have: a success whose bytes are as they are.
pub(in crate::cache) fn is_plain(parts: &Parts) -> bool {
    let encoding = parts.headers.get(CONTENT_ENCODING);
    parts.status == StatusCode::OK && encoding.is_none_or(|encoding| encoding == "identity")
}

/// Whether it is a stream of events, or JSON; `None` for anything else.
pub(in crate::cache) fn streams(headers: &HeaderMap) -> Option<bool> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("text/event-stream") {
        Some(true)
    } else {
        essence
            .eq_ignore_ascii_case("application/json")
            .then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_first_caller_s_is_kept() {
        let mut headers = HeaderMap::new();
        for name in [
            "set-cookie",
            "x-request-id",
            "x-ratelimit-remaining-requests",
            "retry-after",
            "content-length",
            "openai-organization",
            "authorization",
            "content-type",
        ] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        assert_eq!(kept(&headers).keys().collect::<Vec<_>>(), ["content-type"]);
    }
}
