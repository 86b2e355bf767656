use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

/// An error in OpenAI's form.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: ErrorBody,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorBody {
    error: Box<ErrorFields>,
}

#[derive(Clone, Debug, Serialize)]
struct ErrorFields {
    message: String,
    #[serde(rename = "type")]
    kind: String,
    param: Option<String>,
    code: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let (kind, code) = match status.as_u16() {
            401 => ("invalid_request_error", Some("invalid_api_key")),
            402 => ("insufficient_quota", Some("insufficient_quota")),
            429 => ("requests", Some("rate_limit_exceeded")),
            500 => ("server_error", None),
            503 => ("service_unavailable_error", None),
            501.. => ("server_error", None),
            _ => ("invalid_request_error", None),
        };
        Self {
            status,
            retry_after: None,
            body: ErrorBody {
                error: Box::new(ErrorFields {
                    message: message.into(),
                    kind: kind.to_owned(),
                    param: None,
                    code: code.map(str::to_owned),
                }),
            },
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.body.error.param = Some(param.into());
        self
    }

    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.body.error.code = Some(code.into());
        self
    }

    pub(crate) fn unknown_model(model: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("The model `{model}` does not exist or you do not have access to it."),
        )
        .code("model_not_found")
    }

    pub(crate) fn wrong_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The API key of this request is missing or not one of this provider's.",
        )
    }

    /// The error that a fault asks for.
    pub(crate) fn on_command(
        status: u16,
        code: Option<String>,
        message: Option<String>,
        retry_after: Option<String>,
    ) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = message.unwrap_or_else(|| match status.as_u16() {
            429 => "Rate limit reached for requests. Try again later.".to_owned(),
            500 => "The server had an error while processing your request.".to_owned(),
            503 => "The engine is currently overloaded. Try again later.".to_owned(),
            _ => status.canonical_reason().unwrap_or("Error").to_owned(),
        });
        let mut error = Self::new(status, message);
        if status == StatusCode::NOT_FOUND {
            error = error.code("model_not_found");
        }
        if let Some(code) = code {
            if code == "insufficient_quota" {
                error.body.error.kind = "insufficient_quota".to_owned();
            }
            error = error.code(code);
        }
        error.retry_after = retry_after;
        error
    }

    pub(crate) fn json(&self) -> Bytes {
        json(&self.body)
    }
}

/// The value as JSON. Serializing our own shapes cannot fail.
pub(crate) fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}
