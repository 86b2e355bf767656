use std::{
    fmt,
    sync::Arc,
    task::{self, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, UPGRADE},
};
use http_body::Body as HttpBody;
use tower::{Layer, Service};

use super::{ClassifyLayer, ResponseBody, ResponseFuture, layer::Limits};
use crate::{
    Body,
    context::Context,
    query::{ClassifyFn, Query, QueryBody, Refusal, RefusalKind, api},
};

/// Service that reads a call's body once. See the [module docs](crate::classify) for an example.
#[derive(Clone)]
pub struct Classify<S> {
    inner: S,
    classify: Arc<ClassifyFn>,
    limits: Limits,
}

impl<S> Classify<S> {
    pub(super) const fn with(inner: S, classify: Arc<ClassifyFn>, limits: Limits) -> Self {
        Self {
            inner,
            classify,
            limits,
        }
    }

    /// Around a service, with the built-in heuristics.
    pub fn new(inner: S) -> Self {
        ClassifyLayer::new().layer(inner)
    }

    /// A layer with the built-in heuristics.
    pub fn layer() -> ClassifyLayer {
        ClassifyLayer::new()
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

impl<S, B, ResB> Service<Request<B>> for Classify<S>
where
    S: Service<Request<QueryBody>, Response = Response<ResB>> + Clone,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<ResB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone may not be ready; the one that was polled is.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (mut head, body) = request.into_parts();
        // The body may be read, and the inner service called, in somebody else's context.
        Context::capture(&mut head.extensions);
        let api = api::of(&head);
        let unread = if api.is_query() {
            unreadable(&head.headers).map(|why| Query::defective(api, why))
        } else {
            let upgrades = head.headers.contains_key(UPGRADE);
            let only_reads = head.method.is_safe() && !upgrades && body.is_end_stream();
            Some(Query::untouched(api, only_reads))
        };
        if let Some(query) = unread {
            let body = QueryBody::untouched(query, Body::new(body));
            return ResponseFuture::called(inner.call(Request::from_parts(head, body)));
        }
        let declared = head
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        let declared = declared.and_then(|value| value.parse::<u64>().ok());
        if declared.is_some_and(|bytes| bytes > self.limits.max_body as u64) {
            return ResponseFuture::refused(too_large(self.limits.max_body).response(api));
        }
        let classify = Arc::clone(&self.classify);
        ResponseFuture::reading(head, body, api, classify, self.limits, inner)
    }
}

/// Why a body cannot be read here: it is not JSON by its type, or it is encoded. Without a type it is taken for JSON.
fn unreadable(headers: &HeaderMap) -> Option<Refusal> {
    let media_type = headers.get(CONTENT_TYPE);
    let json = media_type.is_none_or(|value| {
        let value = value.to_str().unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    let plain = headers
        .get(CONTENT_ENCODING)
        .is_none_or(|value| value == "identity");
    let (name, what) = match (json, plain) {
        (true, true) => return None,
        (false, _) => ("content-type", "must be application/json"),
        (true, false) => (
            "content-encoding",
            "must be absent: the body is read as it comes",
        ),
    };
    let refusal = Refusal::new(RefusalKind::Malformed, format!("the header {name} {what}"));
    Some(refusal.with_param(name))
}

pub(super) fn too_large(most: usize) -> Refusal {
    let message = format!("the request's body is larger than {most} bytes");
    Refusal::new(RefusalKind::TooLarge, message)
}

impl<S: fmt::Debug> fmt::Debug for Classify<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classify")
            .field("inner", &self.inner)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
