use std::{sync::Arc, time::Duration};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

/// How an attempt failed, as an extension of the answer that tells of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure.
    pub class: FailureClass,
    /// What the provider says about when to try again.
    pub retry_after: Option<Duration>,
    /// The provider's name.
    pub provider: Arc<str>,
}

/// Kinds of failure, by what helps against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureClass {
    /// The request is at fault; no other provider would take it either.
    Caller,
    /// The key, the quota or the balance at this provider.
    Credential,
    /// Too many requests there, for now.
    Rate,
    /// Overloaded, failing, or not reached.
    Provider,
    /// The model is not there any more.
    ModelGone,
    /// Something came that is no answer.
    Malformed,
}

impl FailureClass {
    /// By the status alone.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401..=403 => Self::Credential,
            404 | 410 => Self::ModelGone,
            408 | 409 | 425 | 500.. => Self::Provider,
            429 => Self::Rate,
            400..=499 => Self::Caller,
            _ => Self::Malformed,
        }
    }
}

/// `retry-after-ms`, else `retry-after` in seconds; at most an hour. Dates and nonsense count as absent.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    const MOST: f64 = 3_600.0;
    let number = |value: &http::HeaderValue| value.to_str().ok()?.trim().parse::<f64>().ok();
    let millis = headers
        .get("retry-after-ms")
        .and_then(number)
        .map(|millis| millis / 1_000.0);
    let seconds = millis.or_else(|| headers.get(RETRY_AFTER).and_then(number))?;
    (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MOST)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_capped_and_nonsense_is_absent() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            retry_after(&headers)
        };
        assert_eq!(of("1.5"), Some(Duration::from_millis(1_500)));
        assert_eq!(of("1e300"), Some(Duration::from_secs(3_600)));
        for nonsense in [
            "-1",
            "NaN",
            "inf",
            "soon",
            "",
            "Wed, 21 Oct 2026 07:28:00 GMT",
        ] {
            assert_eq!(of(nonsense), None, "{nonsense}");
        }
    }
}
