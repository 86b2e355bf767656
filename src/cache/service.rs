use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, Service};

use super::{
    CacheLayer, CacheStatus, Directives, ResponseBody, ResponseFuture,
    answer::Form,
    config::Config,
    flight::{Flights, Terms},
    key::Asking,
    question::Question,
    served,
};
use crate::{context, query::Classified};

/// Service that gives answers that were given before. See the [module docs](crate::cache) for an example.
#[derive(Clone)]
pub struct Cache<S> {
    inner: S,
    config: Arc<Config>,
    flights: Arc<Flights>,
}

impl<S> Cache<S> {
    pub(super) fn with(inner: S, config: Arc<Config>) -> Self {
        Self {
            inner,
            config,
            flights: Arc::default(),
        }
    }

    /// Around a service, with what [`CacheLayer::new`] sets.
    pub fn new(inner: S) -> Self {
        CacheLayer::new().layer(inner)
    }

    /// A layer.
    pub fn layer() -> CacheLayer {
        CacheLayer::new()
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

impl<S, B, R> Service<Request<B>> for Cache<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, R>;

    /// Always ready: the inner service is asked only when there is something to ask it for.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if self.config.off {
            return ResponseFuture::around(self.inner.clone(), request, None);
        }
        let context = context::Context::capture(request.extensions_mut());
        let query = Arc::clone(request.body().query());
        let asking = Asking {
            query: &query,
            context: &context,
            wish: request.extensions().get(),
            allowed: request.extensions().get(),
            headers: request.headers(),
            uri: request.uri(),
        };
        match asking.key(request.body().bytes(), &self.config) {
            Err(why) => {
                let status = CacheStatus::Bypassed(why);
                served::trace(status, query.model());
                ResponseFuture::around(self.inner.clone(), request, Some(status))
            }
            Ok(key) => {
                let question = Question {
                    wanted: Form::wanted(&query),
                    terms: Terms {
                        key,
                        choices: query.n(),
                        config: Arc::clone(&self.config),
                    },
                    directives: Directives::of(request.headers()),
                    flights: Arc::clone(&self.flights),
                    query,
                    context,
                };
                ResponseFuture::ask(self.inner.clone(), request, question)
            }
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Cache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("inner", &self.inner)
            .field("config", &self.config)
            .field("flights", &self.flights)
            .finish()
    }
}
