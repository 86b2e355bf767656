//! Any client that takes a base URL, by a stack on loopback in the same process: for crates and SDKs without an open
//! transport.
//!
//! `cargo run --example loopback`: the provider is simulated.

use axum::Router;
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::{Value, json};
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    sim,
    stack::{Stack, Tenants},
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
"#;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = Catalog::from_toml(&CATALOG.replace("BASE_URL", &provider.base_url()))?;

    let http = legacy::Client::builder(TokioExecutor::new()).build_http();
    let budget = Budget::new("app").limit("0.0006".parse()?, Window::Day);
    let stack = Stack::server(http, catalog, Tenants::single()).budget(budget);
    let app = Router::new().fallback_service(stack.service());
    // Nobody but this machine reaches it.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}/v1", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, app).into_future());

    // What such a client does with its base URL.
    let client = reqwest::Client::new();
    for _ in 0..10 {
        let answer = client
            .post(format!("{base_url}/chat/completions"))
            .json(&json!({
                "model": "auto",
                "max_tokens": 16,
                "messages": [{ "role": "user", "content": "Why is the sky blue?" }],
            }))
            .send()
            .await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        let said = &answer["choices"][0]["message"]["content"];
        let refused = &answer["error"]["message"];
        println!(
            "{} {}",
            status.as_u16(),
            said.as_str().or(refused.as_str()).unwrap_or_default()
        );
    }
    Ok(())
}
