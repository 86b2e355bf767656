use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderValue, Response, header};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

use super::{FaultBody, dice::Fate};
use crate::sim::{error::ApiError, openai};

pin_project! {
    /// The response of a [`Faulty`] service. Dropping it cancels the call below.
    ///
    /// [`Faulty`]: super::Faulty
    #[derive(Debug)]
    pub struct FaultFuture<F> {
        #[pin]
        delay: Option<Sleep>,
        #[pin]
        inner: Option<F>,
        cut: Option<u64>,
    }
}

impl<F> FaultFuture<F> {
    pub(crate) fn new(inner: F, fate: Fate) -> Self {
        Self {
            delay: fate.delay.map(sleep),
            inner: Some(inner),
            cut: fate.cut,
        }
    }

    pub(crate) fn refused(fate: Fate) -> Self {
        Self {
            delay: fate.delay.map(sleep),
            inner: None,
            cut: None,
        }
    }
}

impl<F, B, E> Future for FaultFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<FaultBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(delay) = this.delay.as_mut().as_pin_mut() {
            ready!(delay.poll(cx));
            this.delay.set(None);
        }
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Ready(Ok(unavailable()));
        };
        let cut = *this.cut;
        let response = ready!(inner.poll(cx))?;
        Poll::Ready(Ok(response.map(|body| FaultBody::new(body, cut))))
    }
}

fn unavailable<B>() -> Response<FaultBody<B>> {
    let error = ApiError::on_command(503, None, None, None);
    let mut response = Response::new(FaultBody::refusal(openai::error_body(&error)));
    *response.status_mut() = error.status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
