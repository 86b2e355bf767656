//! The responses that every dialect has.

use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderValue, Response, header};

use super::{
    Dialect, anthropic, body::AnswerBody, call::Call, error::ApiError, gemini, openai,
    state::State, words,
};

/// The response of an error, and the end of its call.
pub(crate) fn refused(call: Call, error: &ApiError) -> Response<AnswerBody> {
    let dialect = call.state().dialect;
    let mut response = json_response(error_body(&call, error));
    call.refuse(error.status.as_u16());
    *response.status_mut() = error.status;
    let after = error.retry_after.as_deref();
    let after = after.and_then(|text| HeaderValue::from_str(text).ok());
    if let Some(after) = after.filter(|_| dialect != Dialect::Gemini) {
        response.headers_mut().insert(header::RETRY_AFTER, after);
    }
    response
}

/// The body of an error in the provider's dialect.
pub(crate) fn error_body(call: &Call, error: &ApiError) -> Bytes {
    match call.state().dialect {
        Dialect::OpenAi => openai::error_body(error),
        Dialect::Anthropic => anthropic::error_body(error, &request_id(call.state(), call.id())),
        Dialect::Gemini => gemini::error_body(error),
    }
}

/// An answer that is sent as it is, and the end of its call.
pub(crate) fn finished(call: Call, body: Bytes) -> Response<AnswerBody> {
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

/// The id of a call's request, as its headers tell it.
pub(crate) fn request_id(state: &State, id: u64) -> String {
    let seed = words::hash([state.name.as_str(), &id.to_string()]);
    let mut rng = Rng::with_seed(seed);
    match state.dialect {
        Dialect::OpenAi => format!("req_{}", words::hex(&mut rng, 32)),
        Dialect::Anthropic => format!("req_011{}", words::alphanumeric(&mut rng, 21)),
        Dialect::Gemini => words::hex(&mut rng, 16),
    }
}
