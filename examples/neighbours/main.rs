//! tower-http's and tower's layers beside this crate's, each in its place.
//!
//! `cargo run --example neighbours`: the provider is simulated. `service.rs` is the whole; the docs of
//! [`stack`](tower_genai::stack) say why it is in this order.

mod service;

use std::time::Duration;

use serde_json::json;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    sim,
    stack::{Caller, Tenants},
};

use self::service::{CORRELATION, Most};

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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr)
        .init();
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = Catalog::from_toml(&CATALOG.replace("BASE_URL", &provider.base_url()))?;
    let tenants = Tenants::keys([("sk-team-a", Caller::new(Tenant::new("team-a")?))]);
    let budget = Budget::new("all").limit("1.00".parse()?, Window::Day);
    let most = Most {
        at_once: 1_000,
        at_a_provider: 100,
        bytes: 1 << 20,
        wait: Duration::from_secs(120),
    };
    let app = service::service(catalog, tenants, budget, &most);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1/chat/completions", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, app).into_future());

    let ask = |stream: bool| {
        let messages = [json!({ "role": "user", "content": "Why is the sky blue?" })];
        let call = reqwest::Client::new().post(&url).bearer_auth("sk-team-a");
        call.header("accept-encoding", "gzip")
            .json(&json!({ "model": "auto", "max_tokens": 300, "stream": stream, "messages": messages }))
            .send()
    };
    for stream in [false, true] {
        let answer = ask(stream).await?;
        let header = |name: &str| {
            let value = answer.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or("-")
                .to_owned()
        };
        println!(
            "{}: encoding {}, correlation {}, decision {}",
            answer.status(),
            header("content-encoding"),
            header(CORRELATION.as_str()),
            header("x-request-id"),
        );
    }
    Ok(())
}
