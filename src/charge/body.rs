use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::ended::Ended;
use crate::budget::Hold;

pin_project! {
    /// Response body of [`Charge`](super::Charge): the inner one, whose trailers may say that the call has failed.
    #[derive(Debug)]
    pub struct ChargeBody<B> {
        #[pin]
        inner: B,
        hold: Option<Hold>,
        begun: bool,
    }
}

impl<B> ChargeBody<B> {
    /// Of a call whose hold ends by what the trailers say; dropped before them, by having been sent.
    pub(super) const fn new(inner: B, hold: Option<Hold>) -> Self {
        Self {
            inner,
            hold,
            begun: false,
        }
    }
}

impl<B: Body> Body for ChargeBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(cx));
        let Some(Ok(told)) = &frame else {
            return Poll::Ready(frame);
        };
        *this.begun |= told.is_data();
        if let Some(trailers) = told.trailers_ref()
            && let Some(ended) = Ended::of_headers(trailers)
            && let Some(hold) = this.hold.take()
        {
            let ended = match this.begun {
                true => ended.after_content(),
                false => ended,
            };
            ended.end(hold);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
