//! async-openai over a stack: its calls, streams and errors are as they were.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    middleware::{HttpRequestFactory, retry::OpenAIRetryLayer},
    types::chat::{
        ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
        CreateChatCompletionRequestArgs, FinishReason,
    },
};
use futures::TryStreamExt;
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    client::OverReqwest,
    sim::{self, Fault, Times},
    stack::Stack,
};

use crate::transport::Transport;

struct Rig {
    provider: sim::Server,
    /// How often the stack was asked: its caller's retries count.
    asked: Arc<AtomicUsize>,
    client: Client<OpenAIConfig>,
}

impl Rig {
    async fn with(limit: &str) -> Self {
        let model = sim::Model::new("m").price("1.00", "3.20");
        let provider = sim::Provider::new("p").model(model).start().await.unwrap();
        let text = format!(
            r#"
            provider = [{{ name = "p", dialect = "openai", base_url = "{}" }}]
            model = [{{ name = "m", provider = "p", price = {{ input = "1.00", output = "3.20" }}, can = ["stream"] }}]
            "#,
            provider.base_url()
        );
        let budget = Budget::new("app").limit(limit.parse().unwrap(), Window::Total);
        let http = OverReqwest::build(reqwest::Client::builder()).unwrap();
        let stack = Stack::client_with(http, Catalog::from_toml(&text).unwrap()).budget(budget);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        // Its own layer of retries is outside: it must leave alone what is final.
        let transport = ServiceBuilder::new()
            .layer(OpenAIRetryLayer::new(5))
            .map_request(move |request: HttpRequestFactory| {
                count.fetch_add(1, Ordering::Relaxed);
                request
            })
            .service(Transport::new(stack.boxed()));
        let config = OpenAIConfig::new().with_api_key("none");
        let client = Client::with_config(config).with_http_service(transport);
        Self {
            provider,
            asked,
            client,
        }
    }

    async fn ask(&self) -> Result<String, OpenAIError> {
        let answer = self.client.chat().create(question()).await?;
        assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::Length));
        assert_eq!(answer.usage.unwrap().completion_tokens, 16);
        Ok(answer.choices[0].message.content.clone().unwrap())
    }
}

fn question() -> CreateChatCompletionRequest {
    CreateChatCompletionRequestArgs::default()
        .model("auto")
        .max_completion_tokens(16_u32)
        .messages([ChatCompletionRequestUserMessage::from("Why is the sky blue?").into()])
        .build()
        .unwrap()
}

fn code(error: OpenAIError) -> (u16, Option<String>) {
    match error {
        OpenAIError::ApiError(error) => (error.status_code.as_u16(), error.api_error.code),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn answers_and_streams_are_as_they_were() {
    let rig = Rig::with("1").await;
    let whole = rig.ask().await.unwrap();
    let stream = rig.client.chat().create_stream(question()).await.unwrap();
    let streamed: String = stream
        .map_ok(|chunk| {
            let choice = chunk.choices.into_iter().next();
            choice
                .and_then(|choice| choice.delta.content)
                .unwrap_or_default()
        })
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed, whole);
    // A provider that fails is not seen.
    rig.provider.fail(Fault::status(500), Times::Once);
    assert_eq!(rig.ask().await.unwrap(), whole);
}

#[tokio::test]
async fn a_refusal_is_an_error_of_the_api_and_is_not_tried_again() {
    let rig = Rig::with("0.0001").await;
    let (status, code) = code(rig.ask().await.unwrap_err());
    assert_eq!((status, code.as_deref()), (429, Some("insufficient_quota")));
    assert!(rig.provider.calls().is_empty());
    assert_eq!(rig.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_plan_that_is_exhausted_is_not_walked_again() {
    let rig = Rig::with("1").await;
    rig.provider.fail(Fault::status(503), Times::Always);
    let (status, _) = code(rig.ask().await.unwrap_err());
    assert_eq!(status, 503);
    assert_eq!(rig.asked.load(Ordering::Relaxed), 1);
    assert!(!rig.provider.calls().is_empty());
}

#[tokio::test]
async fn a_stream_that_breaks_is_an_error_and_no_clean_end() {
    let rig = Rig::with("1").await;
    rig.provider.fail(Fault::CutAfter(4), Times::Always);
    let stream = rig.client.chat().create_stream(question()).await.unwrap();
    let all: Result<Vec<_>, _> = stream.try_collect().await;
    assert!(all.is_err());
}

#[tokio::test]
async fn its_transport_is_ready_when_the_stack_is() {
    type Asked = http::Request<reqwest::Body>;
    let (mock, mut handle) = tower_test::mock::pair::<Asked, http::Response<tower_genai::Body>>();
    let stack = mock.map_err(|error| -> reqwest::Error { panic!("{error}") });
    let mut transport = Transport::new(stack);
    let mut is_ready = || {
        let mut cx = Context::from_waker(Waker::noop());
        transport.poll_ready(&mut cx).is_ready()
    };
    handle.allow(0);
    assert!(!is_ready());
    handle.allow(1);
    assert!(is_ready());
}
