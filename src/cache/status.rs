use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::Bypass;

/// What a cache did for a call, as an extension of the answer. The header `Cache-Status` says the same, in the form of
/// RFC 9211.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheStatus {
    /// Answered from the store; nobody was asked.
    Hit {
        /// How old the answer is.
        age: Duration,
        /// For how long it may still be given.
        ttl: Duration,
    },
    /// Nothing was there: the inner service was asked, and an answer that may be kept is kept.
    Miss,
    /// What was there had expired, or was older than the caller wants.
    Stale,
    /// The caller wanted a new answer.
    Refreshed,
    /// Another call that asks the same was under way, and its answer is this one's too.
    Collapsed,
    /// Not a matter for the cache.
    Bypassed(Bypass),
    /// Nothing was there, and the caller wanted nobody else to be asked.
    NotCached,
}

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// By which name this cache goes in `Cache-Status`.
const NAME: &str = "tower-genai";

impl CacheStatus {
    /// Whether nobody was asked for this call.
    pub const fn is_free(&self) -> bool {
        matches!(self, Self::Hit { .. } | Self::Collapsed | Self::NotCached)
    }

    /// The word for records.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Hit { .. } => "hit",
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Refreshed => "refreshed",
            Self::Collapsed => "collapsed",
            Self::Bypassed(_) => "bypassed",
            Self::NotCached => "not_cached",
        }
    }

    /// The member of `Cache-Status` for this.
    pub(super) fn header(&self) -> HeaderValue {
        let text = match self {
            Self::Hit { ttl, .. } => {
                let ttl = HeaderValue::try_from(format!("{NAME}; hit; ttl={}", ttl.as_secs()));
                return ttl.unwrap_or(HeaderValue::from_static("tower-genai; hit"));
            }
            Self::Miss => "tower-genai; fwd=miss",
            Self::Stale => "tower-genai; fwd=stale",
            Self::Refreshed => "tower-genai; fwd=request",
            Self::Collapsed => "tower-genai; fwd=miss; collapsed",
            Self::NotCached => "tower-genai; detail=only-if-cached",
            Self::Bypassed(why) => match why {
                Bypass::NoTenant => "tower-genai; fwd=bypass; detail=no-tenant",
                Bypass::Unread => "tower-genai; fwd=bypass; detail=unread",
                Bypass::Sampled => "tower-genai; fwd=bypass; detail=sampled",
                Bypass::Stored => "tower-genai; fwd=bypass; detail=store",
                Bypass::Background => "tower-genai; fwd=bypass; detail=background",
                Bypass::WebSearch => "tower-genai; fwd=bypass; detail=web-search",
                Bypass::Audio => "tower-genai; fwd=bypass; detail=audio",
                Bypass::Elsewhere => "tower-genai; fwd=bypass; detail=elsewhere",
                Bypass::NoStore => "tower-genai; fwd=bypass; detail=no-store",
            },
        };
        HeaderValue::from_static(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_member_of_its_own() {
        let seconds = Duration::from_secs;
        let hit = CacheStatus::Hit {
            age: seconds(60),
            ttl: seconds(3_540),
        };
        assert_eq!(hit.header(), "tower-genai; hit; ttl=3540");
        for why in [
            Bypass::NoTenant,
            Bypass::Unread,
            Bypass::Sampled,
            Bypass::Stored,
            Bypass::Background,
            Bypass::WebSearch,
            Bypass::Audio,
            Bypass::Elsewhere,
            Bypass::NoStore,
        ] {
            let said = CacheStatus::Bypassed(why).header();
            assert_eq!(
                said,
                format!("tower-genai; fwd=bypass; detail={why}").as_str()
            );
        }
    }
}
