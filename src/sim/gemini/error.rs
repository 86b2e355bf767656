//! Google's errors.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::sim::error::{ApiError, json as to_json};

#[derive(Serialize)]
struct Body<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    code: u16,
    message: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Value>,
}

const BAD_KEY: &str = "API_KEY_INVALID";

/// The body of an error, in a list where that is how it is sent.
pub(crate) fn body(error: &ApiError) -> Bytes {
    let code = error.status.as_u16();
    let (status, message) = match code {
        400 => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
        401 => (
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
        ),
        403 => ("PERMISSION_DENIED", "The caller does not have permission"),
        404 => ("NOT_FOUND", "Requested entity was not found."),
        409 => ("ABORTED", "The operation was aborted."),
        429 => (
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        499 => ("CANCELLED", "The operation was cancelled."),
        500 => ("INTERNAL", "An internal error has occurred."),
        501 => ("UNIMPLEMENTED", "Operation is not implemented."),
        503 => (
            "UNAVAILABLE",
            "The model is overloaded. Please try again later.",
        ),
        504 => (
            "DEADLINE_EXCEEDED",
            "Deadline expired before operation could complete.",
        ),
        _ => ("UNKNOWN", "Unknown error."),
    };
    let own = error.code.as_deref().filter(|code| *code != BAD_KEY);
    let body = Body {
        error: Fields {
            code,
            message: error.message.as_deref().unwrap_or(message),
            status: own.unwrap_or(status),
            details: details(error),
        },
    };
    if error.listed {
        return to_json(&[body]);
    }
    to_json(&body)
}

fn details(error: &ApiError) -> Vec<Value> {
    let mut details = Vec::new();
    if error.code.as_deref() == Some(BAD_KEY) {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": BAD_KEY,
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        }));
    }
    if let Some(field) = &error.param {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": error.message}],
        }));
    }
    if error.status == StatusCode::TOO_MANY_REQUESTS {
        let quota = "GenerateRequestsPerMinutePerProjectPerModel";
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{"quotaId": quota}],
        }));
    }
    if let Some(after) = &error.retry_after {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{after}s"),
        }));
    }
    details
}

pub(crate) fn unknown_model(model: &str, method: &str) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        format!(
            "models/{model} is not found for API version v1beta, or is not supported for \
             {method}. Call ModelService.ListModels to see the list of available models and \
             their supported methods."
        ),
    )
}

pub(crate) fn no_such_path() -> ApiError {
    ApiError::of(StatusCode::NOT_FOUND)
}

pub(crate) fn wrong_key(given: bool) -> ApiError {
    if given {
        let message = "API key not valid. Please pass a valid API key.";
        return ApiError::bad_request(message).code(BAD_KEY);
    }
    ApiError::new(
        StatusCode::FORBIDDEN,
        "Method doesn't allow unregistered callers (callers without established identity). \
         Please use API Key or other form of API consumer identity to call this API.",
    )
}

/// An error about a field, as Google tells those that its checks find.
pub(crate) fn field(at: &str, why: &str) -> ApiError {
    ApiError::bad_request(format!("* GenerateContentRequest.{at}: {why}\n"))
}
