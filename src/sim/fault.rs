use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::Gate;

/// Something that goes wrong at a provider, on command.
///
/// Events are those of a stream, counted from the first one, which only names the role. An answer
/// that is not streamed counts as one event; where a fault falls within it, half of it is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// An error with OpenAI's error body.
    Status {
        /// The HTTP status.
        status: u16,
        /// `error.code`; `None` is the code that OpenAI sends with this status.
        code: Option<String>,
        /// `error.message`; `None` is a sentence about the status.
        message: Option<String>,
        /// The text of the `retry-after` header, in seconds or as an HTTP date.
        retry_after: Option<String>,
    },
    /// The head of the answer comes this much later.
    Delay(Duration),
    /// The head of the answer is held until the gate lets it through.
    Hold(Gate),
    /// The connection (with HTTP/2: the stream) breaks before the head of the answer.
    HangUp,
    /// The connection breaks after so many events, without a clean end.
    CutAfter(u64),
    /// Nothing more comes after so many events, and the connection stays open.
    StallAfter(u64),
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
    /// The stream ends without `[DONE]`.
    NoDone,
    /// The usage in the answer is wrong. The provider's own bill stays right.
    Usage(UsageFault),
    /// The finish reason in the answer, such as `content_filter`.
    Finish(String),
    /// The answer is right but its `content-type` is `text/plain`.
    WrongContentType,
    /// Status 307 to this location.
    Redirect(String),
    /// The bytes of a stream come in unusual but valid portions.
    Framing(Framing),
}

impl Fault {
    /// An error of this status, with the code and message that OpenAI sends with it.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            code: None,
            message: None,
            retry_after: None,
        }
    }

    /// Whether something else stands in the answer's place, so that there is nothing to pay.
    pub(crate) fn replaces(&self, streamed: bool) -> bool {
        match self {
            Self::Status { .. }
            | Self::HangUp
            | Self::Raw { .. }
            | Self::Html
            | Self::Empty
            | Self::Redirect(_) => true,
            Self::ErrorEventAfter(_) => !streamed,
            Self::Delay(_)
            | Self::Hold(_)
            | Self::CutAfter(_)
            | Self::StallAfter(_)
            | Self::Garbage
            | Self::Insert { .. }
            | Self::Header(..)
            | Self::NoDone
            | Self::Usage(_)
            | Self::Finish(_)
            | Self::WrongContentType
            | Self::Framing(_) => false,
        }
    }
}

/// How the usage in an answer is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageFault {
    /// There is none.
    Missing,
    /// It is `null`.
    Null,
    /// Every count is 0.
    Zero,
    /// Counts are below 0.
    Negative,
    /// Counts are the greatest that 64 bits with a sign hold.
    Huge,
    /// Counts have fractions.
    Float,
    /// Counts are texts.
    Text,
    /// Every chunk of a stream has the usage so far.
    Cumulative,
    /// The last chunk with the usage comes twice.
    Twice,
    /// The answer names another model.
    Model(String),
    /// The answer names another service tier.
    Tier(String),
}

/// Unusual portions in which a stream's bytes may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// Each byte alone.
    Bytes,
    /// Comments for keeping the connection alive before each event.
    Comments,
    /// Lines that end with CR LF.
    CrLf,
    /// A byte order mark first.
    Bom,
}

/// How many calls a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// The next call.
    Once,
    /// So many calls from the next one on.
    Next(u64),
    /// All calls until it is healed.
    Always,
}

/// The faults that wait for calls.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue {
    counted: std::collections::VecDeque<(Fault, u64)>,
    always: Option<Fault>,
}

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: Fault, times: Times) {
        match times {
            Times::Once => self.counted.push_back((fault, 1)),
            Times::Next(0) => {}
            Times::Next(n) => self.counted.push_back((fault, n)),
            Times::Always => self.always = Some(fault),
        }
    }

    pub(crate) fn take(&mut self) -> Option<Fault> {
        let Some((fault, left)) = self.counted.front_mut() else {
            return self.always.clone();
        };
        *left -= 1;
        let (fault, spent) = (fault.clone(), *left == 0);
        if spent {
            self.counted.pop_front();
        }
        Some(fault)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(fault: Option<Fault>) -> Option<u16> {
        match fault {
            Some(Fault::Status { status, .. }) => Some(status),
            _ => None,
        }
    }

    #[test]
    fn counted_faults_come_in_order_and_before_the_lasting_one() {
        let mut queue = FaultQueue::default();
        queue.push(Fault::status(500), Times::Always);
        queue.push(Fault::status(429), Times::Once);
        queue.push(Fault::status(503), Times::Next(2));
        queue.push(Fault::status(400), Times::Next(0));
        let taken: Vec<_> = (0..5).map(|_| status(queue.take())).collect();
        assert_eq!(taken, [429, 503, 503, 500, 500].map(Some));
        queue.clear();
        assert_eq!(status(queue.take()), None);
    }
}
