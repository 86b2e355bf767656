use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::Request;
use pin_project_lite::pin_project;
use tower::Service;

use super::Attempt;
use crate::catalog::Provider;

/// An inner service for each provider: a pool each, a tonic channel each, a limit each.
///
/// A leaf under Dispatch. It is always ready; the chosen provider's service is asked whether it is when it is called, so
/// one that is busy never holds up another. Under [`FallbackLayer`](crate::fallback::FallbackLayer) the call goes on to
/// the next candidate then, as if this one had failed, and nothing is held for it; where all are busy, each is waited for
/// in turn. Without that layer, and where nobody else is left, it is waited for here. A call that is cancelled while it
/// waits costs nothing.
///
/// Services are made by name at first use and kept, one for each of a provider's
/// [deployments](Provider::deployments), whose names are `provider/deployment`; a provider that a reload has changed keeps its service, so what
/// `make` reads should be the name.
///
/// ```
/// use tower_genai::{Body, catalog::Provider, dispatch::PerProvider};
/// # use std::convert::Infallible;
/// # use http::{Request, Response};
/// # fn client_for(_: Option<&Provider>) -> impl tower::Service<Request<Body>, Response = Response<Body>> + Clone + use<> {
/// #     tower::service_fn(|_: Request<Body>| async { Ok::<_, Infallible>(Response::new(Body::empty())) })
/// # }
///
/// // `None` stands for calls that pass through to where their caller addressed them.
/// let client = PerProvider::new(|provider: Option<&Provider>| client_for(provider));
/// # drop(client);
/// ```
pub struct PerProvider<M, S> {
    make: Arc<M>,
    made: Arc<Mutex<HashMap<Option<Box<str>>, S>>>,
}

impl<M, S> PerProvider<M, S>
where
    M: Fn(Option<&Provider>) -> S,
{
    /// With a maker of services.
    pub fn new(make: M) -> Self {
        Self {
            make: Arc::new(make),
            made: Arc::default(),
        }
    }
}

impl<M, S> Clone for PerProvider<M, S> {
    fn clone(&self) -> Self {
        Self {
            make: Arc::clone(&self.make),
            made: Arc::clone(&self.made),
        }
    }
}

impl<M, S, B> Service<Request<B>> for PerProvider<M, S>
where
    M: Fn(Option<&Provider>) -> S,
    S: Service<Request<B>> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = PerProviderFuture<S, Request<B>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let attempt = request.extensions().get::<Attempt>().cloned();
        if let Some(attempt) = &attempt {
            attempt.queue();
        }
        let service = self.service(attempt.as_ref().map(Attempt::provider));
        PerProviderFuture {
            state: State::Waiting {
                service,
                request: Some(request),
                attempt,
            },
        }
    }
}

impl<M, S> PerProvider<M, S>
where
    M: Fn(Option<&Provider>) -> S,
    S: Clone,
{
    fn service(&self, provider: Option<&Provider>) -> S {
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let name = provider.map(|provider| Box::from(provider.name()));
        if let Some(service) = made().get(&name) {
            return service.clone();
        }
        // Made outside of the lock: it is the user's code.
        let new = (self.make)(provider);
        made().entry(name).or_insert(new).clone()
    }
}

pin_project! {
    /// Response future of [`PerProvider`]: waits until the provider's service is ready, then calls it.
    pub struct PerProviderFuture<S, R>
    where
        S: Service<R>,
    {
        #[pin]
        state: State<S, S::Future, R>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, F, R> {
        Waiting { service: S, request: Option<R>, attempt: Option<Attempt> },
        Called { #[pin] future: F },
    }
}

impl<S, R> Future for PerProviderFuture<S, R>
where
    S: Service<R>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match this.state.as_mut().project() {
                StateProj::Called { future } => return future.poll(cx),
                StateProj::Waiting {
                    service,
                    request,
                    attempt,
                } => {
                    match (service.poll_ready(cx)?, &attempt) {
                        (Poll::Ready(()), Some(attempt)) => attempt.leave(),
                        (Poll::Ready(()), None) => {}
                        // Whether it is waited for or given up is Dispatch's to see, which polls this.
                        (Poll::Pending, Some(attempt)) => {
                            attempt.not_ready();
                            return Poll::Pending;
                        }
                        (Poll::Pending, None) => return Poll::Pending,
                    }
                    service.call(request.take().expect("polled after completion"))
                }
            };
            this.state.set(State::Called { future });
        }
    }
}

impl<S, R> fmt::Debug for PerProviderFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerProviderFuture").finish_non_exhaustive()
    }
}

impl<M, S> fmt::Debug for PerProvider<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("PerProvider")
            .field("made", &made.len())
            .finish_non_exhaustive()
    }
}
