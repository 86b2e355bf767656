use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

const MOST: Duration = Duration::from_secs(3_600);

/// `retry-after-ms`, else `retry-after` in seconds or as a date; at most an hour. Nonsense counts as absent.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let number = |value: &HeaderValue| {
        let number: f64 = value.to_str().ok()?.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    };
    let millis = headers.get("retry-after-ms").and_then(number);
    let after = headers.get(RETRY_AFTER);
    let seconds = millis
        .map(|millis| millis / 1_000.0)
        .or_else(|| number(after?));
    match seconds {
        Some(seconds) => Some(Duration::from_secs_f64(seconds.min(MOST.as_secs_f64()))),
        None => until(after?.to_str().ok()?, now),
    }
}

/// How long it is until an HTTP date; one that is past is now.
fn until(date: &str, now: SystemTime) -> Option<Duration> {
    let at = DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    let now = Timestamp::try_from(now).ok()?;
    let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    Some(left.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-10-21 07:27:00 UTC.
    const NOW: Duration = Duration::from_secs(1_792_567_620);

    #[test]
    fn retry_after_is_capped_and_nonsense_is_absent() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            retry_after(&headers, SystemTime::UNIX_EPOCH + NOW)
        };
        assert_eq!(of("1.5"), Some(Duration::from_millis(1_500)));
        assert_eq!(of("1e300"), Some(Duration::from_secs(3_600)));
        let date = of("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(date, Some(Duration::from_secs(60)));
        assert_eq!(of("Wed, 21 Oct 2020 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(of("Wed, 21 Oct 2099 07:28:00 GMT"), Some(MOST));
        for nonsense in [
            "-1",
            "NaN",
            "inf",
            "soon",
            "",
            "Wed, 45 Oct 2026 07:28:00 GMT",
        ] {
            assert_eq!(of(nonsense), None, "{nonsense}");
            let mut headers = HeaderMap::new();
            headers.insert("retry-after-ms", HeaderValue::from_static(nonsense));
            headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
            let after = retry_after(&headers, SystemTime::UNIX_EPOCH + NOW);
            assert_eq!(after, Some(Duration::from_secs(2)), "{nonsense}");
        }
    }
}
