//! A call by HTTP with JSON, made by gRPC.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TE},
};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use tower::Service;

use super::{Code, Frames, Method, OverGrpcBody, Status, frames::framed};
use crate::Body;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A message of an answer has at most so many bytes.
const MOST: usize = 64 << 20;

pub(super) async fn ask<C, B>(
    mut channel: C,
    request: Request<Body>,
) -> Result<Response<OverGrpcBody<B>>, C::Error>
where
    C: Service<Request<Body>, Response = Response<B>>,
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let (method, request) = match by_grpc(request).await {
        Ok(asked) => asked,
        // It was never sent.
        Err(status) => return Ok(failed(&status, HeaderMap::new())),
    };
    let (head, mut body) = channel.call(request).await?.into_parts();
    let mut frames = Frames::new(MOST);
    // What fails before its first message does so by its status, as over HTTP: others can be asked.
    let first = match Status::of_trailers(&head.headers) {
        Some(status) if status.code() == Code::Ok => Err(Ended::Broken),
        Some(status) => Err(Ended::Said(status)),
        // Nobody has answered, and nobody says that it failed.
        None if head.status.is_success() && head.status != StatusCode::OK => Err(Ended::Broken),
        None if head.status != StatusCode::OK => {
            Err(Ended::Said(Status::of_answer(head.status, b"")))
        }
        None => message(&mut body, &mut frames).await,
    };
    let json = first.and_then(|first| {
        let json = first.map(|first| method.answer_to_json(first));
        // It may have been made, and billed.
        json.and_then(Result::ok).ok_or(Ended::Broken)
    });
    let body = match json {
        Ok(json) if method.streams => OverGrpcBody::stream(body, method, frames, &json),
        // How it went is said after the message.
        Ok(json) => match message(&mut body, &mut frames).await {
            Ok(None) => OverGrpcBody::whole(json),
            Ok(Some(_)) | Err(Ended::Broken) => OverGrpcBody::broken(),
            Err(Ended::Said(status)) => return Ok(failed(&status, head.headers)),
        },
        Err(Ended::Broken) => OverGrpcBody::broken(),
        Err(Ended::Said(status)) => return Ok(failed(&status, head.headers)),
    };
    let content_type = if method.streams {
        "text/event-stream"
    } else {
        "application/json"
    };
    let mut response = Response::from_parts(head, body);
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

/// How an answer ends before it is whole.
enum Ended {
    /// By what the provider says: a call that it has refused, or that has failed there.
    Said(Status),
    /// With nobody having said how: it may have been made and billed, so it is no error status but an answer that breaks off.
    Broken,
}

/// The next message; `None` where there is none and all went well.
async fn message<B>(body: &mut B, frames: &mut Frames) -> Result<Option<Bytes>, Ended>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    loop {
        if let Some(message) = frames.next().map_err(|_| Ended::Broken)? {
            return Ok(Some(message));
        }
        let frame = body.frame().await.and_then(Result::ok);
        match frame.ok_or(Ended::Broken)?.into_data() {
            Ok(bytes) => frames.push(&bytes),
            Err(frame) => {
                let status = frame.trailers_ref().and_then(Status::of_trailers);
                let status = status.ok_or(Ended::Broken)?;
                return match status.code() {
                    Code::Ok if frames.is_cut() => Err(Ended::Broken),
                    Code::Ok => Ok(None),
                    _ => Err(Ended::Said(status)),
                };
            }
        }
    }
}

/// The same call by gRPC.
async fn by_grpc(request: Request<Body>) -> Result<(&'static Method, Request<Body>), Status> {
    let (mut head, body) = request.into_parts();
    let Some((method, model)) = Method::of_http(head.uri.path()) else {
        let why = "this provider is called by gRPC, which has no such method";
        return Err(Status::new(Code::Unimplemented, why));
    };
    let json = match body.as_bytes() {
        Some(bytes) => bytes.clone(),
        None => {
            let collected = body.collect().await;
            let lost = |_| Status::new(Code::Internal, "the request's body is lost");
            collected.map_err(lost)?.to_bytes()
        }
    };
    let message = method.request_to_message(&model, &json)?;
    let mut parts = head.uri.clone().into_parts();
    parts.path_and_query = method.path.parse().ok();
    head.uri = Uri::from_parts(parts)
        .map_err(|_| Status::new(Code::Internal, "the provider's address is none for gRPC"))?;
    head.version = Version::HTTP_2;
    let headers = &mut head.headers;
    for name in [CONTENT_LENGTH, ACCEPT, ACCEPT_ENCODING] {
        headers.remove(name);
    }
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok((
        method,
        Request::from_parts(head, Body::from(framed(&message))),
    ))
}

/// A status as an answer over HTTP.
fn failed<B>(status: &Status, mut headers: HeaderMap) -> Response<OverGrpcBody<B>> {
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let after = headers
        .get("grpc-retry-pushback-ms")
        .and_then(|after| after.to_str().ok());
    let after: Option<u64> = after.and_then(|after| after.parse().ok());
    if let Some(after) = after {
        headers.insert(RETRY_AFTER, HeaderValue::from(after.div_ceil(1_000)));
    }
    let mut response = Response::new(OverGrpcBody::whole(status.to_json()));
    *response.status_mut() = status.code().status();
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn an_answer_of_nobody_is_no_refusal_and_no_good_one() {
        for (status, said) in [(202, None), (204, None), (503, Some(503)), (404, Some(404))] {
            let channel = service_fn(move |_: Request<Body>| async move {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                Ok::<_, Infallible>(response)
            });
            let request = Request::post("http://p.test/v1beta/models/m:generateContent")
                .body(Body::from(String::from("{}")))
                .unwrap();
            let answer = ask(channel, request).await.unwrap();
            let told = answer.status();
            let whole = answer.into_body().collect().await;
            match said {
                Some(said) => assert_eq!((told.as_u16(), whole.is_ok()), (said, true)),
                None => assert!(told.is_success() && whole.is_err(), "{status} is paid for"),
            }
        }
    }
}
