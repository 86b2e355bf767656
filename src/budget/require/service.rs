use std::{
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use http::{Request, Response};
use tower::{Layer, Service};

use super::{RequireScopeFuture, RequireScopeLayer, layer::Seen};
use crate::{
    body::RefusedOr,
    context,
    query::{Refusal, RefusalKind, api},
};

/// Service that notices calls without an open budget scope. See the [module docs](crate::budget::require) for an example.
#[derive(Clone, Debug)]
pub struct RequireScope<S> {
    inner: S,
    required: bool,
    seen: Arc<Seen>,
}

impl<S> RequireScope<S> {
    pub(super) const fn with(inner: S, required: bool, seen: Arc<Seen>) -> Self {
        Self {
            inner,
            required,
            seen,
        }
    }

    /// Refuses calls to `inner` without an open scope.
    pub fn new(inner: S) -> Self {
        RequireScopeLayer::new().layer(inner)
    }

    /// A layer that does this.
    pub fn layer() -> RequireScopeLayer {
        RequireScopeLayer::new()
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

    fn warn(&self) {
        // Where no call has a scope, none gets lost.
        if self.seen.scope.load(Ordering::Relaxed)
            && !self.seen.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!("{LOST}; others have one. This is said once");
        }
    }
}

const LOST: &str = "this call has no open budget: if it was made in a spawned task, spawn `future.in_context()` \
    (tower_genai::context::InContext), or put the `Context` of the request being served into its extensions";

impl<S, B, ResB> Service<Request<B>> for RequireScope<S>
where
    S: Service<Request<B>, Response = Response<ResB>>,
{
    type Response = Response<RefusedOr<ResB>>;
    type Error = S::Error;
    type Future = RequireScopeFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let context = context::Context::capture(&mut head.extensions);
        if !context.scopes().is_empty() {
            // Written once: calls on other cores read it.
            if !self.seen.scope.load(Ordering::Relaxed) {
                self.seen.scope.store(true, Ordering::Relaxed);
            }
        } else if self.required {
            let refusal = Refusal::new(RefusalKind::Misconfigured, LOST);
            return RequireScopeFuture::refused(refusal.response(api::of(&head)));
        } else {
            self.warn();
        }
        RequireScopeFuture::called(self.inner.call(Request::from_parts(head, body)))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::{Body, budget::Budget, context::Context};

    async fn status(layer: &RequireScopeLayer, path: &str, scope: bool) -> Response<String> {
        let inner = service_fn(|_: Request<Body>| async {
            Ok::<_, Infallible>(Response::new(Body::from(String::from("inner"))))
        });
        let mut request = Request::post(path).body(Body::empty()).unwrap();
        if scope {
            let context = Context::new().with_scope(Budget::new("b").scope());
            request.extensions_mut().insert(context);
        }
        let response = layer.layer(inner).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = http_body_util::BodyExt::collect(body)
            .await
            .unwrap()
            .to_bytes();
        Response::from_parts(head, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn refuses_in_the_form_of_the_api_and_names_the_remedy() {
        let layer = RequireScopeLayer::new();
        for (path, form) in [
            (
                "/v1/chat/completions",
                r#"{"error":{"message":"this call has no open budget"#,
            ),
            (
                "/v1/messages",
                r#"{"type":"error","error":{"type":"api_error","message":"this"#,
            ),
            (
                "/v1beta/models/m:generateContent",
                r#"{"error":{"code":500,"message":"this"#,
            ),
        ] {
            let refused = status(&layer, path, false).await;
            assert_eq!(refused.status(), 500);
            assert!(refused.body().starts_with(form), "{}", refused.body());
            assert!(refused.body().contains(".in_context()"));
            assert!(refused.extensions().get::<Refusal>().is_some());
            assert_eq!(status(&layer, path, true).await.body(), "inner");
        }
    }

    #[tokio::test]
    async fn warns_only_where_others_have_a_scope() {
        let layer = RequireScopeLayer::warns();
        let warned = |layer: &RequireScopeLayer| {
            let service = layer.layer(());
            service.seen.warned.load(Ordering::Relaxed)
        };
        assert_eq!(status(&layer, "/", false).await.body(), "inner");
        assert!(!warned(&layer), "no call has a scope");
        assert_eq!(status(&layer, "/", true).await.body(), "inner");
        assert!(!warned(&layer));
        assert_eq!(status(&layer, "/", false).await.body(), "inner");
        assert!(warned(&layer));
    }
}
