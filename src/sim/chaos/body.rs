use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a [`Faulty`] service's response: the one below, maybe cut, or an error's.
    ///
    /// [`Faulty`]: super::Faulty
    #[derive(Debug)]
    pub struct FaultBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProj]
    enum Kind<B> {
        Whole { #[pin] body: B },
        // `left` frames may pass.
        Cut { #[pin] body: B, left: u64 },
        Refusal { #[pin] body: Full<Bytes> },
        Over,
    }
}

/// A body was cut by a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CutError;

impl fmt::Display for CutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was cut by a simulated fault")
    }
}

impl Error for CutError {}

impl<B> FaultBody<B> {
    pub(crate) fn new(body: B, cut: Option<u64>) -> Self {
        let kind = match cut {
            None => Kind::Whole { body },
            Some(left) => Kind::Cut { body, left },
        };
        Self { kind }
    }

    pub(crate) fn refusal(body: Bytes) -> Self {
        let body = Full::new(body);
        Self {
            kind: Kind::Refusal { body },
        }
    }
}

impl<B> Body for FaultBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut kind = self.project().kind;
        match kind.as_mut().project() {
            KindProj::Whole { body } => {
                let frame = ready!(body.poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            KindProj::Cut { body, .. } if body.is_end_stream() => Poll::Ready(None),
            KindProj::Cut { left: 0, .. } => {
                // What is below is dropped now, as when a connection breaks.
                kind.set(Kind::Over);
                Poll::Ready(Some(Err(Box::new(CutError))))
            }
            KindProj::Cut { body, left } => {
                let frame = ready!(body.poll_frame(cx));
                *left -= 1;
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            KindProj::Refusal { body } => {
                let frame = ready!(body.poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            KindProj::Over => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Whole { body } | Kind::Cut { body, .. } => body.is_end_stream(),
            Kind::Refusal { body } => body.is_end_stream(),
            Kind::Over => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            // The promise of a length is kept to as little as a broken connection keeps it.
            Kind::Whole { body } | Kind::Cut { body, .. } => body.size_hint(),
            Kind::Refusal { body } => body.size_hint(),
            Kind::Over => SizeHint::with_exact(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    fn three() -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        let frames = [b"a", b"b", b"c"].map(|b| Ok(Frame::data(Bytes::from_static(b))));
        StreamBody::new(futures::stream::iter(frames))
    }

    #[tokio::test]
    async fn a_cut_body_gives_its_frames_and_one_error() {
        let mut body = FaultBody::new(three(), Some(2));
        for expected in ["a", "b"] {
            let frame = body.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), expected);
        }
        let error = body.frame().await.unwrap().unwrap_err();
        assert!(error.is::<CutError>());
        assert!(body.frame().await.is_none());
        assert!(body.is_end_stream());
    }

    #[tokio::test]
    async fn a_body_that_has_ended_is_not_cut() {
        let body = FaultBody::new(Full::<Bytes>::from("abc"), Some(1));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
        let body = FaultBody::new(three(), None);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
    }
}
