use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::Service;

use super::{ResponseBody, drawn::Drawn};
use crate::query::Classified;

pin_project! {
    /// Response future of [`Shadow`](super::Shadow). Dropping it cancels the call, and nothing is compared.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        future: S::Future,
        drawn: Option<Box<Drawn<S, B>>>,
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn new(future: S::Future, drawn: Option<Drawn<S, B>>) -> Self {
        Self {
            future,
            drawn: drawn.map(Box::new),
        }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx));
        let drawn = this.drawn.take();
        let response = response?;
        let tap = drawn.and_then(|drawn| drawn.follow(&response));
        Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, tap))))
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("drawn", &self.drawn.is_some())
            .finish_non_exhaustive()
    }
}
