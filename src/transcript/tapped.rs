use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::Transcript;

pin_project! {
    /// The body of an answer: the inner service's, byte for byte and as it comes. Where somebody wants to know what it says,
    /// that is read beside.
    pub struct Tapped<R> {
        #[pin]
        body: R,
        tap: Option<Box<Tap>>,
    }
}

/// Who reads along, and what follows when the answer has come to its end. Of one that breaks off, or is left, nothing
/// follows.
pub(crate) struct Tap {
    transcript: Transcript,
    then: Box<dyn FnOnce(Transcript) + Send>,
}

impl Tap {
    pub(crate) fn new(
        transcript: Transcript,
        then: impl FnOnce(Transcript) + Send + 'static,
    ) -> Self {
        Self {
            transcript,
            then: Box::new(then),
        }
    }

    fn close(self) {
        (self.then)(self.transcript);
    }
}

impl<R> Tapped<R> {
    pub(crate) fn new(body: R, tap: Option<Tap>) -> Self {
        Self {
            body,
            tap: tap.map(Box::new),
        }
    }
}

impl<R: HttpBody<Data = Bytes>> HttpBody for Tapped<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(cx));
        if this.tap.is_none() {
            return Poll::Ready(frame);
        }
        let ended = match &frame {
            Some(Ok(frame)) => {
                if let (Some(tap), Some(data)) = (&mut this.tap, frame.data_ref()) {
                    tap.transcript.take(data);
                }
                // Who knows the length does not ask for the end.
                this.body.is_end_stream() || this.body.size_hint().exact() == Some(0)
            }
            Some(Err(_)) => {
                *this.tap = None;
                false
            }
            None => true,
        };
        if this
            .tap
            .as_ref()
            .is_some_and(|tap| tap.transcript.is_lost())
        {
            *this.tap = None;
        }
        if ended && let Some(tap) = this.tap.take() {
            tap.close();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<R> fmt::Debug for Tapped<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tapped")
            .field("tapped", &self.tap.is_some())
            .finish_non_exhaustive()
    }
}
