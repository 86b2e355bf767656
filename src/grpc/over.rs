use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::Service;

use super::{Code, Frames, Method, Status, asking};
use crate::{Body, BodyError};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A client for Dispatch that calls a provider by gRPC. See the [module docs](crate::grpc).
///
/// It takes what Dispatch sends to a provider with `dialect = "gemini"`, whose `base_url` is the channel's authority, such as
/// `https://generativelanguage.googleapis.com`. Around a tonic `Channel`, tower's `map_request` makes its body of this
/// crate's: `tonic::body::Body::new`.
#[derive(Clone, Debug)]
pub struct OverGrpc<C> {
    inner: C,
}

impl<C> OverGrpc<C> {
    /// Around a channel: any client that speaks HTTP/2.
    pub const fn new(channel: C) -> Self {
        Self { inner: channel }
    }

    /// The channel.
    pub const fn get_ref(&self) -> &C {
        &self.inner
    }

    /// The channel.
    pub const fn get_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// The channel.
    pub fn into_inner(self) -> C {
        self.inner
    }
}

impl<C, B> Service<Request<Body>> for OverGrpc<C>
where
    C: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    C::Future: Send,
    C::Error: Send,
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<OverGrpcBody<B>>;
    type Error = C::Error;
    type Future = OverGrpcFuture<B, C::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone may not be ready; the one that was polled is.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        OverGrpcFuture {
            future: Box::pin(asking::ask(ready, request)),
        }
    }
}

type Asking<B, E> = Pin<Box<dyn Future<Output = Result<Response<OverGrpcBody<B>>, E>> + Send>>;

/// Response future of [`OverGrpc`].
pub struct OverGrpcFuture<B, E> {
    future: Asking<B, E>,
}

impl<B, E> Future for OverGrpcFuture<B, E> {
    type Output = Result<Response<OverGrpcBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().future.as_mut().poll(cx)
    }
}

impl<B, E> fmt::Debug for OverGrpcFuture<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverGrpcFuture").finish_non_exhaustive()
    }
}

pin_project! {
    /// Response body of [`OverGrpc`]: JSON, or a stream of events with JSON.
    pub struct OverGrpcBody<B> {
        #[pin]
        body: Option<B>,
        method: Option<&'static Method>,
        frames: Frames,
        ready: VecDeque<Bytes>,
        broken: bool,
    }
}

impl<B> OverGrpcBody<B> {
    pub(super) fn whole(json: Vec<u8>) -> Self {
        Self {
            body: None,
            method: None,
            frames: Frames::new(0),
            ready: VecDeque::from([Bytes::from(json)]),
            broken: false,
        }
    }

    /// Of an answer that breaks off before there is anything of it.
    pub(super) fn broken() -> Self {
        Self {
            body: None,
            method: None,
            frames: Frames::new(0),
            ready: VecDeque::new(),
            broken: true,
        }
    }

    /// Goes on with a stream of which the first message is here.
    pub(super) fn stream(body: B, method: &'static Method, frames: Frames, first: &[u8]) -> Self {
        Self {
            body: Some(body),
            method: Some(method),
            frames,
            ready: VecDeque::from([event(first)]),
            broken: false,
        }
    }
}

fn event(json: &[u8]) -> Bytes {
    [b"data: ", json, b"\r\n\r\n"].concat().into()
}

impl<B> HttpBody for OverGrpcBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut this = self.project();
        loop {
            if let Some(bytes) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if std::mem::take(this.broken) {
                let why = "the provider's answer broke off, or cannot be read";
                return Poll::Ready(Some(Err(BodyError::new(why))));
            }
            let (Some(body), Some(method)) = (this.body.as_mut().as_pin_mut(), *this.method) else {
                return Poll::Ready(None);
            };
            let read = this.frames.next();
            let read = read.and_then(|message| {
                let json = message.map(|message| method.answer_to_json(message));
                json.transpose()
            });
            let said = match read {
                Ok(Some(json)) => {
                    this.ready.push_back(event(&json));
                    continue;
                }
                Err(_) => None,
                Ok(None) => match ready!(body.poll_frame(cx)) {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(bytes) => {
                            this.frames.push(&bytes);
                            continue;
                        }
                        Err(frame) => frame.trailers_ref().and_then(Status::of_trailers),
                    },
                    Some(Err(_)) | None => None,
                },
            };
            this.body.set(None);
            match said {
                Some(status) if status.code() != Code::Ok => {
                    this.ready.push_back(event(&status.to_json()));
                }
                Some(_) => *this.broken = this.frames.is_cut(),
                // Nobody has said how it went: what was made is billed, and it is no error of the provider's own.
                None => *this.broken = true,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none() && self.ready.is_empty() && !self.broken
    }

    fn size_hint(&self) -> SizeHint {
        match self.body {
            Some(_) => SizeHint::default(),
            None if self.broken => SizeHint::default(),
            None => SizeHint::with_exact(self.ready.iter().map(Bytes::len).sum::<usize>() as u64),
        }
    }
}

impl<B> fmt::Debug for OverGrpcBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverGrpcBody").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http::HeaderMap;
    use http_body_util::{BodyExt, StreamBody};

    use super::*;
    use crate::grpc::frames::framed;

    #[tokio::test]
    async fn what_a_stream_s_trailers_say_is_its_last_event() {
        let (method, _) = Method::of_http("/v1beta/models/m:streamGenerateContent").unwrap();
        for (code, last) in [
            (Some(Code::Ok), "data: {\"modelVersion\":\"m\"}\r\n\r\n"),
            (
                Some(Code::Unavailable),
                "\"status\":\"UNAVAILABLE\"}}\r\n\r\n",
            ),
            (None, ""),
        ] {
            let mut frames = vec![Frame::data(framed(&[34, 1, b'm']))];
            frames.extend(code.map(|code| {
                let mut trailers = HeaderMap::new();
                Status::new(code, "why").put(&mut trailers);
                Frame::trailers(trailers)
            }));
            let frames = frames.into_iter().map(Ok::<_, std::convert::Infallible>);
            let body = StreamBody::new(stream::iter(frames));
            let first = br#"{"modelVersion":"first"}"#;
            let body = OverGrpcBody::stream(body, method, Frames::new(100), first);
            let whole = body.collect().await;
            let Some(_) = code else {
                assert!(whole.is_err(), "nobody has said how it went");
                continue;
            };
            let bytes = whole.unwrap().to_bytes();
            let text = std::str::from_utf8(&bytes).unwrap();
            assert!(
                text.starts_with("data: {\"modelVersion\":\"first\"}\r\n\r\n"),
                "{text}"
            );
            assert!(text.ends_with(last), "{text}");
        }
    }
}
