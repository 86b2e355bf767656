//! A tonic client that was generated for Google's service, in front of a provider that speaks another format over HTTP.
//!
//! `cargo run --example grpc`: the provider is simulated.

use axum::Router;
use googleapis_tonic_google_ai_generativelanguage_v1beta::google::ai::generativelanguage::v1beta::{
    Candidate, Content, GenerateContentRequest, GenerationConfig, Part,
    generative_service_client::GenerativeServiceClient, part::Data,
};
use hyper_util::{client::legacy, rt::TokioExecutor};
use tonic::transport::Channel;
use tower::Layer;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    grpc::GrpcLayer,
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
    can = ["stream"]
"#;

fn ask(text: &str) -> GenerateContentRequest {
    let part = Part {
        data: Some(Data::Text(text.into())),
        ..Part::default()
    };
    GenerateContentRequest {
        model: "models/auto".into(),
        contents: vec![Content {
            parts: vec![part],
            role: "user".into(),
        }],
        generation_config: Some(GenerationConfig {
            max_output_tokens: Some(16),
            ..GenerationConfig::default()
        }),
        ..GenerateContentRequest::default()
    }
}

fn text(candidates: &[Candidate]) -> String {
    let contents = candidates
        .iter()
        .filter_map(|candidate| candidate.content.as_ref());
    let texts = contents
        .flat_map(|content| &content.parts)
        .filter_map(|part| match &part.data {
            Some(Data::Text(text)) => Some(&**text),
            _ => None,
        });
    texts.collect()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = Catalog::from_toml(&CATALOG.replace("BASE_URL", &provider.base_url()))?;
    let http = legacy::Client::builder(TokioExecutor::new()).build_http();
    let budget = Budget::new("app").limit("0.0006".parse()?, Window::Day);
    let tenants = Tenants::by(|_| Tenant::new("everybody").ok());
    let stack = Stack::server(http, catalog, tenants).budget(budget);
    // This line is what is new.
    let app = Router::new().fallback_service(GrpcLayer::new().layer(stack.service()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, app).into_future());

    let channel = Channel::from_shared(url)?.connect().await?;
    let mut client = GenerativeServiceClient::new(channel);
    let answer = client.generate_content(ask("Why is the sky blue?")).await?;
    println!("{}", text(&answer.into_inner().candidates));

    let mut stream = client
        .stream_generate_content(ask("Why is the sky blue?"))
        .await?
        .into_inner();
    let mut streamed = String::new();
    while let Some(message) = stream.message().await? {
        streamed += &text(&message.candidates);
    }
    println!("{streamed}");

    let spent = loop {
        if let Err(status) = client.generate_content(ask("And why?")).await {
            break status;
        }
    };
    println!("{:?}: {}", spent.code(), spent.message());
    Ok(())
}
