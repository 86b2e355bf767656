use std::{
    pin::Pin,
    task::{self, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::context::Context;

pin_project! {
    /// Response body of [`Budgeted`](super::Budgeted): the inner one, in its request's ambient context.
    #[derive(Clone, Debug, Default)]
    pub struct ResponseBody<B> {
        context: Context,
        #[pin]
        inner: B,
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn new(context: Context, inner: B) -> Self {
        Self { context, inner }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        this.context.sync_scope(|| this.inner.poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
