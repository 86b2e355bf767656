use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use super::{ResponseBody, notice};
use crate::{Body, catalog::Model};

pin_project! {
    /// Response future of [`Select`](super::Select).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    #[derive(Debug)]
    enum Kind<F> {
        Called { #[pin] future: F, ending: Option<Arc<Model>> },
        Refused { response: Option<Response<Body>> },
    }
}

impl<F> ResponseFuture<F> {
    /// `ending` is the model of whose end the caller is told.
    pub(super) const fn called(future: F, ending: Option<Arc<Model>>) -> Self {
        Self {
            kind: Kind::Called { future, ending },
        }
    }

    pub(super) const fn refused(response: Response<Body>) -> Self {
        Self {
            kind: Kind::Refused {
                response: Some(response),
            },
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Called { future, ending } => {
                let mut response = ready!(future.poll(cx))?.map(ResponseBody::inner);
                if let Some(model) = ending {
                    notice::tell(model.lifecycle(), response.headers_mut());
                }
                Poll::Ready(Ok(response))
            }
            KindProj::Refused { response } => {
                let response = response.take().expect("polled after completion");
                Poll::Ready(Ok(ResponseBody::refused(response)))
            }
        }
    }
}
