use std::fmt;

use bytes::Bytes;

use crate::{chat::Sink, query::Refusal};

/// Writes an answer in the form of a caller's API, from the pieces that it [takes](Sink::take).
pub(crate) trait Writer: Sink + Send + Sync + fmt::Debug {
    /// Whether something of the answer itself was written into a stream, that its caller sees: words, thoughts where they
    /// are shown, a call. Who answers, in which role, is nothing yet.
    fn has_said(&self) -> bool;

    /// What has been written since this was last asked: whole events of a stream. Nothing of an answer that is not
    /// streamed.
    fn written(&mut self) -> Bytes;

    /// The answer is complete: what closes a stream, or the whole body.
    fn end(&mut self) -> Bytes;

    /// The answer breaks off: what tells the caller of a stream, in its own form. Never looks like an end.
    fn fail(&mut self, why: &Refusal) -> Bytes;
}
