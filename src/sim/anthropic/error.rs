//! Anthropic's errors.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::sim::error::{ApiError, json as to_json};

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: Fields<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
struct Fields<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    message: &'a str,
}

/// The body of an error.
pub(crate) fn body(error: &ApiError, request_id: &str) -> Bytes {
    let status = error.status;
    let (kind, message) = match status.as_u16() {
        401 => ("authentication_error", "invalid x-api-key"),
        402 => (
            "billing_error",
            "Your credit balance is too low to access the Anthropic API.",
        ),
        403 => (
            "permission_error",
            "Your API key does not have permission to use this resource.",
        ),
        404 => ("not_found_error", "Not Found"),
        413 => ("request_too_large", "Request exceeds the maximum size"),
        429 => (
            "rate_limit_error",
            "This request would exceed your organization's rate limit.",
        ),
        504 => ("timeout_error", "Request timed out"),
        529 => ("overloaded_error", "Overloaded"),
        500.. => ("api_error", "Internal server error"),
        _ => ("invalid_request_error", "Invalid request"),
    };
    to_json(&Body {
        kind: "error",
        error: Fields {
            kind: error.code.as_deref().unwrap_or(kind),
            message: error.message.as_deref().unwrap_or(message),
        },
        request_id,
    })
}

pub(crate) fn unknown_model(model: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, format!("model: {model}"))
}
