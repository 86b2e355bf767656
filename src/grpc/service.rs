use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE, request::Parts};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::{
    GrpcBody, GrpcLayer, Manner, Method, Status, answering,
    rpc::{Own, Served},
};
use crate::{Body, context};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Service that serves gRPC callers by a stack. See the [module docs](crate::grpc).
#[derive(Clone)]
pub struct Grpc<S> {
    inner: S,
    manner: Manner,
    own: Arc<[Arc<dyn Own>]>,
}

impl<S> Grpc<S> {
    pub(super) const fn with(inner: S, manner: Manner, own: Arc<[Arc<dyn Own>]>) -> Self {
        Self { inner, manner, own }
    }

    /// Around a stack.
    pub fn new(inner: S) -> Self {
        GrpcLayer::new().layer(inner)
    }

    /// A layer that does this.
    pub const fn layer() -> GrpcLayer {
        GrpcLayer::new()
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

    /// The method that a request calls by gRPC; `None` where it is no such call.
    fn called(&self, head: &Parts) -> Option<Result<Served, Status>> {
        let content_type = head.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let kind = content_type.strip_prefix("application/grpc")?;
        // Not its forms for browsers, nor with JSON inside.
        if !(kind.is_empty() || kind.starts_with(';') || kind.starts_with("+proto")) {
            return None;
        }
        let path = head.uri.path();
        if let Some(own) = self.own.iter().find(|own| own.path() == path) {
            return Some(Ok(Served::Own(Arc::clone(own))));
        }
        Method::of_path(path).map(|method| method.map(Served::Google))
    }
}

impl<S: fmt::Debug> fmt::Debug for Grpc<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grpc")
            .field("inner", &self.inner)
            .field("most", &self.manner.most)
            .finish_non_exhaustive()
    }
}

impl<S, B, ResB> Service<Request<B>> for Grpc<S>
where
    S: Service<Request<Body>, Response = Response<ResB>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    ResB: HttpBody<Data = Bytes> + Send + 'static,
    ResB::Error: Into<BoxError>,
{
    type Response = Response<GrpcBody<ResB>>;
    type Error = S::Error;
    type Future = GrpcFuture<S::Future, ResB, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        // The stack is called later, perhaps by somebody else.
        context::Context::capture(&mut head.extensions);
        let kind = match self.called(&head) {
            None => {
                let request = Request::from_parts(head, Body::new(body));
                Kind::Passing {
                    future: self.inner.call(request),
                }
            }
            Some(Err(status)) => Kind::Refused {
                response: Some(answering::refused(&status)),
            },
            Some(Ok(method)) => {
                // The clone may not be ready; the one that was polled is.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                Kind::Called {
                    future: Box::pin(answering::answer(ready, method, head, body, self.manner)),
                }
            }
        };
        GrpcFuture { kind }
    }
}

type Answering<ResB, E> = Pin<Box<dyn Future<Output = Result<Response<GrpcBody<ResB>>, E>> + Send>>;

pin_project! {
    /// Response future of [`Grpc`].
    pub struct GrpcFuture<F, ResB, E> {
        #[pin]
        kind: Kind<F, ResB, E>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F, ResB, E> {
        Passing { #[pin] future: F },
        Called { future: Answering<ResB, E> },
        Refused { response: Option<Response<GrpcBody<ResB>>> },
    }
}

impl<F, ResB, E> Future for GrpcFuture<F, ResB, E>
where
    F: Future<Output = Result<Response<ResB>, E>>,
{
    type Output = Result<Response<GrpcBody<ResB>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Passing { future } => {
                Poll::Ready(Ok(ready!(future.poll(cx))?.map(GrpcBody::passing)))
            }
            KindProj::Called { future } => future.as_mut().poll(cx),
            KindProj::Refused { response } => {
                Poll::Ready(Ok(response.take().expect("polled after completion")))
            }
        }
    }
}

impl<F, ResB, E> fmt::Debug for GrpcFuture<F, ResB, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcFuture").finish_non_exhaustive()
    }
}
