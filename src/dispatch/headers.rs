use std::time::SystemTime;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, USER_AGENT},
};

use super::limits;
use crate::query::Vendor;

/// What of the caller's headers a provider gets to see. Everything else stays: keys and cookies above all, and what
/// concerns a single connection.
const TO_PROVIDER: [HeaderName; 1] = [USER_AGENT];

/// What passes from Anthropic's own clients to who speaks their format: which version of it that is.
const OF_ANTHROPIC: [HeaderName; 2] = [
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("anthropic-beta"),
];

/// What else passes where the caller addressed the provider itself, with a key of its own: whose account it is.
const WITH_ITS_OWN_KEY: [HeaderName; 3] = [
    HeaderName::from_static("openai-organization"),
    HeaderName::from_static("openai-project"),
    HeaderName::from_static("idempotency-key"),
];

/// What of a provider's headers the caller gets to see.
const TO_CALLER: [HeaderName; 6] = [
    CONTENT_TYPE,
    CACHE_CONTROL,
    RETRY_AFTER,
    HeaderName::from_static("retry-after-ms"),
    SHOULD_RETRY,
    HeaderName::from_static("x-accel-buffering"),
];

/// What OpenAI's own clients get to see too.
const OF_OPENAI: [HeaderName; 2] = [
    HeaderName::from_static("openai-processing-ms"),
    HeaderName::from_static("openai-version"),
];

/// Longer values than this are dropped.
const LONGEST: usize = 1_024;

pub(super) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Fresh headers for a provider: the caller's that pass, the catalog's for this provider, the format's own, and what
/// every answer needs to be readable here.
pub(super) fn to_provider(
    caller: &HeaderMap,
    provider: &HeaderMap,
    format: HeaderMap,
    stream: bool,
    native: Option<Vendor>,
) -> HeaderMap {
    let mut headers = format;
    headers.reserve(8);
    copy(caller, &mut headers, &TO_PROVIDER);
    if native == Some(Vendor::Anthropic) {
        copy(caller, &mut headers, &OF_ANTHROPIC);
    }
    let accept = if stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    // A compressed answer could be neither metered nor passed on event by event.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in provider {
        headers.insert(name.clone(), value.clone());
    }
    headers
}

/// Adds a caller's own key, and what belongs to it.
pub(super) fn with_its_own_key(
    caller: &HeaderMap,
    (name, key): (HeaderName, HeaderValue),
    headers: &mut HeaderMap,
) {
    copy(caller, headers, &WITH_ITS_OWN_KEY);
    headers.insert(name, key);
}

/// The provider's headers that the caller gets.
///
/// What it says of rate limits is said in the words that the caller's vendor has for it: its own pass, and those of
/// another are translated.
pub(super) fn to_caller(provider: &HeaderMap, vendor: Vendor, now: SystemTime) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    copy(provider, &mut headers, &TO_CALLER);
    if vendor == Vendor::OpenAi {
        copy(provider, &mut headers, &OF_OPENAI);
    }
    let Some(prefix) = limits::prefix(vendor) else {
        return headers;
    };
    let mut own = false;
    for (name, value) in provider {
        if name.as_str().starts_with(prefix) && value.len() <= LONGEST {
            own = true;
            headers.insert(name.clone(), value.clone());
        }
    }
    if !own {
        limits::translate(provider, vendor, now, &mut headers);
    }
    headers
}

/// The header by which a vendor's clients know an answer's id.
pub(super) const fn request_id(vendor: Vendor) -> HeaderName {
    match vendor {
        Vendor::Anthropic => HeaderName::from_static("request-id"),
        Vendor::OpenAi | Vendor::Google => REQUEST_ID,
    }
}

/// Whether a provider says that it does not want to be asked again.
pub(super) fn ends_it(provider: &HeaderMap) -> bool {
    should_retry(provider, b"false")
}

/// Whether a provider says that it is to be asked again.
pub(super) fn invites(provider: &HeaderMap) -> bool {
    should_retry(provider, b"true")
}

fn should_retry(provider: &HeaderMap, word: &[u8]) -> bool {
    let again = provider.get(SHOULD_RETRY);
    again.is_some_and(|again| again.as_bytes().trim_ascii().eq_ignore_ascii_case(word))
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        if let Some(value) = from.get(name).filter(|value| value.len() <= LONGEST) {
            to.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn only_the_table_passes() {
        let mut caller = HeaderMap::new();
        for name in [
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
            "proxy-authorization",
            "x-amz-security-token",
            "ocp-apim-subscription-key",
            "openai-organization",
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "expect",
            "forwarded",
            "x-forwarded-for",
            "te",
        ] {
            caller.insert(name, HeaderValue::from_static("canary"));
        }
        caller.insert("user-agent", HeaderValue::from_static("OpenAI/Python"));
        let mut own = HeaderMap::new();
        own.insert("x-plan", HeaderValue::from_static("a"));
        let sent = to_provider(&caller, &own, HeaderMap::new(), true, None);
        assert!(sent.values().all(|value| value != "canary"), "{sent:?}");
        assert_eq!(sent["user-agent"], "OpenAI/Python");
        assert_eq!(sent["accept-encoding"], "identity");
        assert_eq!(sent["x-plan"], "a");
        let mut sent = sent;
        let key = (AUTHORIZATION, HeaderValue::from_static("Bearer own"));
        with_its_own_key(&caller, key, &mut sent);
        assert_eq!(sent["authorization"], "Bearer own");
        assert_eq!(sent["openai-organization"], "canary");
        assert_eq!(sent.values().filter(|value| *value == "canary").count(), 1);
    }

    #[test]
    fn hostile_answers_bring_nothing_along() {
        let mut provider = HeaderMap::new();
        provider.insert("set-cookie", HeaderValue::from_static("a=b"));
        provider.insert("x-genai-model", HeaderValue::from_static("forged"));
        provider.insert("content-security-policy", HeaderValue::from_static("x"));
        provider.insert(
            "x-ratelimit-remaining-requests",
            HeaderValue::from_static("9"),
        );
        provider.insert("retry-after", HeaderValue::from_static("3"));
        let huge = HeaderValue::try_from("9".repeat(5_000)).unwrap();
        provider.insert("x-ratelimit-reset-tokens", huge);
        let given = to_caller(&provider, Vendor::OpenAi, SystemTime::UNIX_EPOCH);
        assert_eq!(given.len(), 2, "{given:?}");
    }
}
