//! rig over a stack: its HTTP client is a trait, and a stack can be one.
//!
//! `cargo run --manifest-path examples/rig/Cargo.toml`: the provider is simulated.

use std::future::Future;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http::{Request, Response};
use http_body_util::{BodyDataStream, BodyExt, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use rig_core::{
    completion::CompletionRequest,
    http_client::{
        BoxedStream, Error, HttpClientExt, LazyBody, MultipartForm, Result, StreamingResponse,
    },
    providers::openai::OpenAIConfig,
};
use tower::{BoxError, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    sim,
    stack::Stack,
};

const CATALOG: &str = r#"
    [[provider]]
    name = "zai"
    dialect = "openai"
    base_url = "BASE_URL"

    [[model]]
    name = "glm-5"
    provider = "zai"
    price = { input = "1.00", output = "3.20" }
    can = ["stream"]
"#;

/// A stack as rig's HTTP client.
#[derive(Clone)]
struct OverStack(BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, legacy::Error>);

impl OverStack {
    /// The answer, where it is a good one: rig wants others as errors.
    fn ask<T: Into<Bytes>>(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Result<Response<Body>>> + Send + 'static {
        let asked = self
            .0
            .clone()
            .oneshot(request.map(|bytes| Full::new(bytes.into())));
        async move {
            let (head, body) = asked.await.map_err(other)?.into_parts();
            if head.status.is_success() {
                return Ok(Response::from_parts(head, body));
            }
            let bytes = body.collect().await.map_err(other)?.to_bytes();
            Err(Error::InvalidStatusCodeWithDetails {
                status: head.status,
                body: String::from_utf8_lossy(&bytes).into_owned(),
                headers: head.headers,
            })
        }
    }
}

fn other(error: impl Into<BoxError>) -> Error {
    Error::Instance(error.into())
}

impl HttpClientExt for OverStack {
    fn send<T, U>(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        T: Into<Bytes> + Send,
        U: From<Bytes> + Send + 'static,
    {
        let asked = self.ask(request);
        async move {
            let answer = asked.await?;
            Ok(answer.map(|body| -> LazyBody<U> {
                Box::pin(
                    async move { Ok(U::from(body.collect().await.map_err(other)?.to_bytes())) },
                )
            }))
        }
    }

    fn send_multipart<U>(
        &self,
        _: Request<MultipartForm>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        U: From<Bytes> + Send + 'static,
    {
        std::future::ready(Err(other("forms are not routed")))
    }

    fn send_streaming<T>(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Result<StreamingResponse>> + Send
    where
        T: Into<Bytes> + Send,
    {
        let asked = self.ask(request);
        async move {
            let answer = asked.await?;
            Ok(answer
                .map(|body| -> BoxedStream { Box::pin(BodyDataStream::new(body).map_err(other)) }))
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = Catalog::from_toml(&CATALOG.replace("BASE_URL", &provider.base_url()))?;
    let http = legacy::Client::builder(TokioExecutor::new()).build_http();
    let budget = Budget::new("agents").limit("0.0006".parse()?, Window::Day);
    let stack = Stack::client_with(http, catalog).budget(budget).boxed();

    // From here on it is rig as it was.
    let openai = OpenAIConfig::new("none: the catalog has it").connect(OverStack(stack));
    let model = openai.chat("auto");
    let ask = |text: &str| CompletionRequest::new(text).max_tokens(16);
    let answer = model.call(ask("Why is the sky blue?")).await?;
    println!("{:?}", answer.choice);

    let mut stream = model.stream(ask("And at night?"))?;
    let mut events = 0;
    while let Some(event) = stream.next().await {
        event?;
        events += 1;
    }
    println!("{events} events");
    let spent = loop {
        if let Err(error) = model.call(ask("And why?")).await {
            break error;
        }
    };
    println!("{spent}");
    Ok(())
}
