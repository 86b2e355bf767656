use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::Instant;

use super::{
    Dialect, anthropic,
    body::{AnswerBody, Broken},
    call::Call,
    error::ApiError,
    gemini,
    log::Recorded,
    openai,
    response::refused,
    state::State,
};

/// A request that was read to its end.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

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
    let call = Call::new(state.clone(), id);
    let body = if told.is_some_and(|n| n > state.max_body) {
        Err(too_large(state.max_body))
    } else {
        match Limited::new(body, state.max_body).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(e) if e.is::<LengthLimitError>() => Err(too_large(state.max_body)),
            // The client broke off within its own request: the call is dropped, which says so.
            Err(_) => return Err(Broken::default()),
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
    let mut response = match body {
        Err(e) => refused(call, &e),
        Ok(body) => {
            let read = Read { parts, body };
            match state.dialect {
                Dialect::OpenAi => openai::answer(call, read).await?,
                Dialect::Anthropic => anthropic::answer(call, read).await?,
                Dialect::Gemini => gemini::answer(call, read).await?,
            }
        }
    };
    dress(&state, id, start.elapsed(), response.headers_mut());
    Ok(response)
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("The body of this request is larger than {limit} bytes.");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// The headers that the dialect puts on everything.
fn dress(state: &State, id: u64, took: Duration, headers: &mut HeaderMap) {
    let own = match state.dialect {
        Dialect::OpenAi => openai::headers(state, id, took),
        Dialect::Anthropic => anthropic::headers(state, id),
        Dialect::Gemini => gemini::headers(took),
    };
    for (name, value) in own {
        if let Ok(value) = HeaderValue::from_str(&value) {
            // A fault may have set another value.
            headers.entry(name).or_insert(value);
        }
    }
}

impl Read {
    pub(crate) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    pub(crate) fn method(&self) -> &Method {
        &self.parts.method
    }

    /// A header's text, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The value of a parameter of the query, as it stands there.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.parts.uri.query()?.split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(n, value)| (n == name).then_some(value))
    }

    /// The key of an `Authorization: Bearer` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }
}

impl State {
    /// Whether this is the provider's key, or any is let in.
    pub(crate) fn lets_in(&self, key: Option<&str>) -> bool {
        let own = self.key.as_ref();
        own.is_none_or(|own| key == Some(own.0.as_str()))
    }
}
