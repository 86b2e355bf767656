use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::sync::watch;
use tower::Service;

use super::{ResponseBody, ResponseFuture, ShadowLayer, config::Config, drawn::Drawn};
use crate::{budget::Budget, query::Classified};

/// Service that also asks another candidate for a share of the calls. See the [module docs](crate::shadow) for an example.
#[derive(Clone)]
pub struct Shadow<S> {
    inner: S,
    config: Option<Arc<Config>>,
    /// Gone when the last clone is: then what is under way ends.
    alive: Arc<watch::Sender<()>>,
}

impl<S> Shadow<S> {
    pub(super) const fn with(
        inner: S,
        config: Option<Arc<Config>>,
        alive: Arc<watch::Sender<()>>,
    ) -> Self {
        Self {
            inner,
            config,
            alive,
        }
    }

    /// Around a service, as [`ShadowLayer::new`] makes it.
    pub fn new(inner: S, share: f64, budget: Budget) -> Self {
        tower::Layer::layer(&ShadowLayer::new(share, budget), inner)
    }

    /// A layer as [`ShadowLayer::new`] makes it.
    pub fn layer(share: f64, budget: Budget) -> ShadowLayer {
        ShadowLayer::new(share, budget)
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

impl<S, B, R> Service<Request<B>> for Shadow<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let drawn = self
            .config
            .as_ref()
            .and_then(|config| Drawn::draw(config, &self.inner, &self.alive, &mut request));
        ResponseFuture::new(self.inner.call(request), drawn)
    }
}

impl<S: fmt::Debug> fmt::Debug for Shadow<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow")
            .field("inner", &self.inner)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
