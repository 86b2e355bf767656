use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::{
    health::{Told, ToldLimit},
    query::Vendor,
};

/// What headers that tell of rate limits begin with, at a vendor that has any.
pub(super) const fn prefix(vendor: Vendor) -> Option<&'static str> {
    match vendor {
        Vendor::OpenAi => Some("x-ratelimit-"),
        Vendor::Anthropic => Some("anthropic-ratelimit-"),
        Vendor::Google => None,
    }
}

/// Writes what a provider says of its rate limits in the words of a vendor: requests, and tokens.
pub(super) fn translate(
    provider: &HeaderMap,
    vendor: Vendor,
    now: SystemTime,
    headers: &mut HeaderMap,
) {
    let told = Told::read(provider, now);
    for (measure, limit) in [("requests", told.requests), ("tokens", told.tokens)] {
        match vendor {
            Vendor::OpenAi => limit.write_openai(measure, headers),
            Vendor::Anthropic => limit.write_anthropic(measure, now, headers),
            Vendor::Google => {}
        }
    }
}

impl ToldLimit {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
}
