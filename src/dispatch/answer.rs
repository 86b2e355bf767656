use std::error::Error;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE, response::Parts};
use tracing::Span;

use super::{
    Failure, FailureClass, ResponseBody, Sent, draft::Sending, failure, headers, stream::Streamed,
};
use crate::{
    Body,
    observe::Ending,
    query::{Refusal, RefusalKind},
};

/// Largest answer that is not streamed: images in JSON are about that.
const MOST_WHOLE: usize = 64 * 1024 * 1024;
/// Largest error that is passed on.
const MOST_ERROR: usize = 256 * 1024;

/// A call that was sent, and the head of its answer once it is here.
pub(super) struct Head {
    sending: Sending,
    parts: Option<Parts>,
}

impl Head {
    pub(super) const fn new(sending: Sending) -> Self {
        Self {
            sending,
            parts: None,
        }
    }

    pub(super) fn span(&self) -> &Span {
        self.sending.meter.span()
    }

    /// The client failed.
    pub(super) fn failed<E: 'static>(&mut self, error: &E) {
        let meter = &mut self.sending.meter;
        // Of a client that has tried more than once, the last try says nothing of the others.
        let ending = match self.sending.config.sent(error) {
            Sent::Never if !meter.left_again() => Ending::Rejected,
            Sent::Never | Sent::Perhaps => Ending::Cut,
        };
        meter.end(ending);
    }

    pub(super) fn answered(&mut self, parts: Parts) {
        let id = parts.headers.get(headers::REQUEST_ID);
        let id = id.and_then(|id| id.to_str().ok());
        let id = id.map(|id| id.chars().take(256).collect());
        self.parts = Some(parts);
        self.sending.meter.answered(id, self.is_stream());
    }

    fn status(&self) -> StatusCode {
        self.parts
            .as_ref()
            .map_or(StatusCode::BAD_GATEWAY, |parts| parts.status)
    }

    /// Whether what comes is the stream that was asked for.
    pub(super) fn is_stream(&self) -> bool {
        let events = |parts| is(parts, "text/event-stream");
        self.status().is_success() && self.sending.stream && self.parts.as_ref().is_some_and(events)
    }

    pub(super) fn limit(&self) -> usize {
        if self.status().is_success() {
            MOST_WHOLE
        } else {
            MOST_ERROR
        }
    }

    pub(super) fn into_stream(self: Box<Self>, body: Body) -> Response<ResponseBody> {
        let mut response = self.head(Body::empty());
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream; charset=utf-8"),
        );
        let Sending {
            meter,
            drain,
            api,
            secret,
            ..
        } = self.sending;
        response.map(|_| ResponseBody::streamed(Streamed::new(body, meter, drain, api, secret)))
    }

    /// The whole answer was read, or could not be.
    pub(super) fn into_whole(
        mut self: Box<Self>,
        body: Result<Bytes, Box<dyn Error + Send + Sync>>,
    ) -> Response<ResponseBody> {
        let response = match body {
            Ok(body) if self.status().is_success() => self.success(body),
            Ok(body) => self.error(body),
            Err(_) if self.status().is_success() => {
                self.unusable("the provider's answer broke off or is too large")
            }
            Err(_) => self.error(Bytes::new()),
        };
        response.map(ResponseBody::plain)
    }

    fn success(&mut self, body: Bytes) -> Response<Body> {
        let parts = self.parts.as_ref();
        let json = parts.is_some_and(|parts| is(parts, "application/json"));
        let read = self.sending.meter.whole(&body);
        let in_band = self.sending.meter.seen().error.is_some();
        if in_band {
            self.sending.meter.failed();
            let body = self.scrubbed(body);
            let mut response = self.head(Body::from(body));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            self.fails(&mut response, FailureClass::Provider);
            return response;
        }
        if read.is_err() {
            return self.unusable("the provider's answer is not in its format");
        }
        self.sending.meter.end(Ending::Complete);
        if !json || self.sending.stream {
            return self.unusable("the provider's answer is not of the type that was asked for");
        }
        self.head(Body::from(body))
    }

    /// An error status: nothing was billed. The caller gets the provider's own words where they are in the caller's
    /// format, and where they are not about a key of ours.
    fn error(&mut self, body: Bytes) -> Response<Body> {
        let status = self.status();
        let class = FailureClass::of_status(status);
        let readable =
            self.sending.meter.whole(&body).is_ok() && self.sending.meter.seen().error.is_some();
        // What it says was used all the same is billed.
        self.sending.meter.failed();
        if self.sending.ours && class == FailureClass::Credential {
            return self.unavailable(
                RefusalKind::Upstream,
                class,
                "the provider does not accept the key that is set up for it",
            );
        }
        if !status.is_client_error() && !status.is_server_error() {
            return self.unavailable(
                RefusalKind::Upstream,
                class,
                "the provider redirects, which is not followed",
            );
        }
        if !readable {
            let (kind, what) = match class {
                FailureClass::Rate => (RefusalKind::Held, "the provider has too many requests"),
                FailureClass::ModelGone => (
                    RefusalKind::UnknownModel,
                    "the provider does not know the model",
                ),
                FailureClass::Caller => (
                    RefusalKind::Malformed,
                    "the provider does not take the request and did not say why",
                ),
                _ => (
                    RefusalKind::Upstream,
                    "the provider failed and did not say why",
                ),
            };
            let mut response = self.unavailable(kind, class, what);
            if class == FailureClass::Caller {
                *response.status_mut() = status;
            }
            return response;
        }
        let body = self.scrubbed(body);
        let mut response = self.head(Body::from(body));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *response.status_mut() = if status.as_u16() == 529 {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            status
        };
        self.fails(&mut response, class);
        response
    }

    /// A success that is none: what came is no answer.
    fn unusable(&mut self, what: &'static str) -> Response<Body> {
        self.sending.meter.end(Ending::Cut);
        self.unavailable(RefusalKind::Upstream, FailureClass::Malformed, what)
    }

    fn unavailable(
        &self,
        kind: RefusalKind,
        class: FailureClass,
        what: &'static str,
    ) -> Response<Body> {
        let name = self
            .sending
            .meter
            .outcome()
            .candidate()
            .model()
            .provider()
            .name()
            .to_owned();
        let refusal =
            Refusal::new(kind, format!("{what} (provider `{name}`)")).response(self.sending.api);
        let (own, body) = refusal.into_parts();
        let mut response = self.head(body);
        *response.status_mut() = own.status;
        response.headers_mut().extend(own.headers);
        response.extensions_mut().extend(own.extensions);
        self.fails(&mut response, class);
        response
    }

    /// A response with the provider's headers that pass, and the facts of the call.
    fn head(&self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        if let Some(parts) = &self.parts {
            *response.status_mut() = parts.status;
            *response.headers_mut() = headers::to_caller(&parts.headers);
        }
        let outcome = self.sending.meter.outcome().clone();
        if let Some(decision) = outcome.decision()
            && let Ok(id) = HeaderValue::try_from(decision.id.to_string())
        {
            response.headers_mut().insert(headers::REQUEST_ID, id);
        }
        response.extensions_mut().insert(outcome);
        response
    }

    fn fails(&self, response: &mut Response<Body>, class: FailureClass) {
        let provider = self
            .sending
            .meter
            .outcome()
            .candidate()
            .model()
            .provider()
            .name()
            .into();
        let retry_after = self
            .parts
            .as_ref()
            .and_then(|p| failure::retry_after(&p.headers));
        let failure = Failure {
            class,
            retry_after,
            provider,
        };
        response.extensions_mut().insert(failure);
    }

    fn scrubbed(&self, body: Bytes) -> Bytes {
        match &self.sending.secret {
            Some(secret) => secret.scrub(body.into()).into(),
            None => body,
        }
    }
}

/// Whether the answer says that it is of this type, parameters aside.
fn is(parts: &Parts, media_type: &str) -> bool {
    let value = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(media_type)
}
