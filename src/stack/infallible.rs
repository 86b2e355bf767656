use std::{
    convert,
    fmt::Display,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::Service;

use crate::{
    body::RefusedOr,
    observe::Decided,
    query::{Api, Refusal, RefusalKind, api},
};

/// Turns a client's error into a 502 in the form of the caller's API, so that the service fits where no error may
/// come out, such as an axum route.
///
/// What went wrong goes to a `tracing` event and not to the caller: it may name addresses. A service that fails to
/// become ready is not called; the call that it was wanted for gets the 502.
#[derive(Debug)]
pub struct Infallible<S> {
    inner: S,
    /// The inner service has failed to become ready.
    failed: bool,
}

impl<S> Infallible<S> {
    /// Around a service.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            failed: false,
        }
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: Clone> Clone for Infallible<S> {
    fn clone(&self) -> Self {
        // Whether a clone becomes ready is for itself to find out.
        Self::new(self.inner.clone())
    }
}

impl<S, B, ResB> Service<Request<B>> for Infallible<S>
where
    S: Service<Request<B>, Response = Response<ResB>>,
    S::Error: Display,
{
    type Response = Response<RefusedOr<ResB>>;
    type Error = convert::Infallible;
    type Future = InfallibleFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self.inner.poll_ready(cx) {
            Poll::Ready(Err(error)) => {
                tracing::error!(%error, "the client is not usable");
                self.failed = true;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Ok(())) => {
                self.failed = false;
                Poll::Ready(Ok(()))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let api = api::of(&head);
        let decided = Decided::default();
        head.extensions.insert(decided.clone());
        let failed = std::mem::take(&mut self.failed);
        InfallibleFuture {
            inner: (!failed).then(|| self.inner.call(Request::from_parts(head, body))),
            api,
            decided,
        }
    }
}

pin_project! {
    /// Response future of [`Infallible`].
    #[derive(Debug)]
    pub struct InfallibleFuture<F> {
        #[pin]
        inner: Option<F>,
        api: Api,
        decided: Decided,
    }
}

impl<F, B, E> Future for InfallibleFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Display,
{
    type Output = Result<Response<RefusedOr<B>>, convert::Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Ready(Ok(unreached(*this.api, this.decided)));
        };
        Poll::Ready(Ok(match ready!(inner.poll(cx)) {
            Ok(response) => response.map(RefusedOr::inner),
            Err(error) => {
                tracing::warn!(%error, "the provider was not reached");
                unreached(*this.api, this.decided)
            }
        }))
    }
}

/// With the decision's name, under which the call can be looked up.
fn unreached<B>(api: Api, decided: &Decided) -> Response<RefusedOr<B>> {
    let message = "the provider could not be reached";
    let refusal = Refusal::new(RefusalKind::Upstream, message);
    let mut response = refusal.response(api);
    if let Some(decision) = decided.get() {
        decision.name(&mut response);
    }
    RefusedOr::refused(response)
}
