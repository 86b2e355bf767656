use http::HeaderMap;

/// Headers in which packages and proxies say how often a call was made before, or that of the first try is this one.
const COUNTS: [(&str, u32); 3] = [
    // OpenAI's and Anthropic's packages.
    ("x-stainless-retry-count", 0),
    ("grpc-previous-rpc-attempts", 0),
    ("x-envoy-attempt-count", 1),
];

/// Whether the caller has made the call before, by its own account.
pub(super) fn made_before(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let counted = COUNTS.iter().any(|(name, first)| {
        let count = text(name).and_then(|count| count.trim().parse::<u32>().ok());
        count.is_some_and(|count| count > *first)
    });
    // AWS: `attempt=2; max=3`.
    let attempt = text("amz-sdk-request").and_then(|said| {
        let mut members = said.split(';').filter_map(|one| one.trim().split_once('='));
        let (_, attempt) = members.find(|(name, _)| *name == "attempt")?;
        attempt.parse::<u32>().ok()
    });
    counted || attempt.is_some_and(|attempt| attempt > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_say_of_their_tries() {
        for (name, value, before) in [
            ("x-stainless-retry-count", "0", false),
            ("x-stainless-retry-count", "1", true),
            ("x-stainless-retry-count", " 2 ", true),
            ("x-stainless-retry-count", "-1", false),
            ("x-stainless-retry-count", "many", false),
            ("x-stainless-retry-count", "99999999999999999999", false),
            ("grpc-previous-rpc-attempts", "1", true),
            ("x-envoy-attempt-count", "1", false),
            ("x-envoy-attempt-count", "2", true),
            ("amz-sdk-request", "attempt=1; max=3", false),
            (
                "amz-sdk-request",
                "ttl=20260101T000000Z; attempt=2; max=3",
                true,
            ),
            ("amz-sdk-request", "attempt", false),
            ("x-none", "3", false),
        ] {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(made_before(&headers), before, "{name}: {value}");
        }
        assert!(!made_before(&HeaderMap::<http::HeaderValue>::new()));
    }
}
