use std::time::Duration;

use http::{HeaderMap, header::CACHE_CONTROL};

/// What a caller asks of caches, by `Cache-Control`. What is not understood is not heeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// Neither read nor written.
    pub(super) no_store: bool,
    /// Not read, but written.
    pub(super) no_cache: bool,
    /// Nobody else is asked.
    pub(super) only_if_cached: bool,
    /// What is older counts as not there.
    pub(super) max_age: Option<Duration>,
}

impl Directives {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        for value in headers.get_all(CACHE_CONTROL) {
            let Ok(value) = value.to_str() else { continue };
            for word in value.split(',') {
                said.hear(word.trim());
            }
        }
        said
    }

    fn hear(&mut self, word: &str) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        if name.eq_ignore_ascii_case("no-store") {
            self.no_store = true;
        } else if name.eq_ignore_ascii_case("no-cache") {
            self.no_cache = true;
        } else if name.eq_ignore_ascii_case("only-if-cached") {
            self.only_if_cached = true;
        } else if name.eq_ignore_ascii_case("max-age") {
            // A number that cannot be read means an age of nothing: the safe side.
            let seconds = value.trim_matches('"').parse().unwrap_or_default();
            let said = Duration::from_secs(seconds);
            self.max_age = Some(self.max_age.map_or(said, |other| other.min(said)));
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn words_of_any_case_in_any_number_of_headers() {
        let mut headers = HeaderMap::new();
        assert_eq!(Directives::of(&headers), Directives::default());
        for value in [
            "No-Store , foo=bar",
            "max-age=60,max-age=\"5\"",
            "ONLY-IF-CACHED,no-cache",
        ] {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        let all = Directives {
            no_store: true,
            no_cache: true,
            only_if_cached: true,
            max_age: Some(Duration::from_secs(5)),
        };
        assert_eq!(Directives::of(&headers), all);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=soon"));
        assert_eq!(Directives::of(&headers).max_age, Some(Duration::ZERO));
    }
}
