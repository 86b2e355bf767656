mod refused_or;

pub use self::refused_or::RefusedOr;

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use sync_wrapper::SyncWrapper;

/// The error of a body on its way: opaque, with its cause as source.
#[derive(Debug)]
pub struct BodyError(Box<dyn std::error::Error + Send + Sync>);

impl BodyError {
    /// Wraps what went wrong.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// The body of outgoing requests and of boxed responses.
///
/// Opaque: bytes, a few slices of bytes in a row, or any other body boxed. `Send + Sync + Unpin`, so that every
/// client takes it: a hyper-util client is built for it, `reqwest::Body::wrap` accepts it, and tonic's and axum's
/// own bodies wrap it with their `new`.
pub struct Body(Kind);

enum Kind {
    Chunks(VecDeque<Bytes>),
    Boxed {
        body: SyncWrapper<UnsyncBoxBody<Bytes, BodyError>>,
        /// How many bytes are to come, where that is known.
        left: Option<u64>,
    },
}

impl Body {
    /// A body without bytes.
    pub const fn empty() -> Self {
        Self(Kind::Chunks(VecDeque::new()))
    }

    /// Boxes any body.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if body.is_end_stream() {
            return Self::empty();
        }
        // A body of this type already is not boxed again.
        let mut body = Some(body);
        if let Some(body) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return body.take().unwrap_or_default();
        }
        let Some(body) = body else {
            return Self::empty();
        };
        let left = body.size_hint().exact();
        let body = SyncWrapper::new(body.map_err(BodyError::new).boxed_unsync());
        Self(Kind::Boxed { body, left })
    }

    /// The bytes where they are all here already and in one piece.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Chunks(chunks) if chunks.len() == 1 => chunks.front(),
            Kind::Chunks(_) | Kind::Boxed { .. } => None,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from_iter([bytes])
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl FromIterator<Bytes> for Body {
    /// A body of several slices, sent one after the other; its length is their sum.
    fn from_iter<I: IntoIterator<Item = Bytes>>(slices: I) -> Self {
        Self(Kind::Chunks(
            slices
                .into_iter()
                .filter(|slice| !slice.is_empty())
                .collect(),
        ))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.get_mut().0 {
            Kind::Chunks(chunks) => Poll::Ready(chunks.pop_front().map(|b| Ok(Frame::data(b)))),
            Kind::Boxed { body, left } => {
                let frame = ready!(Pin::new(body.get_mut()).poll_frame(cx));
                if let (Some(left), Some(Ok(frame))) = (left, &frame)
                    && let Some(data) = frame.data_ref()
                {
                    *left = left.saturating_sub(data.len() as u64);
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Chunks(chunks) => chunks.is_empty(),
            // Behind the wrapper there is no shared access; hyper asks again with the next frame.
            Kind::Boxed { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Chunks(chunks) => {
                SizeHint::with_exact(chunks.iter().map(|chunk| chunk.len() as u64).sum())
            }
            Kind::Boxed { left, .. } => left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Chunks(_) => f
                .debug_struct("Body")
                .field("bytes", &self.size_hint().exact())
                .finish(),
            Kind::Boxed { .. } => f.write_str("Body(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn slices_come_in_order_and_their_sum_is_known() {
        let body = Body::from_iter(["ab", "", "c"].map(Bytes::from));
        assert_eq!(body.size_hint().exact(), Some(3));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
    }

    #[tokio::test]
    async fn a_boxed_body_keeps_its_length() {
        let mut body = Body::new(Body::from_iter(["ab", "c"].map(Bytes::from)));
        assert_eq!(body.size_hint().exact(), Some(3));
        body.frame().await;
        assert_eq!(body.size_hint().exact(), Some(1));
    }

    #[test]
    fn every_client_takes_it() {
        fn takes<B: HttpBody<Data = Bytes> + Send + Sync + Unpin + 'static>() {}
        takes::<Body>();
    }
}
