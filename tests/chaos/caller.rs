use std::ops::Range;

use tower_genai::sim::Dialect;

use super::question::DIALECTS;

/// How a caller calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Means {
    /// By its vendor's own package.
    Package,
    /// By requests written by hand.
    Http1,
    /// By HTTP/2 from the first byte on.
    Http2,
}

impl Means {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// One who calls the gateway again and again, and waits for each answer. It is a tenant of its own, so that what was
/// decided for it can be told from what was for others.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) place: usize,
    pub(crate) dialect: Dialect,
    pub(crate) means: Means,
    /// The numbers of its questions.
    pub(crate) numbers: Range<usize>,
}

/// So many call at once.
pub(crate) const CALLERS: usize = 64;

impl Caller {
    /// All of them, who make so many calls together: about half by packages, where there are any.
    pub(crate) fn all(calls: usize, packages: bool) -> Vec<Self> {
        let each = calls.div_ceil(CALLERS).max(1);
        let caller = |place: usize| Self {
            place,
            dialect: DIALECTS[place % 3],
            means: match place / 3 % 4 {
                0 | 2 if packages => Means::Package,
                0 | 1 => Means::Http1,
                _ => Means::Http2,
            },
            numbers: place * each..(place + 1) * each,
        };
        (0..CALLERS).map(caller).collect()
    }

    pub(crate) fn is_raw(&self) -> bool {
        self.means != Means::Package
    }

    pub(crate) fn tenant(&self) -> String {
        format!("caller-{}", self.place)
    }

    pub(crate) fn key(&self) -> String {
        format!("sk-{}", self.tenant())
    }

    /// Whether it asks for a stream with this question.
    pub(crate) fn streams(number: usize) -> bool {
        number % 5 < 3
    }
}
