use std::{borrow::Cow, sync::Arc, time::Duration};

use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use super::{form, grpc};
use crate::{Body, query::Api};

const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Why a call was refused here, before any provider saw it (or instead of a provider's unusable answer).
///
/// [`response`](Self::response) writes it in the form of the caller's API, with the refusal itself as a response
/// extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    kind: RefusalKind,
    message: Cow<'static, str>,
    param: Option<Cow<'static, str>>,
    scope: Option<Arc<str>>,
    retry_after: Option<Duration>,
    id: Option<Box<str>>,
}

/// The kinds of refusal; each has one status and code per API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The request is not valid: 400.
    Malformed,
    /// The body did not come in time: 408.
    Slow,
    /// The body is larger than allowed: 413.
    TooLarge,
    /// No candidate can express the request, or its cost cannot be bounded: 400, naming the field.
    Unsupported,
    /// The prompt is longer than any candidate's context: 400 `context_length_exceeded`.
    ContextTooLong,
    /// No such model for this caller: 404 `model_not_found`.
    UnknownModel,
    /// No such path: 404.
    UnknownPath,
    /// The caller's key is unknown: 401.
    Unauthorized,
    /// Every candidate can cost more than the call may: 400.
    TooDear,
    /// The budget is used up until its window renews: 429 `insufficient_quota`, not to be retried.
    Spent,
    /// The budget is held by calls in flight: 429 `rate_limit_exceeded`, to be retried.
    Held,
    /// The caller's budget lets no more requests or tokens pass now: 429 `rate_limit_exceeded`, to be retried.
    RateLimited,
    /// Where money or keys are to come from is not set up: 500.
    Misconfigured,
    /// The provider says that it has failed: 500.
    Failed,
    /// The provider could not be reached or gave no usable answer: 502.
    Upstream,
    /// No candidate can be asked now: 503.
    Unavailable,
    /// No provider gave an answer in time: 504.
    TimedOut,
    /// The protocol upgrade asked for does not exist here: 426.
    Upgrade,
    /// The caller wants an answer from a cache or none, and the cache has none: 504.
    NotCached,
    /// The `Idempotency-Key` belongs to another request: 422.
    KeyReused,
    /// The call with this `Idempotency-Key` is still under way: 409, to be retried.
    InFlight,
    /// The call with this `Idempotency-Key` was made, and its answer is not kept: 409, not to be retried.
    NotKept,
    /// The answer was scored already: 409.
    Scored,
    /// The call has no whole answer (yet) that could be scored: 409.
    Unanswered,
}

impl RefusalKind {
    /// The status, the same for every API that has no form of its own.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::Unsupported | Self::ContextTooLong | Self::TooDear => {
                StatusCode::BAD_REQUEST
            }
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownModel | Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Spent | Self::Held | Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Misconfigured | Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Upstream => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Upgrade => StatusCode::UPGRADE_REQUIRED,
            Self::NotCached => StatusCode::GATEWAY_TIMEOUT,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::InFlight | Self::NotKept | Self::Scored | Self::Unanswered => {
                StatusCode::CONFLICT
            }
        }
    }
}

impl Refusal {
    /// A refusal with a message for people. Messages name fields, models and scopes, never prompts or keys.
    pub fn new(kind: RefusalKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            param: None,
            scope: None,
            retry_after: None,
            id: None,
        }
    }

    /// The answer's name, where that stands in the body too.
    pub(crate) fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Names the request field at fault.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Names the budget scope that refused.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<Arc<str>>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Says when trying again makes sense. Sent in whole seconds, rounded up.
    #[must_use]
    pub const fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The kind.
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The message for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field at fault.
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    /// The budget scope that refused.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// When trying again makes sense.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether what stands in the way passes by itself. SDKs retry 409, 429 and 5xx on their own; nothing else gets better
    /// by it.
    pub(super) const fn passes(&self) -> bool {
        matches!(
            self.kind,
            RefusalKind::Held
                | RefusalKind::RateLimited
                | RefusalKind::Unavailable
                | RefusalKind::InFlight
        )
    }

    /// The response in the form of the caller's API.
    pub fn response(self, api: Api) -> Response<Body> {
        if api == Api::Grpc {
            let mut response = grpc::response(&self);
            response.extensions_mut().insert(self);
            return response;
        }
        let vendor = api.vendor();
        let mut response = Response::new(Body::from(form::body(&self, api)));
        *response.status_mut() = form::status(self.kind, vendor);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(after) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
        }
        let retry = if self.passes() { "true" } else { "false" };
        headers.insert(SHOULD_RETRY, HeaderValue::from_static(retry));
        response.extensions_mut().insert(self);
        response
    }
}

/// Rounded up, and at least one.
pub(super) fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn spent_is_what_openai_s_sdk_knows_as_quota() {
        let response = Refusal::new(RefusalKind::Spent, "scope `org` is used up")
            .with_scope("org")
            .with_retry_after(Duration::from_millis(1_500))
            .response(Api::OpenAiChat);
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["x-should-retry"], "false");
        assert_eq!(
            response.extensions().get::<Refusal>().unwrap().scope(),
            Some("org")
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], "insufficient_quota");
        assert!(body["error"]["param"].is_null());
    }
}
