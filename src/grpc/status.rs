use std::borrow::Cow;

use http::{HeaderMap, HeaderName, StatusCode};
use serde::{Deserialize, Serialize};

use super::Code;
use crate::query::{Refusal, RefusalKind, refusal};

/// How a call ended, and why.
#[derive(Clone, Debug)]
pub(super) struct Status {
    code: Code,
    message: Cow<'static, str>,
}

const CODE: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The JSON form of Google's errors.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    error: Error<'a>,
}

#[derive(Serialize, Deserialize)]
struct Error<'a> {
    code: u16,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
    #[serde(borrow, default)]
    status: Cow<'a, str>,
}

impl Status {
    pub(super) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(super) const fn code(&self) -> Code {
        self.code
    }

    /// Read from an answer of HTTP that is no good one.
    pub(super) fn of_answer(status: StatusCode, body: &[u8]) -> Self {
        Self::of_json(body).unwrap_or_else(|| {
            Self::new(
                Code::of_status(status),
                "the call failed, and nothing says why",
            )
        })
    }

    /// Read from the JSON form; `None` of what is no error.
    pub(super) fn of_json(json: &[u8]) -> Option<Self> {
        let Envelope { error } = serde_json::from_slice(json).ok()?;
        let by_number = || StatusCode::from_u16(error.code).map_or(Code::Unknown, Code::of_status);
        let code = Code::of_word(&error.status).unwrap_or_else(by_number);
        Some(Self::new(code, error.message.into_owned()))
    }

    /// In the JSON form.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let envelope = Envelope {
            error: Error {
                code: self.code.status().as_u16(),
                message: Cow::Borrowed(&self.message),
                status: Cow::Borrowed(self.code.as_str()),
            },
        };
        serde_json::to_vec(&envelope).unwrap_or_default()
    }

    /// Read from trailers, or from a head that has no body; `None` where they do not say.
    pub(super) fn of_trailers(trailers: &HeaderMap) -> Option<Self> {
        let code = trailers.get(CODE)?.to_str().ok()?;
        let message = trailers
            .get(MESSAGE)
            .map_or(String::new(), |message| unescape(message.as_bytes()));
        Some(Self::new(Code::of(code.parse().unwrap_or(2)), message))
    }

    /// Into trailers.
    pub(super) fn put(&self, trailers: &mut HeaderMap) {
        refusal::grpc::put(self.code.number(), &self.message, trailers);
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = Code::of(refusal::grpc::code(refusal.kind()).into());
        Self::new(code, refusal.message().to_owned())
    }
}

impl From<Status> for Refusal {
    /// Of a message that cannot be taken.
    fn from(status: Status) -> Self {
        let kind = match status.code {
            Code::ResourceExhausted => RefusalKind::TooLarge,
            Code::Unimplemented => RefusalKind::Unsupported,
            _ => RefusalKind::Malformed,
        };
        Self::new(kind, status.message)
    }
}

/// What is no escape stays as it is.
fn unescape(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(escaped) if *byte == b'%' => {
                bytes.push(escaped);
                at += 3;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_the_same_in_trailers_and_as_json() {
        for message in ["", "plain", "100 % of ü\n", "%41 is no A"] {
            let status = Status::new(Code::ResourceExhausted, message);
            let mut trailers = HeaderMap::new();
            status.put(&mut trailers);
            let read = Status::of_trailers(&trailers).unwrap();
            assert_eq!((read.code, &*read.message), (status.code, message));
            let read = Status::of_json(&status.to_json()).unwrap();
            assert_eq!((read.code, &*read.message), (status.code, message));
        }
        assert!(Status::of_json(br#"{"candidates":[]}"#).is_none());
        let other = Status::of_json(br#"{"error":{"code":503,"message":"later"}}"#).unwrap();
        assert_eq!(other.code, Code::Unavailable);
        assert_eq!(unescape(b"50%"), "50%");
    }
}
