use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// The longest wait that is believed, whoever says it.
pub(super) const MOST: Duration = Duration::from_secs(3_600);

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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn whatever_is_said_is_absent_or_within_the_cap(
            millis in proptest::option::of(said()),
            after in proptest::option::of(said()),
            now in 0_u64..=20_000_000_000,
        ) {
            let mut headers = HeaderMap::new();
            for (name, said) in [("retry-after-ms", &millis), ("retry-after", &after)] {
                if let Some(Ok(value)) = said.as_ref().map(|said| HeaderValue::from_bytes(said)) {
                    headers.append(name, value);
                }
            }
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            let wait = retry_after(&headers, now);
            prop_assert!(wait.is_none_or(|wait| wait <= MOST));
        }

        #[test]
        fn numbers_are_taken_as_they_are(millis in 0_u32..3_600_000) {
            let mut headers = HeaderMap::new();
            let exact = Some(Duration::from_millis(millis.into()));
            headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
            headers.insert("retry-after-ms", HeaderValue::from(millis));
            let near = |wait: Option<Duration>| wait.zip(exact).is_some_and(|(a, b)| a.abs_diff(b).as_nanos() < 1_000);
            prop_assert!(near(retry_after(&headers, SystemTime::UNIX_EPOCH)));
            headers.remove("retry-after-ms");
            let seconds = format!("{}.{:03}", millis / 1_000, millis % 1_000);
            headers.insert(RETRY_AFTER, HeaderValue::try_from(seconds).unwrap());
            prop_assert!(near(retry_after(&headers, SystemTime::UNIX_EPOCH)));
        }
    }

    /// Anything, and what nearly is a number or a date.
    fn said() -> impl Strategy<Value = Vec<u8>> {
        let number = "[-+]?[0-9]{0,40}\\.?[0-9]{0,4}(e[-+]?[0-9]{1,4})?|-?inf|nan|infinity";
        let date = "[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} -?[0-9]{1,6} [0-9]{1,2}:[0-9]{2}:[0-9]{2} (GMT|[-+][0-9]{4}|X)";
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            number.prop_map(String::into_bytes),
            date.prop_map(String::into_bytes),
        ]
    }
}
