//! async-openai over a stack: the app's calls stay as they are, and go to the cheapest model that is good enough, within a
//! budget.
//!
//! `cargo run --example async_openai`: the provider is simulated.

mod transport;

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    middleware::retry::OpenAIRetryLayer,
    types::chat::{
        ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
        CreateChatCompletionRequestArgs,
    },
};
use futures::StreamExt;
use tower::ServiceBuilder;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    client::OverReqwest,
    sim,
    stack::Stack,
};

use self::transport::Transport;

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

fn ask(text: &str) -> Result<CreateChatCompletionRequest, OpenAIError> {
    CreateChatCompletionRequestArgs::default()
        .model("auto")
        .max_completion_tokens(16_u32)
        .messages([ChatCompletionRequestUserMessage::from(text).into()])
        .build()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = CATALOG.replace("BASE_URL", &provider.base_url());

    let http = OverReqwest::build(reqwest::Client::builder())?;
    let budget = Budget::new("app").limit("0.0006".parse()?, Window::Day);
    let stack = Stack::client_with(http, Catalog::from_toml(&catalog)?).budget(budget.clone());
    let stack = stack.boxed::<reqwest::Body, _>();
    let transport = ServiceBuilder::new()
        .layer(OpenAIRetryLayer::default())
        .service(Transport::new(stack));
    let client = Client::with_config(OpenAIConfig::new().with_api_key("none: the catalog has it"))
        .with_http_service(transport);

    // From here on it is an app as it was.
    let answer = client.chat().create(ask("Why is the sky blue?")?).await?;
    let text = answer.choices[0].message.content.as_deref();
    println!("{}: {}", answer.model, text.unwrap_or_default());

    let mut stream = client.chat().create_stream(ask("And at night?")?).await?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        let choice = chunk.choices.first();
        print!(
            "{}",
            choice
                .and_then(|choice| choice.delta.content.as_deref())
                .unwrap_or_default()
        );
    }
    println!();

    // Where the budget is spent, the error is the one that OpenAI gives when there is no money left, and it is final.
    let mut more = 0;
    let spent = loop {
        match client.chat().create(ask("And why?")?).await {
            Ok(_) => more += 1,
            Err(error) => break error,
        }
    };
    println!("after {more} more: {spent}");
    println!("billed: {} USD of 0.0006", provider.bill().total_usd());
    Ok(())
}
