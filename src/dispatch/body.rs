use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::stream::Streamed;
use crate::{Body, BodyError};

/// The body of a dispatched call's answer.
///
/// Dropping it before its end closes the connection to the provider (or reads on, see [`Drain`](super::Drain)) and
/// settles what the call has cost.
#[derive(Debug)]
pub struct ResponseBody(Kind);

#[derive(Debug)]
enum Kind {
    Plain(Body),
    Streamed(Option<Box<Streamed>>),
}

impl ResponseBody {
    pub(super) const fn plain(body: Body) -> Self {
        Self(Kind::Plain(body))
    }

    pub(super) fn streamed(stream: Streamed) -> Self {
        Self(Kind::Streamed(Some(Box::new(stream))))
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.get_mut().0 {
            Kind::Plain(body) => Pin::new(body).poll_frame(cx),
            Kind::Streamed(Some(stream)) => stream.poll_frame(cx),
            Kind::Streamed(None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Plain(body) => body.is_end_stream(),
            Kind::Streamed(stream) => stream.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Plain(body) => body.size_hint(),
            Kind::Streamed(_) => SizeHint::default(),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        if let Kind::Streamed(stream) = &mut self.0
            && let Some(stream) = stream.take()
        {
            stream.abandon();
        }
    }
}
