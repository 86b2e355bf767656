use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::{Service, ServiceExt, util::Oneshot};

use super::{
    IdempotencyStatus, ResponseBody,
    driver::{Driver, Slot},
    recording::Recording,
    running::Running,
};
use crate::context;

pin_project! {
    /// Response future of [`Idempotency`](super::Idempotency).
    ///
    /// Dropping it cancels a call without a key; one with a key runs on, see the [module docs](crate::idempotency).
    pub struct ResponseFuture<S, B, R>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, R, S::Error>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, R, E>
    where
        S: Service<Request<B>>,
    {
        Around { #[pin] future: Oneshot<S, Request<B>>, status: Option<IdempotencyStatus> },
        Answered { response: Option<Response<ResponseBody<R>>> },
        First { running: Option<Running>, slot: Arc<Slot<E>> },
    }
}

impl<S, B, R> ResponseFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    /// The inner service's own answer; nothing is said of a key where there is none.
    pub(super) fn around(
        service: S,
        request: Request<B>,
        status: Option<IdempotencyStatus>,
    ) -> Self {
        let future = service.oneshot(request);
        Self {
            state: State::Around { future, status },
        }
    }

    pub(super) const fn answered(response: Response<ResponseBody<R>>) -> Self {
        Self {
            state: State::Answered {
                response: Some(response),
            },
        }
    }

    /// Makes the call, and records what comes of it.
    pub(super) fn first(
        service: S,
        request: Request<B>,
        context: context::Context,
        recording: Recording,
    ) -> Self
    where
        S: Send + 'static,
        S::Future: Send,
        S::Error: Send + 'static,
        B: Send + 'static,
        R: HttpBody<Data = Bytes> + Send + 'static,
        R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let slot = Arc::new(Slot::new());
        let future = service.oneshot(request);
        let driver = Driver::new(future, Arc::clone(&slot), context);
        let running = Some(Running::new(driver, recording));
        Self {
            state: State::First { running, slot },
        }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Around { future, status } => {
                let mut response = ready!(future.poll(cx))?.map(ResponseBody::inner);
                if let Some(status) = *status {
                    response.extensions_mut().insert(status);
                }
                Poll::Ready(Ok(response))
            }
            StateProj::Answered { response } => Poll::Ready(Ok(response.take().expect(TWICE))),
            StateProj::First { running, slot } => {
                let head = ready!(running.as_mut().expect(TWICE).poll_head(cx));
                let running = running.take().expect(TWICE);
                Poll::Ready(match head {
                    Some((mut parts, size)) => {
                        parts.extensions.insert(IdempotencyStatus::First);
                        let body = ResponseBody::recorded(running, size);
                        Ok(Response::from_parts(*parts, body))
                    }
                    // The driver has put it there.
                    None => Err(slot.take().expect(TWICE)),
                })
            }
        }
    }
}

const TWICE: &str = "polled after completion";

impl<S, B, R> fmt::Debug for ResponseFuture<S, B, R>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
