use bytes::Bytes;
use tower_genai::sim::{Dialect, Fault};

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Status(u16),
    /// 429, and when to come again.
    RetryAfter,
    /// The connection breaks before the head.
    HangUp,
    /// It breaks after the head, and what says nothing yet.
    Cut,
    /// Nothing more comes after the head of a stream. Of an answer that is not streamed nobody can tell that from
    /// thinking; it has until the total time is over.
    Stall,
    Garbage,
    Html,
    Empty,
    WrongType,
    Redirect,
    /// An error in the answer's place.
    ErrorEvent,
    /// An error after what says nothing yet.
    LateErrorEvent,
}

pub(crate) const KINDS: [Kind; 19] = [
    Kind::Status(429),
    Kind::RetryAfter,
    Kind::Status(500),
    Kind::Status(502),
    Kind::Status(503),
    Kind::Status(529),
    Kind::Status(401),
    Kind::Status(402),
    Kind::Status(404),
    Kind::HangUp,
    Kind::Cut,
    Kind::Stall,
    Kind::Garbage,
    Kind::Html,
    Kind::Empty,
    Kind::WrongType,
    Kind::Redirect,
    Kind::ErrorEvent,
    Kind::LateErrorEvent,
];

impl Kind {
    pub(crate) fn word(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::RetryAfter => "429, Retry-After".into(),
            Self::HangUp => "hang-up".into(),
            Self::Cut => "cut before content".into(),
            Self::Stall => "stall before content".into(),
            Self::Garbage => "garbage".into(),
            Self::Html => "HTML".into(),
            Self::Empty => "empty 200".into(),
            Self::WrongType => "text/plain".into(),
            Self::Redirect => "redirect".into(),
            Self::ErrorEvent => "error first".into(),
            Self::LateErrorEvent => "error before content".into(),
        }
    }

    /// As a provider of this dialect fails so.
    pub(crate) fn fault(self, dialect: Dialect) -> Fault {
        let prelude = prelude(dialect);
        match self {
            Self::Status(status) => Fault::status(status),
            Self::RetryAfter => Fault::Status {
                status: 429,
                code: None,
                message: None,
                retry_after: Some("1".into()),
            },
            Self::HangUp => Fault::HangUp,
            Self::Cut => Fault::CutAfter(prelude),
            Self::Stall => Fault::Streamed(Fault::StallAfter(prelude).into()),
            // The second one is for streams, of which the first spoils the third event.
            Self::Garbage => {
                let data = Bytes::from_static(b"data: {\"id\": \"x\n\n");
                Fault::All(vec![Fault::Garbage, Fault::Insert { after: 0, data }])
            }
            Self::Html => Fault::Html,
            Self::Empty => Fault::Empty,
            Self::WrongType => Fault::WrongContentType,
            Self::Redirect => Fault::Redirect("http://127.0.0.1:1/".into()),
            Self::ErrorEvent => Fault::ErrorEventAfter(0),
            Self::LateErrorEvent => Fault::ErrorEventAfter(prelude),
        }
    }
}

/// How many events of a stream say nothing yet.
fn prelude(dialect: Dialect) -> u64 {
    match dialect {
        // The role.
        Dialect::OpenAi => 1,
        // The message, its block, and a ping.
        Dialect::Anthropic => 3,
        // The first event has the first words.
        _ => 0,
    }
}
