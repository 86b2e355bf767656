use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use super::{ResponseBody, watch::Watch};

pin_project! {
    /// Response future of [`Signals`](super::Signals).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        watch: Option<Box<Watch>>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(future: F, watch: Option<Watch>) -> Self {
        Self {
            future,
            watch: watch.map(Box::new),
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx))?;
        let tap = this.watch.take().and_then(|watch| watch.follow(&response));
        Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, tap))))
    }
}
