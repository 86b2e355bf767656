//! What the examples of own parts have in common: two simulated models, and a question.

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_genai::{
    Body,
    catalog::Catalog,
    sim,
    stack::{ClientSide, Stack},
};

pub(crate) type Client = legacy::Client<HttpConnector, Body>;

/// `small` is good enough for anything but law.
const CATALOG: &str = r#"
    [[provider]]
    name = "hills"
    dialect = "openai"
    base_url = "BASE_URL"

    [[model]]
    name = "large"
    provider = "hills"
    price = { input = "5.00", output = "25.00" }
    context = 400_000
    quality = { general = 0.90, law = 0.90 }

    [[model]]
    name = "small"
    provider = "hills"
    price = { input = "0.10", output = "0.40" }
    context = 32_000
    quality = { general = 0.88, law = 0.35 }
"#;

/// A provider, which may want a key, and a stack that routes between its models.
pub(crate) async fn start(
    key: Option<&str>,
) -> anyhow::Result<(sim::Server, Stack<Client, ClientSide>)> {
    let mut provider = sim::Provider::new("hills")
        .model(sim::Model::new("large").price("5.00", "25.00"))
        .model(sim::Model::new("small").price("0.10", "0.40"));
    if let Some(key) = key {
        provider = provider.key(key);
    }
    let provider = provider.start().await?;
    let catalog = CATALOG.replace("BASE_URL", &provider.base_url());
    let http = legacy::Client::builder(TokioExecutor::new()).build_http();
    let stack = Stack::client_with(http, Catalog::from_toml(&catalog)?);
    Ok((provider, stack))
}

/// Who has answered, or why nobody has.
pub(crate) async fn ask(stack: &Stack<Client, ClientSide>, text: &str) -> anyhow::Result<String> {
    let messages = [json!({ "role": "user", "content": text })];
    let body =
        json!({ "model": "auto", "max_tokens": 500, "temperature": 0, "messages": messages });
    let request =
        Request::post("http://localhost/v1/chat/completions").body(Full::from(body.to_string()))?;
    let answer = stack.clone().boxed().oneshot(request).await?;
    let bytes = answer.into_body().collect().await?.to_bytes();
    let answer: Value = serde_json::from_slice(&bytes)?;
    let said = answer["model"]
        .as_str()
        .or(answer["error"]["message"].as_str());
    Ok(said.unwrap_or_default().to_owned())
}
