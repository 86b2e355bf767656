//! A gRPC call, answered by HTTP with JSON.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Request, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, TE, TRANSFER_ENCODING},
    request::Parts,
};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;

use super::{Code, Frames, GrpcBody, Manner, Status, rpc::Served};
use crate::Body;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
/// A request's body must be here by then.
const SLOW: Duration = Duration::from_secs(60);
/// An answer that is no good one has no more bytes than that, of which it is told.
const ERROR: usize = 1 << 20;

/// A call that ends before it has begun.
pub(super) fn refused<B>(status: &Status) -> Response<GrpcBody<B>> {
    let mut response = Response::new(GrpcBody::empty());
    response.headers_mut().insert(CONTENT_TYPE, GRPC);
    status.put(response.headers_mut());
    response
}

pub(super) async fn answer<S, B, ResB>(
    mut stack: S,
    method: Served,
    mut head: Parts,
    body: B,
    manner: Manner,
) -> Result<Response<GrpcBody<ResB>>, S::Error>
where
    S: Service<Request<Body>, Response = Response<ResB>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
    ResB: HttpBody<Data = Bytes>,
    ResB::Error: Into<BoxError>,
{
    let until = deadline(&head.headers);
    let late = || {
        Status::new(
            Code::DeadlineExceeded,
            "not in the time that the caller gives",
        )
    };
    let answered = async {
        let (uri, json) = match read(&method, body, manner.most).await {
            Ok(read) => read,
            Err(status) => return Ok(refused(&status)),
        };
        (head.method, head.uri) = (HttpMethod::POST, uri);
        as_http(&mut head.headers);
        let request = Request::from_parts(head, Body::from(Bytes::from(json)));
        let (head, body) = stack.call(request).await?.into_parts();
        Ok(answered(method, head, body, manner, until).await)
    };
    match until {
        None => answered.await,
        Some(until) => timeout_at(until, answered)
            .await
            .unwrap_or_else(|_| Ok(refused(&late()))),
    }
}

/// The one message of a request, as JSON, and where it goes.
async fn read<B>(method: &Served, body: B, most: usize) -> Result<(http::Uri, Vec<u8>), Status>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let bytes = timeout(SLOW, Limited::new(body, most.saturating_add(16)).collect()).await;
    let slow = |_| {
        Status::new(
            Code::DeadlineExceeded,
            "the request's body comes too slowly",
        )
    };
    let bytes = bytes.map_err(slow)?.map_err(|error| {
        if error.is::<LengthLimitError>() {
            let why = format!("the message has more than {most} bytes");
            return Status::new(Code::ResourceExhausted, why);
        }
        Status::new(Code::Cancelled, "the request's body broke off")
    })?;
    let mut frames = Frames::new(most);
    frames.push(&bytes.to_bytes());
    match (frames.next()?, frames.is_cut()) {
        (Some(message), false) => method.request_to_json(message),
        _ => Err(Status::new(
            Code::InvalidArgument,
            "there must be one message",
        )),
    }
}

/// When the caller does not wait any more, by the head of its call.
fn deadline(headers: &HeaderMap) -> Option<Instant> {
    let value = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let amount: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    let time = match unit {
        "H" => Duration::from_secs(amount.saturating_mul(3_600)),
        "M" => Duration::from_secs(amount.saturating_mul(60)),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    };
    Instant::now().checked_add(time)
}

/// What gRPC has of its own is none of the call over HTTP.
fn as_http(headers: &mut HeaderMap) {
    for name in [TIMEOUT, TE, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    for name in ["grpc-encoding", "grpc-accept-encoding"] {
        headers.remove(name);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

/// The answer's head says how it goes on.
async fn answered<B>(
    method: Served,
    mut head: http::response::Parts,
    body: B,
    manner: Manner,
    until: Option<Instant>,
) -> Response<GrpcBody<B>>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    for name in [CONTENT_LENGTH, TRANSFER_ENCODING] {
        head.headers.remove(name);
    }
    let good = head.status.is_success();
    let (body, status) = if good {
        (GrpcBody::read(body, method, manner, until), None)
    } else {
        let status = match Limited::new(body, ERROR).collect().await {
            Ok(json) => Status::of_answer(head.status, &json.to_bytes()),
            Err(_) => Status::new(Code::Unavailable, "the answer broke off"),
        };
        (GrpcBody::empty(), Some(status))
    };
    if let Some(status) = &status {
        status.put(&mut head.headers);
        push_back(&mut head.headers);
    }
    head.status = StatusCode::OK;
    head.headers.insert(CONTENT_TYPE, GRPC);
    Response::from_parts(head, body)
}

/// When to try again, as gRPC's clients know it; below zero where no trying helps.
fn push_back(headers: &mut HeaderMap) {
    const PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds: Option<u64> = told("retry-after").and_then(|after| after.parse().ok());
    if told("x-should-retry") == Some("false") {
        headers.insert(PUSHBACK, HeaderValue::from_static("-1"));
    } else if let Some(seconds) = seconds {
        headers.insert(PUSHBACK, HeaderValue::from(seconds.saturating_mul(1_000)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn deadlines_are_read_in_every_unit() {
        for (text, time) in [
            ("2H", Some(Duration::from_secs(7_200))),
            ("3M", Some(Duration::from_secs(180))),
            ("4S", Some(Duration::from_secs(4))),
            ("100m", Some(Duration::from_millis(100))),
            ("5u", Some(Duration::from_micros(5))),
            ("6n", Some(Duration::from_nanos(6))),
            ("123456789S", None),
            ("S", None),
            ("", None),
            ("1x", None),
            ("ü", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(TIMEOUT, HeaderValue::from_bytes(text.as_bytes()).unwrap());
            let until = deadline(&headers).map(|until| until - Instant::now());
            assert_eq!(until, time, "{text}");
        }
    }
}
