//! What async-openai needs to send by a stack: some forty lines, for your own app.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use async_openai::{
    error::{ApiErrorResponse, OpenAIError, WrappedError},
    middleware::HttpRequestFactory,
};
use tower::Service;
use tower_genai::client::ForReqwest;

/// A stack as the transport of async-openai.
#[derive(Clone)]
pub(crate) struct Transport<S>(ForReqwest<S>);

impl<S> Transport<S> {
    pub(crate) const fn new(stack: S) -> Self {
        Self(ForReqwest::new(stack))
    }
}

type Answer = Result<reqwest::Response, OpenAIError>;

impl<S> Service<HttpRequestFactory> for Transport<S>
where
    ForReqwest<S>: Service<reqwest::Request, Response = reqwest::Response, Error = reqwest::Error>,
    <ForReqwest<S> as Service<reqwest::Request>>::Future: Send,
    S: Clone + Send + 'static,
{
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        self.0.poll_ready(cx).map_err(OpenAIError::from)
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let clone = self.0.clone();
        let mut ready = std::mem::replace(&mut self.0, clone);
        Box::pin(async move { final_word(ready.call(request.build().await?).await?).await })
    }
}

/// An answer that says that it is not to be asked for again, as the error that it would become in the end:
/// `OpenAIRetryLayer` goes by the status alone.
async fn final_word(answer: reqwest::Response) -> Answer {
    let status_code = answer.status();
    let is_final = answer.headers().get("x-should-retry");
    if status_code.is_success() || is_final.is_none_or(|retry| retry != "false") {
        return Ok(answer);
    }
    let bytes = answer.bytes().await?;
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    let wrapped: WrappedError = serde_json::from_slice(&bytes)
        .map_err(|error| OpenAIError::JSONDeserialize(error, text()))?;
    Err(OpenAIError::ApiError(ApiErrorResponse {
        status_code,
        api_error: wrapped.error,
    }))
}
