//! reqwest as the client of a stack: one line, and a call, a stream and a failed provider.
//!
//! `cargo run --example reqwest_client`: the providers are simulated.

use http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    Body, catalog::Catalog, client::OverReqwest, observe::Outcome, sim, stack::Stack,
};

const CATALOG: &str = r#"
    [[provider]]
    name = "zai"
    dialect = "openai"
    base_url = "ZAI"

    [[provider]]
    name = "away"
    dialect = "openai"
    base_url = "http://127.0.0.1:1/v1"

    [[model]]
    name = "cheap-and-away"
    provider = "away"
    price = { input = "0.10", output = "0.30" }
    can = ["stream"]

    [[model]]
    name = "glm-5"
    provider = "zai"
    price = { input = "1.00", output = "3.20" }
    can = ["stream"]
"#;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = Catalog::from_toml(&CATALOG.replace("ZAI", &provider.base_url()))?;

    // Whatever your builder says, redirects are not followed and nothing is repeated behind the stack's back.
    let client = OverReqwest::build(reqwest::Client::builder())?;
    let stack = Stack::client_with(client, catalog).boxed();

    for stream in [false, true] {
        let body = json!({
            "model": "auto",
            "max_tokens": 12,
            "stream": stream,
            "messages": [{ "role": "user", "content": "Why is the sky blue?" }],
        });
        let request = Request::post("http://localhost/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))?;
        let mut answer = stack.clone().oneshot(request).await?;
        let outcome = answer.extensions().get::<Outcome>().cloned();
        let mut bytes = 0;
        while let Some(frame) = answer.body_mut().frame().await {
            bytes += frame?.data_ref().map_or(0, |data| data.len());
        }
        let Some(outcome) = outcome else { continue };
        let cost = outcome.get().and_then(|finished| finished.cost);
        println!(
            "{} at attempt {}: {bytes} bytes, {} USD",
            outcome.candidate(),
            outcome.attempt(),
            cost.unwrap_or_default(),
        );
    }
    Ok(())
}
