use bytes::Bytes;
use http::{Extensions, HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower::{Service, ServiceExt};
use tower_genai::{
    Body,
    catalog::{Catalog, Source},
    fallback::FallbackLayer,
    sim,
    stack::Stack,
};

pub(crate) type HyperClient = Client<HttpConnector, Body>;

/// The March-2026 models behind simulated providers.
pub(crate) struct Way {
    pub(crate) providers: Vec<sim::Server>,
    pub(crate) catalog: Catalog,
}

/// Name, model, provider's name for it, prices in and out, qualities.
const MODELS: [(&str, &str, &str, &str, &str); 4] = [
    (
        "openai",
        "gpt-5.4",
        "2.50",
        "20",
        "coding = 0.78, science = 0.928, reasoning = 0.733, computer_use = 0.75, general = 0.57",
    ),
    (
        "anthropic",
        "claude-opus-4.6",
        "5",
        "25",
        "coding = 0.808, science = 0.913, reasoning = 0.752, computer_use = 0.727, general = 0.53",
    ),
    (
        "google",
        "gemini-3.1-pro",
        "2",
        "12",
        "coding = 0.76, science = 0.943, reasoning = 0.771, computer_use = 0.71, general = 0.57",
    ),
    (
        "zai",
        "glm-5",
        "1",
        "3.20",
        "coding = 0.778, science = 0.86, general = 0.54",
    ),
];

impl Way {
    pub(crate) async fn start() -> Self {
        Self::start_with(|provider| provider).await
    }

    pub(crate) async fn start_with(change: impl Fn(sim::Provider) -> sim::Provider) -> Self {
        let mut providers = Vec::new();
        let mut toml = String::new();
        for (provider, model, input, output, quality) in MODELS {
            let sim =
                sim::Provider::new(provider).model(sim::Model::new(model).price(input, output));
            let server = change(sim).start().await.unwrap();
            toml.push_str(&format!(
                r#"
                [[provider]]
                name = "{provider}"
                dialect = "openai"
                base_url = "{}"
                on_disconnect = "stops"

                [[model]]
                name = "{model}"
                provider = "{provider}"
                price = {{ input = "{input}", output = "{output}" }}
                context = 200_000
                max_output = 32_000
                can = ["tools", "vision", "json_schema", "reasoning", "computer_use", "stream", "n", "logprobs"]
                quality = {{ {quality} }}
                "#,
                server.base_url()
            ));
            providers.push(server);
        }
        let catalog = Catalog::parse(&[Source::text("way.toml", toml)]).unwrap();
        Self { providers, catalog }
    }

    pub(crate) fn provider(&self, name: &str) -> &sim::Server {
        self.providers
            .iter()
            .find(|provider| provider.name() == name)
            .unwrap()
    }

    /// What all providers have billed, in nano-dollars.
    pub(crate) fn billed(&self) -> u64 {
        self.providers
            .iter()
            .map(|provider| provider.bill().total_nano_usd())
            .sum()
    }

    pub(crate) fn client(&self) -> Stack<HyperClient> {
        single_attempts(hyper_client(), self.catalog.clone())
    }
}

/// A client stack without fallback: what Dispatch makes of an attempt is what the caller gets.
pub(crate) fn single_attempts<S>(client: S, catalog: Catalog) -> Stack<S> {
    Stack::client_with(client, catalog).fallback(FallbackLayer::new().attempts(1))
}

pub(crate) fn hyper_client() -> HyperClient {
    Client::builder(TokioExecutor::new()).build_http()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Extensions,
    pub(crate) text: String,
}

pub(crate) fn chat(body: &serde_json::Value) -> Request<Full<Bytes>> {
    Request::post("http://localhost/v1/chat/completions")
        .header("content-type", "application/json")
        .header("authorization", "Bearer sk-app")
        .body(Full::from(body.to_string()))
        .unwrap()
}

/// Asks and reads the whole answer.
pub(crate) async fn ask<S>(stack: &S, body: &serde_json::Value) -> Answer
where
    S: Service<Request<Full<Bytes>>, Response = Response<Body>> + Clone,
    S::Error: std::fmt::Debug,
{
    let response = stack.clone().oneshot(chat(body)).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        extensions: parts.extensions,
        text: String::from_utf8(text.into()).unwrap(),
    }
}
