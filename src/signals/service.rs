use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::Service;

use super::{ResponseBody, ResponseFuture, SignalsLayer, watch::Watch};
use crate::{profile::Profile, query::Classified};

/// Service that tells a [`Profile`] what an answer's own form says of it. See the [module docs](crate::signals) for an example.
#[derive(Clone, Debug)]
pub struct Signals<S> {
    inner: S,
    profile: Option<Profile>,
}

impl<S> Signals<S> {
    pub(super) const fn with(inner: S, profile: Option<Profile>) -> Self {
        Self { inner, profile }
    }

    /// Around a service, for a profile.
    pub fn new(inner: S, profile: Profile) -> Self {
        tower::Layer::layer(&SignalsLayer::new(profile), inner)
    }

    /// A layer for a profile.
    pub const fn layer(profile: Profile) -> SignalsLayer {
        SignalsLayer::new(profile)
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

impl<S, B, R> Service<Request<B>> for Signals<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: Classified,
    R: HttpBody<Data = Bytes>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let watch = self.profile.as_ref();
        let watch = watch.and_then(|profile| Watch::of(profile, &request));
        ResponseFuture::new(self.inner.call(request), watch)
    }
}
