use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::Request;
use tower::{
    Service,
    util::{Oneshot, ServiceExt},
};

use super::Attempt;
use crate::catalog::Provider;

/// An inner service for each provider: a pool each, a tonic channel each, a limit each.
///
/// A leaf under Dispatch. It is always ready; the chosen provider's service is waited for when it is called, so one
/// that is busy never holds up another. Services are made by name at first use and kept; a provider that a reload
/// has changed keeps its service, so what `make` reads should be the name.
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
    type Future = Oneshot<S, Request<B>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let provider = request.extensions().get::<Attempt>().map(Attempt::provider);
        let name = provider.map(|provider| Box::from(provider.name()));
        let service = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.entry(name)
                .or_insert_with(|| (self.make)(provider))
                .clone()
        };
        service.oneshot(request)
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
