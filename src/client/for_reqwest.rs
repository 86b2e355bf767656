use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::Service;

use crate::Body;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A stack as what speaks reqwest wants its transport. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct ForReqwest<S> {
    inner: S,
}

impl<S> ForReqwest<S> {
    /// Around a stack.
    pub const fn new(stack: S) -> Self {
        Self { inner: stack }
    }

    /// The stack.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The stack.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The stack.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ResB> Service<reqwest::Request> for ForReqwest<S>
where
    S: Service<Request<reqwest::Body>, Response = Response<ResB>>,
    S::Error: From<reqwest::Error>,
    ResB: HttpBody<Data = Bytes> + Send + 'static,
    ResB::Error: Into<BoxError>,
{
    type Response = reqwest::Response;
    type Error = S::Error;
    type Future = ForReqwestFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: reqwest::Request) -> Self::Future {
        let kind = match request.try_into() {
            Ok(request) => Kind::Called {
                future: self.inner.call(request),
            },
            Err(error) => Kind::Failed { error: Some(error) },
        };
        ForReqwestFuture { kind }
    }
}

pin_project! {
    /// Response future of [`ForReqwest`].
    pub struct ForReqwestFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Called { #[pin] future: F },
        /// Its address is none that a stack can be asked for.
        Failed { error: Option<reqwest::Error> },
    }
}

impl<F, ResB, E> Future for ForReqwestFuture<F>
where
    F: Future<Output = Result<Response<ResB>, E>>,
    E: From<reqwest::Error>,
    ResB: HttpBody<Data = Bytes> + Send + 'static,
    ResB::Error: Into<BoxError>,
{
    type Output = Result<reqwest::Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Called { future } => {
                // Boxed, since reqwest wants bodies that are `Sync`.
                let response = ready!(future.poll(cx))?.map(Body::new);
                Poll::Ready(Ok(response.into()))
            }
            KindProj::Failed { error } => {
                let error = error.take().expect("polled after completion");
                Poll::Ready(Err(error.into()))
            }
        }
    }
}

impl<F> fmt::Debug for ForReqwestFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForReqwestFuture").finish_non_exhaustive()
    }
}
