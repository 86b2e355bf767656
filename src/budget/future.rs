use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use super::ResponseBody;
use crate::context::{self, Carried};

pin_project! {
    /// Response future of [`Budgeted`](super::Budgeted).
    pub struct ResponseFuture<F> {
        context: context::Context,
        #[pin]
        inner: Carried<F>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new<ResBody, E>(context: context::Context, inner: F) -> Self
    where
        F: Future<Output = Result<Response<ResBody>, E>>,
    {
        let inner = context.clone().carry(inner);
        Self { context, inner }
    }
}

impl<F, ResBody, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        let context = this.context.clone();
        Poll::Ready(Ok(response.map(|body| ResponseBody::new(context, body))))
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
