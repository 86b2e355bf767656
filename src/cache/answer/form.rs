use http::HeaderValue;

use crate::query::Query;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Form {
    /// One JSON object.
    Whole,
    /// Server-sent events, with or without a chunk that says what was used.
    Stream { usage: bool },
}

impl Form {
    /// What a call asks for.
    pub(in crate::cache) fn wanted(query: &Query) -> Self {
        if query.stream() {
            Self::Stream {
                usage: query.include_usage(),
            }
        } else {
            Self::Whole
        }
    }

    pub(in crate::cache) fn is_stream(self) -> bool {
        self != Self::Whole
    }

    pub(in crate::cache) const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Whole => "application/json",
            Self::Stream { .. } => "text/event-stream; charset=utf-8",
        })
    }
}
