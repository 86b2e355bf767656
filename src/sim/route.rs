use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use tokio::time::Instant;

use super::{
    body::{AnswerBody, Broken},
    call::Call,
    chat,
    error::{ApiError, json as to_json},
    log::Recorded,
    state::State,
    words,
};

/// Answers one request.
pub(crate) async fn handle<B>(
    state: Arc<State>,
    connection: u64,
    request: Request<B>,
) -> Result<Response<AnswerBody>, Broken>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let start = Instant::now();
    let id = state.next_call();
    let (parts, body) = request.into_parts();
    let told = parts.headers.get(header::CONTENT_LENGTH);
    let told: Option<usize> = told.and_then(|v| v.to_str().ok()?.parse().ok());
    let mut call = Call::new(state.clone(), id);
    let body = if told.is_some_and(|n| n > state.max_body) {
        Err(too_large(state.max_body))
    } else {
        match Limited::new(body, state.max_body).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(e) if e.is::<LengthLimitError>() => Err(too_large(state.max_body)),
            // The client broke off within its own request: the call is dropped, which says so.
            Err(_) => return Err(Broken),
        }
    };
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|v| v.to_str().ok()).map(str::to_owned);
    state.log.record(Recorded {
        call: id,
        connection,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        version: parts.version,
        authority: parts.uri.authority().map(ToString::to_string).or(host),
        headers: parts.headers.clone(),
        body: body.clone().unwrap_or_default(),
    });
    let path = parts.uri.path();
    let mut response = match body {
        Err(e) => refused(call, &e),
        Ok(_) if !has_key(&state, &parts.headers) => refused(call, &ApiError::wrong_key()),
        Ok(body) => match (path, &parts.method) {
            ("/v1/chat/completions", &Method::POST) => match chat::answer(&mut call, &body) {
                Ok(reply) => reply.send(call).await?,
                Err(e) => refused(call, &e),
            },
            ("/v1/models", &Method::GET) => finished(call, models(&state)),
            (path, &Method::GET) if path.starts_with("/v1/models/") => {
                let name = path.trim_start_matches("/v1/models/");
                match state.model(name) {
                    Some(model) => finished(call, to_json(&model_object(&state, &model.name))),
                    None => refused(call, &ApiError::unknown_model(name)),
                }
            }
            ("/v1/chat/completions" | "/v1/models", method) => {
                let message = format!("Not allowed to {method} on {path}.");
                let error = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message);
                refused(call, &error.code("method_not_supported"))
            }
            (path, method) => {
                let message = format!("Invalid URL ({method} {path})");
                refused(call, &ApiError::new(StatusCode::NOT_FOUND, message))
            }
        },
    };
    dress(&state, id, start, response.headers_mut());
    Ok(response)
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("The body of this request is larger than {limit} bytes.");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

fn has_key(state: &State, headers: &HeaderMap) -> bool {
    let Some(key) = &state.key else {
        return true;
    };
    let given = headers.get(header::AUTHORIZATION);
    given.and_then(|v| v.as_bytes().strip_prefix(b"Bearer ")) == Some(key.0.as_bytes())
}

/// The response of an error, and the end of its call.
pub(crate) fn refused(call: Call, error: &ApiError) -> Response<AnswerBody> {
    call.refuse(error.status.as_u16());
    let mut response = json_response(error.json());
    *response.status_mut() = error.status;
    let after = error.retry_after.as_deref();
    if let Some(after) = after.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, after);
    }
    response
}

fn finished(call: Call, body: Bytes) -> Response<AnswerBody> {
    call.finish();
    json_response(body)
}

pub(crate) fn json_response(body: Bytes) -> Response<AnswerBody> {
    typed(AnswerBody::full(body), "application/json")
}

pub(crate) fn typed(body: AnswerBody, content_type: &'static str) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    let content_type = HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

fn models(state: &State) -> Bytes {
    let list = state.models.iter();
    let data: Vec<_> = list.map(|model| model_object(state, &model.name)).collect();
    to_json(&json!({"object": "list", "data": data}))
}

fn model_object(state: &State, name: &str) -> serde_json::Value {
    json!({"id": name, "object": "model", "created": 1_767_225_600, "owned_by": state.name})
}

/// The headers that OpenAI puts on everything.
fn dress(state: &State, id: u64, start: Instant, headers: &mut HeaderMap) {
    let seed = words::hash([state.name.as_str(), &id.to_string()]);
    let request_id = format!("req_{}", words::hex(&mut Rng::with_seed(seed), 32));
    let took = start.elapsed().as_millis().to_string();
    for (name, value) in [
        ("x-request-id", request_id.as_str()),
        ("openai-processing-ms", took.as_str()),
        ("openai-version", "2020-10-01"),
        ("x-ratelimit-limit-requests", "30000"),
        ("x-ratelimit-limit-tokens", "150000000"),
        ("x-ratelimit-remaining-requests", "29999"),
        ("x-ratelimit-remaining-tokens", "149999900"),
        ("x-ratelimit-reset-requests", "2ms"),
        ("x-ratelimit-reset-tokens", "0s"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            // A fault may have set another value.
            headers.entry(name).or_insert(value);
        }
    }
}
