use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE, response::Parts};
use tokio::runtime::Handle;
use tracing::Span;

use super::{
    ResponseBody, Sent, draft::Sending, headers, retry_after::retry_after, stream::Streamed,
};
use crate::{
    Body,
    observe::{Ending, Failure, FailureClass},
    query::{Refusal, RefusalKind},
};

/// Largest answer that is not streamed: images in JSON are about that.
const MOST_WHOLE: usize = 64 * 1024 * 1024;
/// Largest error that is passed on.
const MOST_ERROR: usize = 256 * 1024;
/// How long the words of an error may take to come after its head.
const LONGEST_ERROR: Duration = Duration::from_secs(5);

/// What is said of a failure of a key of ours.
const NO_KEY: &str =
    "the provider does not accept the key that is set up for it, or its quota is used up";

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
        let unsent = self.sending.config.sent(error) == Sent::Never && !meter.left_again();
        let failure = Failure::new(FailureClass::Provider, meter.provider());
        meter.fail(if unsent { failure.unsent() } else { failure });
        meter.end(if unsent {
            Ending::Rejected
        } else {
            Ending::Cut
        });
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

    /// How long what follows the head is waited for: for an answer as long as it takes, and where there is no clock.
    pub(super) fn longest(&self) -> Option<Duration> {
        let waits = self.status().is_success() || Handle::try_current().is_err();
        (!waits).then_some(LONGEST_ERROR)
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
        let read = self.sending.meter.whole(&body, &mut ());
        let in_band = self.sending.meter.seen().error.is_some();
        if in_band {
            let class = self.sending.meter.seen().failure;
            let class = class.unwrap_or(FailureClass::Provider);
            self.fails(class);
            self.sending.meter.failed();
            if self.sending.ours && class == FailureClass::Credential {
                return self.unavailable(RefusalKind::Upstream, NO_KEY);
            }
            if read.is_err() {
                return self.unavailable(
                    RefusalKind::Upstream,
                    "the provider failed in the middle of its answer",
                );
            }
            let body = self.scrubbed(body);
            let mut response = self.head(Body::from(body));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            return response;
        }
        if read.is_err() {
            return self.unusable("the provider's answer is not in its format");
        }
        if !json || self.sending.stream {
            self.fails(FailureClass::Malformed);
            self.sending.meter.end(Ending::Complete);
            return self.unusable("the provider's answer is not of the type that was asked for");
        }
        if self.sending.meter.was_filtered() {
            self.fails(FailureClass::Filtered);
        }
        self.sending.meter.end(Ending::Complete);
        self.head(Body::from(body))
    }

    /// An error status: nothing was billed. The caller gets the provider's own words where they are in the caller's
    /// format, and where they are not about a key of ours.
    fn error(&mut self, body: Bytes) -> Response<Body> {
        let status = self.status();
        let readable = self.sending.meter.whole(&body, &mut ()).is_ok()
            && self.sending.meter.seen().error.is_some();
        let said = self.sending.meter.seen().failure.filter(|_| readable);
        let class = said.unwrap_or_else(|| FailureClass::of_status(status));
        self.fails(class);
        // What it says was used all the same is billed.
        self.sending.meter.failed();
        if self.sending.ours && class == FailureClass::Credential {
            return self.unavailable(RefusalKind::Upstream, NO_KEY);
        }
        if !status.is_client_error() && !status.is_server_error() {
            return self.unavailable(
                RefusalKind::Upstream,
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
                FailureClass::Caller | FailureClass::Unsupported => (
                    RefusalKind::Malformed,
                    "the provider does not take the request and did not say why",
                ),
                _ => (
                    RefusalKind::Upstream,
                    "the provider failed and did not say why",
                ),
            };
            let mut response = self.unavailable(kind, what);
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
        response
    }

    /// A success that is none: what came is no answer.
    fn unusable(&mut self, what: &'static str) -> Response<Body> {
        self.fails(FailureClass::Malformed);
        self.sending.meter.end(Ending::Cut);
        self.unavailable(RefusalKind::Upstream, what)
    }

    fn unavailable(&self, kind: RefusalKind, what: &'static str) -> Response<Body> {
        let name = self.sending.meter.provider();
        let refusal =
            Refusal::new(kind, format!("{what} (provider `{name}`)")).response(self.sending.api);
        let (own, body) = refusal.into_parts();
        let mut response = self.head(body);
        *response.status_mut() = own.status;
        response.headers_mut().extend(own.headers);
        response.extensions_mut().extend(own.extensions);
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
        if let Some(failure) = outcome.failure() {
            response.extensions_mut().insert(failure.clone());
        }
        response.extensions_mut().insert(outcome);
        response
    }

    /// Notes how the attempt fails, before it ends. The first word counts.
    fn fails(&self, class: FailureClass) {
        let meter = &self.sending.meter;
        let now = self.sending.config.clock.now();
        let parts = self.parts.as_ref();
        let after = parts.and_then(|parts| retry_after(&parts.headers, now));
        let failure = Failure::new(class, meter.provider()).with_retry_after(after);
        meter
            .fail(failure.with_again(!parts.is_some_and(|parts| headers::ends_it(&parts.headers))));
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
