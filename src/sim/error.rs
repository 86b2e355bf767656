use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

/// Why a call is refused; each dialect has its own form for it.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// `None` is a sentence about the status.
    pub(crate) message: Option<String>,
    /// The field that is wrong.
    pub(crate) param: Option<String>,
    /// The dialect's own word for what is wrong.
    pub(crate) code: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// A fault asked for it: the dialect's usual code for the status goes with it.
    pub(crate) commanded: bool,
    /// The body is a list of one error (Google's streams that are no events).
    pub(crate) listed: bool,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::of(status)
        }
    }

    /// An error with whatever the dialect says of this status.
    pub(crate) fn of(status: StatusCode) -> Self {
        Self {
            status,
            message: None,
            param: None,
            code: None,
            retry_after: None,
            commanded: false,
            listed: false,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The error that a fault asks for.
    pub(crate) fn on_command(
        status: u16,
        code: Option<String>,
        message: Option<String>,
        retry_after: Option<String>,
    ) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            code,
            message,
            retry_after,
            commanded: true,
            ..Self::of(status)
        }
    }
}

/// The value as JSON. Serializing our own shapes cannot fail.
pub(crate) fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}
