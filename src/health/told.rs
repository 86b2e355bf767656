use std::time::{Duration, SystemTime};

use http::HeaderMap;
use jiff::Timestamp;

/// What a provider says of one of its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldLimit {
    /// How much there is when nothing is used.
    pub(crate) limit: Option<u64>,
    /// How much is left.
    pub(crate) remaining: Option<u64>,
    /// When it is whole again, from now on.
    pub(crate) reset: Option<Duration>,
}

/// What the headers of an answer say of its provider's rate limits, in whichever family's words. Hints: nonsense is
/// left out, and nothing is refunded or charged by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) requests: ToldLimit,
    pub(crate) tokens: ToldLimit,
    /// Tokens of prompts alone.
    pub(crate) input: ToldLimit,
    /// Tokens of answers alone.
    pub(crate) output: ToldLimit,
    /// A limit that is used up, whichever it is, and when it is whole again.
    pub(crate) rejected: Option<Duration>,
}

const OPENAI: &str = "x-ratelimit-";
const ANTHROPIC: &str = "anthropic-ratelimit-";
/// Nothing that is told lasts longer.
const LONGEST: f64 = 366.0 * 86_400.0;

impl Told {
    /// Reads all that is known: OpenAI's family (Azure, Groq, xAI, Cerebras and many servers alike), also without a
    /// measure for requests (BFL), and Anthropic's, the unified one included.
    pub(crate) fn read(headers: &HeaderMap, now: SystemTime) -> Self {
        let mut told = Self::default();
        let (mut refused, mut unified) = (false, None);
        for (name, value) in headers {
            let name = name.as_str();
            let openai = name.strip_prefix(OPENAI);
            let Some(rest) = openai.or_else(|| name.strip_prefix(ANTHROPIC)) else {
                continue;
            };
            let Some(text) = value.to_str().ok().map(str::trim) else {
                continue;
            };
            match rest {
                "unified-status" => refused = text == "rejected",
                "unified-reset" => unified = reset(text, now),
                _ => {
                    let words = match openai {
                        Some(rest) => rest.split_once('-').map_or((rest, "requests"), |both| both),
                        None => match rest.rsplit_once('-') {
                            Some((measure, what)) => (what, measure),
                            None => continue,
                        },
                    };
                    told.put(words, text, now);
                }
            }
        }
        told.rejected = unified.filter(|_| refused);
        told
    }

    /// Whether nothing was said.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn put(&mut self, (what, measure): (&str, &str), text: &str, now: SystemTime) {
        let limit = match measure {
            "requests" => &mut self.requests,
            "tokens" => &mut self.tokens,
            "input-tokens" => &mut self.input,
            "output-tokens" => &mut self.output,
            _ => return,
        };
        match what {
            "limit" => limit.limit = text.parse().ok(),
            "remaining" => limit.remaining = text.parse().ok(),
            "reset" => limit.reset = reset(text, now),
            _ => {}
        }
    }
}

/// A time to come: as Go writes durations, in seconds, as seconds or milliseconds since 1970, or as RFC 3339. What is past
/// is now.
fn reset(text: &str, now: SystemTime) -> Option<Duration> {
    const EPOCH: f64 = 1e9;
    const EPOCH_MILLIS: f64 = 1e12;
    let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let left = |at: f64| seconds((at - since.as_secs_f64()).max(0.0));
    if let Ok(number) = text.parse::<f64>() {
        return match number {
            n if n >= EPOCH_MILLIS => left(n / 1_000.0),
            n if n >= EPOCH => left(n),
            n => seconds(n),
        };
    }
    go_duration(text).or_else(|| {
        let at: Timestamp = text.parse().ok()?;
        let at = Duration::try_from(at.duration_since(Timestamp::UNIX_EPOCH)).ok()?;
        left(at.as_secs_f64())
    })
}

fn seconds(seconds: f64) -> Option<Duration> {
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

/// A duration as Go writes it: `1s`, `6m0s`, `12ms`, `1h2m3.5s`. At most a year.
fn go_duration(text: &str) -> Option<Duration> {
    let mut sum = 0.0;
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
        sum += number * unit;
        rest = &rest[letters..];
    }
    seconds(sum).filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-30 12:00:00 UTC.
    const NOW: u64 = 1_796_040_000;

    fn read(pairs: &[(&str, &str)]) -> Told {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Told::read(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
    }

    fn limit(limit: u64, remaining: u64, reset: u64) -> ToldLimit {
        ToldLimit {
            limit: Some(limit),
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
        }
    }

    #[test]
    fn openai_s_family_is_read() {
        let told = read(&[
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-remaining-requests", "59"),
            ("x-ratelimit-reset-requests", "1m30s"),
            ("x-ratelimit-limit-tokens", "150000"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6"),
            ("x-ratelimit-remaining-input-images-per-minute", "7"),
            ("x-ratelimit-limit-tokens_usage_based", "3"),
        ]);
        assert_eq!(told.requests, limit(60, 59, 90));
        assert_eq!(told.tokens, limit(150_000, 0, 6));
        assert_eq!((told.input, told.rejected), (ToldLimit::default(), None));
    }

    #[test]
    fn limits_without_a_measure_are_of_requests_and_epochs_are_times() {
        let told = read(&[
            ("x-ratelimit-limit", "20"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", &(NOW + 30).to_string()),
        ]);
        assert_eq!(told.requests, limit(20, 0, 30));
        let millis = read(&[("x-ratelimit-reset", &((NOW + 5) * 1_000).to_string())]);
        assert_eq!(millis.requests.reset, Some(Duration::from_secs(5)));
    }

    #[test]
    fn anthropic_s_family_is_read() {
        let at = "2026-11-30T12:00:45Z";
        let told = read(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", at),
            ("anthropic-ratelimit-input-tokens-limit", "1000"),
            ("anthropic-ratelimit-input-tokens-remaining", "3"),
            ("anthropic-ratelimit-input-tokens-reset", at),
            ("anthropic-ratelimit-output-tokens-remaining", "4"),
            ("anthropic-priority-input-tokens-remaining", "0"),
        ]);
        assert_eq!(told.requests, limit(50, 49, 45));
        assert_eq!(told.input, limit(1_000, 3, 45));
        assert_eq!(told.output.remaining, Some(4));
        assert_eq!(told.tokens, ToldLimit::default());
    }

    #[test]
    fn a_unified_limit_counts_when_it_is_used_up() {
        let reset = (NOW + 600).to_string();
        let of = |status| {
            read(&[
                ("anthropic-ratelimit-unified-status", status),
                ("anthropic-ratelimit-unified-reset", &reset),
            ])
        };
        assert_eq!(of("rejected").rejected, Some(Duration::from_secs(600)));
        assert!(of("allowed").is_empty());
    }

    #[test]
    fn nonsense_is_left_out() {
        for text in [
            "", "s", "1x", "-1s", "1e9h", "9999999h", "1.2.3s", "-3", "NaN", "inf", "soon",
        ] {
            let told = read(&[("x-ratelimit-reset-requests", text)]);
            assert!(told.is_empty(), "{text}");
        }
        for text in ["-1", "1.5", "", "99999999999999999999999", "many"] {
            let told = read(&[("x-ratelimit-remaining-tokens", text)]);
            assert!(told.is_empty(), "{text}");
        }
        assert_eq!(go_duration("12ms"), Some(Duration::from_millis(12)));
        assert_eq!(go_duration("1h2m3s"), Some(Duration::from_secs(3_723)));
        assert_eq!(go_duration("1"), None);
    }

    proptest! {
        #[test]
        fn whatever_a_header_says_is_read_without_a_panic(text in "[ -~]{0,40}", digits in "[0-9]{1,40}") {
            for text in [&text, &digits] {
                let told = read(&[
                    ("x-ratelimit-reset-requests", text.as_str()),
                    ("x-ratelimit-remaining-requests", text),
                    ("anthropic-ratelimit-tokens-reset", text),
                    ("anthropic-ratelimit-unified-status", "rejected"),
                    ("anthropic-ratelimit-unified-reset", text),
                ]);
                let most = Duration::from_secs_f64(LONGEST);
                prop_assert!(told.requests.reset.is_none_or(|reset| reset <= most));
                prop_assert!(told.rejected.is_none_or(|reset| reset <= most));
            }
        }
    }
}
