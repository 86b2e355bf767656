use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::Service;

/// A client for a stack that sends by reqwest. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct OverReqwest<C = reqwest::Client> {
    inner: C,
}

impl OverReqwest {
    /// Builds a client that follows no redirects and repeats nothing.
    ///
    /// # Errors
    /// Where reqwest cannot build it.
    pub fn build(builder: reqwest::ClientBuilder) -> reqwest::Result<Self> {
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        client.build().map(Self::around)
    }
}

impl<C> OverReqwest<C> {
    /// Around a client, or layers around one. It should follow no redirects and repeat nothing by itself.
    pub const fn around(client: C) -> Self {
        Self { inner: client }
    }

    /// The client.
    pub const fn get_ref(&self) -> &C {
        &self.inner
    }

    /// The client.
    pub const fn get_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// The client.
    pub fn into_inner(self) -> C {
        self.inner
    }
}

impl<C, B> Service<Request<B>> for OverReqwest<C>
where
    C: Service<reqwest::Request, Response = reqwest::Response>,
    C::Error: From<reqwest::Error>,
    B: Into<reqwest::Body>,
{
    type Response = Response<reqwest::Body>;
    type Error = C::Error;
    type Future = OverReqwestFuture<C::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let kind = match reqwest::Request::try_from(request) {
            Ok(request) => Kind::Called {
                future: self.inner.call(request),
            },
            Err(error) => Kind::Failed { error: Some(error) },
        };
        OverReqwestFuture { kind }
    }
}

pin_project! {
    /// Response future of [`OverReqwest`].
    pub struct OverReqwestFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Called { #[pin] future: F },
        /// The request is none that reqwest can send.
        Failed { error: Option<reqwest::Error> },
    }
}

impl<F, E> Future for OverReqwestFuture<F>
where
    F: Future<Output = Result<reqwest::Response, E>>,
    E: From<reqwest::Error>,
{
    type Output = Result<Response<reqwest::Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Called { future } => Poll::Ready(Ok(ready!(future.poll(cx))?.into())),
            KindProj::Failed { error } => {
                let error = error.take().expect("polled after completion");
                Poll::Ready(Err(error.into()))
            }
        }
    }
}

impl<F> fmt::Debug for OverReqwestFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverReqwestFuture").finish_non_exhaustive()
    }
}
