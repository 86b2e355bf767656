//! OpenAI's errors.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::sim::error::{ApiError, json as to_json};

#[derive(Serialize)]
struct Body<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

/// The body of an error.
pub(crate) fn body(error: &ApiError) -> Bytes {
    let status = error.status;
    let (mut kind, code) = match status.as_u16() {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        402 => ("insufficient_quota", Some("insufficient_quota")),
        404 if error.commanded => ("invalid_request_error", Some("model_not_found")),
        429 => ("requests", Some("rate_limit_exceeded")),
        503 => ("service_unavailable_error", None),
        500.. => ("server_error", None),
        _ => ("invalid_request_error", None),
    };
    let code = error.code.as_deref().or(code);
    if code == Some("insufficient_quota") {
        kind = "insufficient_quota";
    }
    let message = error.message.as_deref().unwrap_or(match status.as_u16() {
        429 => "Rate limit reached for requests. Try again later.",
        500 => "The server had an error while processing your request.",
        503 => "The engine is currently overloaded. Try again later.",
        _ => status.canonical_reason().unwrap_or("Error"),
    });
    to_json(&Body {
        error: Fields {
            message,
            kind,
            param: error.param.as_deref(),
            code,
        },
    })
}

pub(crate) fn unknown_model(model: &str) -> ApiError {
    let message = format!("The model `{model}` does not exist or you do not have access to it.");
    ApiError::new(StatusCode::NOT_FOUND, message).code("model_not_found")
}

pub(crate) fn wrong_key() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "The API key of this request is missing or not one of this provider's.",
    )
}
