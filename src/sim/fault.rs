use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Framing, Gate, Manner, UsageFault};

/// Something that goes wrong at a provider, on command.
///
/// Events are those of a stream, counted from the first one, which only names the role (but at Google
/// tells the first words). An answer
/// that is not streamed counts as one event; where a fault falls within it, half of it is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// An error with the dialect's error body.
    Status {
        /// The HTTP status.
        status: u16,
        /// OpenAI's `error.code`, Anthropic's `error.type`, Google's `error.status`; `None` is what
        /// the dialect sends with this status.
        code: Option<String>,
        /// `error.message`; `None` is a sentence about the status.
        message: Option<String>,
        /// The text of the `retry-after` header, in seconds or as an HTTP date. Google has no such
        /// header; its `RetryInfo` tells so many seconds.
        retry_after: Option<String>,
    },
    /// The head of the answer comes this much later.
    Delay(Duration),
    /// The head of the answer is held until the gate lets it through.
    Hold(Gate),
    /// The connection (with HTTP/2: the stream) breaks before the head of the answer.
    HangUp,
    /// The provider does not look at the call: with HTTP/2 its stream is refused (`REFUSED_STREAM`), with HTTP/1.1, which
    /// has no word for that, the connection breaks before the head.
    Refused,
    /// The connection (with HTTP/2: the stream, as an internal error) breaks after so many events, without a clean end.
    CutAfter(u64),
    /// It breaks after so many bytes of the body.
    CutAt(u64),
    /// Nothing more comes after so many events, and the connection stays open.
    StallAfter(u64),
    /// After so many events of a stream nothing more comes, not even what another fault of
    /// [`All`](Self::All) before this one makes of it there, until the gate lets it through.
    HoldAfter(u64, Gate),
    /// After so many events nothing more comes but signs of life, one at a time with a pause before each: comments, or
    /// blank lines where the format has none.
    PingsAfter {
        /// How many events come before.
        events: u64,
        /// The pause.
        every: Duration,
    },
    /// The body comes byte by byte, with such a pause before each.
    Drip(Duration),
    /// JSON that breaks off: in a stream as its third event, which is then the last one.
    Garbage,
    /// This answer in place of the model's.
    Raw {
        /// The HTTP status.
        status: StatusCode,
        /// The `content-type` header.
        content_type: HeaderValue,
        /// The body to the byte.
        body: Bytes,
    },
    /// These bytes as they are within a stream after so many events, or after its end.
    Insert {
        /// How many events come before.
        after: u64,
        /// The bytes. An event ends with an empty line, which is not added.
        data: Bytes,
    },
    /// A header more in the answer, or another value of one that it has.
    Header(HeaderName, HeaderValue),
    /// Status 200 with a page of HTML, as a proxy in between may send it.
    Html,
    /// Status 200 with an empty body.
    Empty,
    /// After so many events an event with an error, and then the end. An answer that is not streamed
    /// is a 200 with an error body.
    ErrorEventAfter(u64),
    /// The stream ends without what says that it is complete: `[DONE]`, `message_stop`, or the event
    /// with a `finishReason`.
    NoDone,
    /// The usage in the answer is wrong. The provider's own bill stays right.
    Usage(UsageFault),
    /// The finish reason in the answer, in the dialect's own word, such as `content_filter`.
    Finish(String),
    /// The answer is right but its `content-type` is `text/plain`.
    WrongContentType,
    /// Status 307 to this location.
    Redirect(String),
    /// The model answers in this manner.
    Manner(Manner),
    /// All of these at once.
    All(Vec<Fault>),
    /// This for answers that are streamed; others are as they should be.
    Streamed(Box<Fault>),
    /// The bytes of a stream come in unusual but valid portions.
    Framing(Framing),
}

impl Fault {
    /// An error of this status, with the code and message that the dialect sends with it.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            code: None,
            message: None,
            retry_after: None,
        }
    }

    /// The single faults that this stands for, where an answer is streamed or not.
    pub(crate) fn flat(self, streamed: bool) -> Vec<Self> {
        match self {
            Self::All(faults) => {
                let faults = faults.into_iter();
                faults.flat_map(|fault| fault.flat(streamed)).collect()
            }
            Self::Streamed(fault) if streamed => fault.flat(streamed),
            Self::Streamed(_) => Vec::new(),
            one => vec![one],
        }
    }

    /// Whether something else stands in the answer's place, so that there is nothing to pay.
    pub(crate) fn replaces(&self, streamed: bool) -> bool {
        match self {
            Self::Status { .. }
            | Self::HangUp
            | Self::Refused
            | Self::Raw { .. }
            | Self::Html
            | Self::Empty
            | Self::Redirect(_) => true,
            Self::ErrorEventAfter(_) => !streamed,
            Self::All(faults) => faults.iter().any(|fault| fault.replaces(streamed)),
            Self::Streamed(fault) => streamed && fault.replaces(streamed),
            Self::Delay(_)
            | Self::Hold(_)
            | Self::CutAfter(_)
            | Self::CutAt(_)
            | Self::StallAfter(_)
            | Self::HoldAfter(..)
            | Self::PingsAfter { .. }
            | Self::Drip(_)
            | Self::Garbage
            | Self::Insert { .. }
            | Self::Header(..)
            | Self::NoDone
            | Self::Usage(_)
            | Self::Finish(_)
            | Self::Manner(_)
            | Self::WrongContentType
            | Self::Framing(_) => false,
        }
    }
}
