use std::fmt;

/// Why a call is neither answered from the cache nor its answer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bypass {
    /// It is not known on whose behalf the call is made, and the cache is not
    /// [for one alone](super::CacheLayer::single_tenant).
    NoTenant,
    /// Nobody has read the body, or not in a way that a key could be made of.
    Unread,
    /// It asks for chance: a temperature above zero without a seed.
    Sampled,
    /// The provider is to keep the answer (`store`), so it has to make one.
    Stored,
    /// The answer is made in the background.
    Background,
    /// The answer depends on what a search, or another tool of the provider's own, finds at that time.
    WebSearch,
    /// It asks for more than text.
    Audio,
    /// Something that it is about lies elsewhere, behind a URL or the id of a file, and may change.
    Elsewhere,
    /// The caller says `Cache-Control: no-store`.
    NoStore,
}

impl Bypass {
    /// The word in `Cache-Status` and in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoTenant => "no-tenant",
            Self::Unread => "unread",
            Self::Sampled => "sampled",
            Self::Stored => "store",
            Self::Background => "background",
            Self::WebSearch => "web-search",
            Self::Audio => "audio",
            Self::Elsewhere => "elsewhere",
            Self::NoStore => "no-store",
        }
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
