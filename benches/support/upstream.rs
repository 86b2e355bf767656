use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use ::bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame};
use tower::Service;

use super::bytes;

/// A provider in memory. It answers at once, whatever it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    headers: Arc<HeaderMap>,
    frames: Arc<[Bytes]>,
}

impl Upstream {
    pub(crate) fn new(stream: bool) -> Self {
        let (content_type, frames) = if stream {
            ("text/event-stream; charset=utf-8", bytes::events())
        } else {
            ("application/json", vec![bytes::whole()])
        };
        Self {
            headers: bytes::headers(content_type).into(),
            frames: frames.into(),
        }
    }
}

impl<B> Service<Request<B>> for Upstream {
    type Response = Response<Replay>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Replay>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = Response::new(Replay {
            frames: Arc::clone(&self.frames),
            next: 0,
        });
        *response.status_mut() = StatusCode::OK;
        *response.headers_mut() = HeaderMap::clone(&self.headers);
        ready(Ok(response))
    }
}

/// The answer's frames, one after another.
#[derive(Debug)]
pub(crate) struct Replay {
    frames: Arc<[Bytes]>,
    next: usize,
}

impl HttpBody for Replay {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.frames.get(self.next).cloned();
        self.next += 1;
        Poll::Ready(frame.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.frames.len()
    }
}
