use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{driver::Step, running::Running};
use crate::{Body, BodyError};

pin_project! {
    /// The body of an answer: the inner service's, recorded where the call has a key, or one that was recorded.
    ///
    /// Dropping one that is recorded lets the call run on, see the [module docs](crate::idempotency).
    pub struct ResponseBody<R> {
        #[pin]
        kind: Kind<R>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<R> {
        Inner { #[pin] body: R },
        Kept { bytes: Option<Bytes> },
        Recorded { running: Running, left: Option<u64> },
    }
}

impl<R> ResponseBody<R> {
    pub(super) const fn inner(body: R) -> Self {
        Self {
            kind: Kind::Inner { body },
        }
    }

    pub(super) fn kept(bytes: Bytes) -> Self {
        let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        Self {
            kind: Kind::Kept { bytes },
        }
    }

    pub(super) fn refused(response: Response<Body>) -> Response<Self> {
        response.map(|body| Self::kept(body.as_bytes().cloned().unwrap_or_default()))
    }

    /// One that has so many bytes, where that is known.
    pub(super) const fn recorded(running: Running, left: Option<u64>) -> Self {
        Self {
            kind: Kind::Recorded { running, left },
        }
    }
}

impl<R> HttpBody for ResponseBody<R>
where
    R: HttpBody<Data = Bytes>,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.project().kind.project() {
            KindProj::Inner { body } => body.poll_frame(cx).map_err(BodyError::new),
            KindProj::Kept { bytes } => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))))
            }
            KindProj::Recorded { running, left } => {
                Poll::Ready(match ready!(running.poll_step(cx)) {
                    Step::Frame { frame, .. } => {
                        if let (Some(left), Some(data)) = (left, frame.data_ref()) {
                            *left = left.saturating_sub(data.len() as u64);
                        }
                        Some(Ok(frame))
                    }
                    Step::Broken(error) => Some(Err(error)),
                    // The head has come before.
                    Step::End | Step::Head { .. } | Step::Unanswered { .. } => None,
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Kept { bytes } => bytes.is_none(),
            Kind::Recorded { running, .. } => running.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Kept { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Recorded { left, .. } => {
                left.map_or_else(SizeHint::default, SizeHint::with_exact)
            }
        }
    }
}

impl<R> fmt::Debug for ResponseBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Inner { .. } => "inner",
            Kind::Kept { .. } => "kept",
            Kind::Recorded { .. } => "recorded",
        };
        f.debug_tuple("ResponseBody").field(&kind).finish()
    }
}
