use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::query::Vendor;

/// What headers that tell of rate limits begin with, at a vendor that has any.
pub(super) const fn prefix(vendor: Vendor) -> Option<&'static str> {
    match vendor {
        Vendor::OpenAi => Some("x-ratelimit-"),
        Vendor::Anthropic => Some("anthropic-ratelimit-"),
        Vendor::Google => None,
    }
}

/// What a provider says of one limit.
#[derive(Debug, Default, PartialEq, Eq)]
struct Limit {
    limit: Option<u64>,
    remaining: Option<u64>,
    /// When it is whole again, from now on.
    reset: Option<Duration>,
}

/// Writes what a provider says of its rate limits in the words of a vendor: requests, and tokens.
pub(super) fn translate(
    provider: &HeaderMap,
    vendor: Vendor,
    now: SystemTime,
    headers: &mut HeaderMap,
) {
    for measure in ["requests", "tokens"] {
        match vendor {
            Vendor::OpenAi => of_anthropic(provider, measure, now).write_openai(measure, headers),
            Vendor::Anthropic => {
                of_openai(provider, measure).write_anthropic(measure, now, headers);
            }
            Vendor::Google => {}
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn of_openai(headers: &HeaderMap, measure: &str) -> Limit {
    let of = |what: &str| text(headers, &format!("x-ratelimit-{what}-{measure}"));
    Limit {
        limit: of("limit").and_then(|text| text.parse().ok()),
        remaining: of("remaining").and_then(|text| text.parse().ok()),
        reset: of("reset").and_then(go_duration),
    }
}

fn of_anthropic(headers: &HeaderMap, measure: &str, now: SystemTime) -> Limit {
    let of = |what: &str| text(headers, &format!("anthropic-ratelimit-{measure}-{what}"));
    let until = |text: &str| {
        let at: Timestamp = text.parse().ok()?;
        let since = Duration::try_from(at.duration_since(Timestamp::UNIX_EPOCH)).ok()?;
        let at = SystemTime::UNIX_EPOCH.checked_add(since)?;
        Some(at.duration_since(now).unwrap_or_default())
    };
    Limit {
        limit: of("limit").and_then(|text| text.parse().ok()),
        remaining: of("remaining").and_then(|text| text.parse().ok()),
        reset: of("reset").and_then(until),
    }
}

impl Limit {
    fn write_openai(&self, measure: &str, headers: &mut HeaderMap) {
        let mut put = |what: &str, value: String| {
            set(headers, &format!("x-ratelimit-{what}-{measure}"), &value);
        };
        self.numbers(&mut put);
        if let Some(reset) = self.reset {
            put("reset", format!("{}ms", reset.as_millis()));
        }
    }

    fn write_anthropic(&self, measure: &str, now: SystemTime, headers: &mut HeaderMap) {
        let mut put = |what: &str, value: String| {
            let name = format!("anthropic-ratelimit-{measure}-{what}");
            set(headers, &name, &value);
        };
        self.numbers(&mut put);
        let at = self.reset.and_then(|reset| now.checked_add(reset));
        let at = at.and_then(|at| Timestamp::try_from(at).ok());
        if let Some(at) = at.and_then(|at| Timestamp::from_second(at.as_second()).ok()) {
            put("reset", at.to_string());
        }
    }

    fn numbers(&self, put: &mut impl FnMut(&str, String)) {
        for (what, number) in [("limit", self.limit), ("remaining", self.remaining)] {
            if let Some(number) = number {
                put(what, number.to_string());
            }
        }
    }
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (
        HeaderName::from_bytes(name.as_bytes()),
        HeaderValue::from_str(value),
    ) {
        headers.insert(name, value);
    }
}

/// A duration as Go writes it: `1s`, `6m0s`, `12ms`, `1h2m3.5s`. At most a year.
fn go_duration(text: &str) -> Option<Duration> {
    const LONGEST: f64 = 366.0 * 86_400.0;
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|at| *at > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number * unit;
        rest = &rest[letters..];
    }
    (!text.is_empty() && seconds <= LONGEST).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_796_000_000;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn openai_s_words_become_anthropic_s_and_back() {
        let openai = headers(&[
            ("x-ratelimit-limit-requests", "100"),
            ("x-ratelimit-remaining-requests", "99"),
            ("x-ratelimit-reset-requests", "1m30s"),
            ("x-ratelimit-remaining-tokens", "7"),
        ]);
        let mut anthropic = HeaderMap::new();
        translate(&openai, Vendor::Anthropic, now(), &mut anthropic);
        assert_eq!(anthropic["anthropic-ratelimit-requests-limit"], "100");
        assert_eq!(anthropic["anthropic-ratelimit-requests-remaining"], "99");
        let reset = &anthropic["anthropic-ratelimit-requests-reset"];
        let at: Timestamp = reset.to_str().unwrap().parse().unwrap();
        assert_eq!(u64::try_from(at.as_second()), Ok(NOW + 90));
        assert_eq!(anthropic["anthropic-ratelimit-tokens-remaining"], "7");
        assert_eq!(anthropic.len(), 4);
        let mut back = HeaderMap::new();
        translate(&anthropic, Vendor::OpenAi, now(), &mut back);
        assert_eq!(back["x-ratelimit-limit-requests"], "100");
        assert_eq!(back["x-ratelimit-reset-requests"], "90000ms");
        assert_eq!(back.len(), 4);
        let mut none = HeaderMap::new();
        translate(&openai, Vendor::Google, now(), &mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn nonsense_is_left_out() {
        for text in ["", "s", "1", "1x", "-1s", "1e9h", "9999999h", "1.2.3s"] {
            assert_eq!(go_duration(text), None, "{text}");
        }
        assert_eq!(go_duration("12ms"), Some(Duration::from_millis(12)));
        assert_eq!(go_duration("1h2m3s"), Some(Duration::from_secs(3_723)));
    }
}
