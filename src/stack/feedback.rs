use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Buf;
use http::{Method, Response, StatusCode, request::Parts};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use serde_json::{Map, Value};
use tokio::{runtime::Handle, time::Sleep};

use crate::{
    Body,
    context::Tenant,
    observe::DecisionId,
    profile::{Feedback, FeedbackError, Profile},
    query::{Refusal, RefusalKind},
};

/// The longest body that is read.
const MOST: usize = 4 * 1024;
/// How long it is waited for.
const LONGEST: Duration = Duration::from_secs(10);

/// Whether a request is a `POST …/feedback`.
pub(super) fn asked(head: &Parts) -> bool {
    let path = head.uri.path();
    let path = path.strip_suffix('/').unwrap_or(path);
    head.method == Method::POST && path.ends_with("/feedback")
}

pin_project! {
    /// Reads what a caller says of an answer, and teaches it.
    pub(super) struct Teaching<B> {
        #[pin]
        body: B,
        read: Vec<u8>,
        late: Option<Pin<Box<Sleep>>>,
        profile: Profile,
        tenant: Option<Tenant>,
    }
}

impl<B> Teaching<B> {
    pub(super) const fn new(body: B, profile: Profile, tenant: Option<Tenant>) -> Self {
        Self {
            body,
            read: Vec::new(),
            late: None,
            profile,
            tenant,
        }
    }
}

impl<B: HttpBody> Future for Teaching<B> {
    type Output = Result<Response<Body>, Refusal>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let Poll::Ready(frame) = this.body.as_mut().poll_frame(cx) else {
                if this.late.is_none() && Handle::try_current().is_ok() {
                    *this.late = Some(Box::pin(tokio::time::sleep(LONGEST)));
                }
                let Some(late) = this.late else {
                    return Poll::Pending;
                };
                ready!(late.as_mut().poll(cx));
                let message = "the body of the request did not come in time";
                return Poll::Ready(Err(Refusal::new(RefusalKind::Slow, message)));
            };
            let frame = match frame {
                None => return Poll::Ready(teach(this.read, this.profile, this.tenant.as_ref())),
                Some(Ok(frame)) => frame,
                Some(Err(_)) => {
                    let message = "the body of the request broke off";
                    return Poll::Ready(Err(Refusal::new(RefusalKind::Malformed, message)));
                }
            };
            let Ok(mut data) = frame.into_data() else {
                continue;
            };
            while data.has_remaining() {
                let chunk = data.chunk();
                if this.read.len() + chunk.len() > MOST {
                    let message = "the body of a score has at most 4096 bytes";
                    return Poll::Ready(Err(Refusal::new(RefusalKind::TooLarge, message)));
                }
                this.read.extend_from_slice(chunk);
                let length = chunk.len();
                data.advance(length);
            }
        }
    }
}

fn teach(
    body: &[u8],
    profile: &Profile,
    tenant: Option<&Tenant>,
) -> Result<Response<Body>, Refusal> {
    let object: Map<String, Value> = serde_json::from_slice(body).map_err(|_| {
        let message = "the body must be a JSON object with `decision` and `score`";
        Refusal::new(RefusalKind::Malformed, message)
    })?;
    let decision = member(&object, "decision")?.as_str();
    let decision = decision.and_then(|text| text.parse::<DecisionId>().ok());
    let decision = decision.ok_or_else(|| {
        let message = "`decision` must be the id of an answer: gen_ and 32 hexadecimal digits";
        wrong("decision", message)
    })?;
    let score = member(&object, "score")?.as_f64();
    let score = score.ok_or_else(|| wrong("score", "`score` must be a number from 0 to 1"))?;
    let feedback = Feedback::new(decision, score);
    match profile.feedback(tenant, &feedback) {
        Ok(()) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            Ok(response)
        }
        Err(why) => Err(refused(why)),
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &'static str) -> Result<&'a Value, Refusal> {
    object
        .get(name)
        .ok_or_else(|| wrong(name, "a score needs both `decision` and `score`"))
}

fn wrong(name: &'static str, message: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Malformed, message).with_param(name)
}

fn refused(why: FeedbackError) -> Refusal {
    let (kind, param) = match why {
        FeedbackError::Unknown => (RefusalKind::UnknownPath, "decision"),
        FeedbackError::Score => (RefusalKind::Malformed, "score"),
        FeedbackError::Unanswered => (RefusalKind::Unanswered, "decision"),
        FeedbackError::Twice => (RefusalKind::Scored, "decision"),
        FeedbackError::TooMany => {
            let refusal = Refusal::new(RefusalKind::RateLimited, why.to_string());
            return refusal.with_retry_after(Duration::from_secs(60));
        }
    };
    Refusal::new(kind, why.to_string()).with_param(param)
}

impl<B> fmt::Debug for Teaching<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teaching").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Empty, Full, StreamBody};
    use tokio::time::Instant;

    use super::*;

    fn profile() -> Profile {
        Profile::new()
    }

    fn full(text: &str) -> Teaching<Full<bytes::Bytes>> {
        Teaching::new(Full::from(text.to_owned()), profile(), None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let begun = Instant::now();
        let body = StreamBody::new(futures::stream::pending::<
            Result<http_body::Frame<bytes::Bytes>, std::convert::Infallible>,
        >());
        let told = Teaching::new(body.boxed_unsync(), profile(), None).await;
        assert_eq!(told.unwrap_err().kind(), RefusalKind::Slow);
        assert_eq!(begun.elapsed(), LONGEST);
    }

    #[tokio::test]
    async fn only_so_much_is_read() {
        let at_most = format!("{}{}", " ".repeat(MOST - 2), "{}");
        let told = full(&at_most).await.unwrap_err();
        assert_eq!(told.param(), Some("decision"));
        let told = full(&format!(" {at_most}")).await.unwrap_err();
        assert_eq!(told.kind(), RefusalKind::TooLarge);
        let empty = Teaching::new(Empty::<bytes::Bytes>::new(), profile(), None);
        assert_eq!(empty.await.unwrap_err().kind(), RefusalKind::Malformed);
    }
}
