use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE, response::Parts};
use tokio::runtime::Handle;
use tracing::Span;

use super::{
    ResponseBody, Sent, Unreadable,
    attempt::Unseen,
    draft::Sending,
    failed,
    form::Form,
    headers,
    retry_after::{MOST, retry_after},
    stream::Streamed,
};
use crate::{
    Body,
    observe::{Ending, Failure, FailureClass},
    query::{Api, Refusal, RefusalKind, Vendor},
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
        let never = self.sending.config.sent(error) == Sent::Never && !meter.left_again();
        let unsent = never || meter.is_queued();
        if unsent {
            let why = match never {
                true => Unseen::of(error),
                false => Unseen::NotReached,
            };
            meter.was_unseen(why);
        }
        let failure = Failure::new(FailureClass::Provider, meter.provider());
        meter.fail(if unsent { failure.unsent() } else { failure });
        meter.end(if unsent {
            Ending::Rejected
        } else {
            Ending::Cut
        });
    }

    /// Whether what is to send the request is not ready, and others can be asked.
    pub(super) fn is_busy(&self) -> bool {
        self.sending.meter.is_busy()
    }

    /// Others are asked: nothing was sent, and nothing is held any more.
    pub(super) fn busy(mut self: Box<Self>) -> Response<ResponseBody> {
        let meter = &mut self.sending.meter;
        meter.fail(Failure::new(FailureClass::Busy, meter.provider()).unsent());
        meter.end(Ending::Rejected);
        let what = "no connection to the provider is ready";
        let response = self.unavailable(RefusalKind::Unavailable, what);
        response.map(ResponseBody::plain)
    }

    pub(super) fn answered(&mut self, parts: Parts) {
        let names = [Vendor::OpenAi, Vendor::Anthropic].map(headers::request_id);
        let id = names.iter().find_map(|name| parts.headers.get(name));
        let id = id.and_then(|id| id.to_str().ok());
        let id = id.map(|id| id.chars().take(256).collect());
        if let Some(permit) = self.sending.meter.permit() {
            permit.answered(&parts.headers, self.sending.config.clock.now());
        }
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
        let media_type = match self.sending.api {
            Api::GeminiStreamArray => "application/json",
            _ => "text/event-stream; charset=utf-8",
        };
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        let stream = Streamed::new(body, self.sending);
        response.map(|_| ResponseBody::streamed(stream))
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
        let read = self.read(&body);
        let in_band = self.sending.meter.seen().error.is_some();
        if in_band {
            let class = self.sending.meter.seen().class_in_band();
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
            if let Some(response) = self.translated(class, StatusCode::BAD_GATEWAY) {
                return response;
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
        let body = match &mut self.sending.form {
            Form::Translated { translation, .. } => translation.end(),
            Form::Native | Form::Elements(_) => body,
        };
        let mut response = self.head(Body::from(body));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }

    /// Reads the whole body, for the meter and for who translates it.
    fn read(&mut self, body: &[u8]) -> Result<(), Unreadable> {
        match &mut self.sending.form {
            Form::Translated { translation, .. } => {
                self.sending.meter.whole(body, &mut **translation)
            }
            Form::Native | Form::Elements(_) => self.sending.meter.whole(body, &mut ()),
        }
    }

    /// A provider's error in the caller's form, where that is another one.
    fn translated(&mut self, class: FailureClass, status: StatusCode) -> Option<Response<Body>> {
        let Form::Translated { translation, .. } = &mut self.sending.form else {
            return None;
        };
        let told = translation.told();
        let message = match told.message {
            Some(message) => self.scrubbed(message.into()),
            None => "the provider failed and did not say why".into(),
        };
        let kind = failed::kind(class, status);
        let refusal = Refusal::new(kind, String::from_utf8_lossy(&message).into_owned());
        let now = self.sending.config.clock.now();
        let parts = self.parts.as_ref();
        let after = parts.and_then(|parts| retry_after(&parts.headers, now));
        let refusal = match told.retry_after.or(after) {
            Some(after) => refusal.with_retry_after(after),
            None => refusal,
        };
        let (mut own, body) = self.named(refusal).response(self.sending.api).into_parts();
        // They are the provider's words and not ours.
        own.extensions.remove::<Refusal>();
        own.headers.remove(headers::SHOULD_RETRY);
        let mut response = self.head(body);
        *response.status_mut() = own.status;
        response.headers_mut().extend(own.headers);
        Some(response)
    }

    /// An error status: nothing was billed. The caller gets the provider's own words where they are in the caller's
    /// format, and where they are not about a key of ours.
    fn error(&mut self, body: Bytes) -> Response<Body> {
        let status = self.status();
        let readable = self.read(&body).is_ok() && self.sending.meter.seen().error.is_some();
        let said = self.sending.meter.seen().failure;
        let class = said.unwrap_or_else(|| self.by_status());
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
                FailureClass::Caller | FailureClass::Unsupported | FailureClass::Filtered => (
                    RefusalKind::Malformed,
                    "the provider does not take the request and did not say why",
                ),
                FailureClass::ContextTooLong => (
                    RefusalKind::ContextTooLong,
                    "the provider finds the prompt too long",
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
        if let Some(response) = self.translated(class, status) {
            return response;
        }
        let mut body = self.scrubbed(body);
        if self.sending.api == Api::GeminiStreamArray && body.trim_ascii_start().starts_with(b"{") {
            body = [b"[", &*body, b"]"].concat().into();
        }
        let mut response = self.head(Body::from(body));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // The one status that only Anthropic's clients know.
        let foreign = self.sending.api.vendor() != Vendor::Anthropic;
        *response.status_mut() = if status.as_u16() == 529 && foreign {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            status
        };
        response
    }

    /// What the status says, for want of words. It is not the caller's fault where trying again is said to help.
    fn by_status(&self) -> FailureClass {
        let class = FailureClass::of_status(self.status());
        let parts = self.parts.as_ref();
        let again = parts.is_some_and(|parts| headers::invites(&parts.headers));
        match class {
            FailureClass::Caller if again => FailureClass::Provider,
            class => class,
        }
    }

    /// A success that is none: what came is no answer.
    fn unusable(&mut self, what: &'static str) -> Response<Body> {
        self.fails(FailureClass::Malformed);
        self.sending.meter.end(Ending::Cut);
        self.unavailable(RefusalKind::Upstream, what)
    }

    fn unavailable(&self, kind: RefusalKind, what: &'static str) -> Response<Body> {
        let name = self.sending.meter.provider();
        let refusal = Refusal::new(kind, format!("{what} (provider `{name}`)"));
        let refusal = self.named(refusal).response(self.sending.api);
        let (own, body) = refusal.into_parts();
        let mut response = self.head(body);
        *response.status_mut() = own.status;
        response.headers_mut().extend(own.headers);
        response.extensions_mut().extend(own.extensions);
        response
    }

    /// A refusal with the name that the answer gets in its head.
    fn named(&self, refusal: Refusal) -> Refusal {
        match self.sending.meter.outcome().decision() {
            Some(decision) => refusal.with_id(decision.id.to_string()),
            None => refusal,
        }
    }

    /// A response with the provider's headers that pass, and the facts of the call.
    fn head(&self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        if let Some(parts) = &self.parts {
            *response.status_mut() = parts.status;
            let now = self.sending.config.clock.now();
            let vendor = self.sending.api.vendor();
            *response.headers_mut() = headers::to_caller(&parts.headers, vendor, now);
        }
        let outcome = self.sending.meter.outcome().clone();
        if let Some(decision) = outcome.decision()
            && let Ok(id) = HeaderValue::try_from(decision.id.to_string())
        {
            let name = headers::request_id(self.sending.api.vendor());
            response.headers_mut().insert(name, id);
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
        let after = after
            .or(meter.seen().retry_after)
            .map(|after| after.min(MOST));
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
