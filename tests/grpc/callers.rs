//! A generated tonic client, in front of providers of every dialect.

use std::time::Duration;

use axum::Router;
use hyper_util::{client::legacy, rt::TokioExecutor};
use tonic::{Code, Request, Status, transport::Channel};
use tower::Layer;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    grpc::GrpcLayer,
    observe::DecisionLog,
    sim::{self, Dialect, Event, Fault, Gate, Times},
    stack::{Caller, Stack, Tenants},
};

use crate::google::{
    Candidate, Content, CountTokensRequest, EmbedContentRequest, FunctionDeclaration,
    GenerateContentRequest, GenerationConfig, Part, Tool, candidate::FinishReason,
    generative_service_client::GenerativeServiceClient, part::Data,
};

pub(crate) struct Rig {
    pub(crate) provider: sim::Server,
    pub(crate) budget: Budget,
    pub(crate) url: String,
}

pub(crate) const DIALECTS: [(&str, Dialect); 3] = [
    ("openai", Dialect::OpenAi),
    ("anthropic", Dialect::Anthropic),
    ("gemini", Dialect::Gemini),
];

impl Rig {
    pub(crate) async fn with((name, dialect): (&str, Dialect), limit: &str) -> Self {
        let model = sim::Model::new("m").price("1.00", "2.00");
        let provider = sim::Provider::new("p").dialect(dialect).model(model);
        let provider = provider.start().await.unwrap();
        let catalog = format!(
            r#"
            provider = [{{ name = "p", dialect = "{name}", base_url = "{}" }}]
            model = [{{ name = "m", provider = "p", price = {{ input = "1.00", output = "2.00" }}, can = ["stream", "tools"], context = 100000 }}]
            "#,
            provider.base_url()
        );
        let caller = Caller::new(Tenant::new("team-a").unwrap());
        let budget = Budget::new("all").limit(limit.parse().unwrap(), Window::Total);
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        let catalog = Catalog::from_toml(&catalog).unwrap();
        let stack = Stack::server(http, catalog, Tenants::keys([("sk-team-a", caller)]))
            .budget(budget.clone())
            .decisions(DecisionLog::new(10));
        let app = Router::new().fallback_service(GrpcLayer::new().layer(stack.service()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        Self {
            provider,
            budget,
            url,
        }
    }

    async fn client(&self) -> GenerativeServiceClient<Channel> {
        GenerativeServiceClient::new(
            Channel::from_shared(self.url.clone())
                .unwrap()
                .connect_lazy(),
        )
    }

    fn at_rest(&self) {
        let allowance = self.budget.scope().allowance().unwrap();
        assert_eq!(allowance.held().nanos(), 0);
        assert_eq!(
            allowance.spent().nanos(),
            self.provider.bill().total_nano_usd()
        );
    }
}

pub(crate) fn asked(text: &str) -> GenerateContentRequest {
    GenerateContentRequest {
        model: "models/auto".into(),
        contents: vec![Content {
            parts: vec![Part {
                data: Some(Data::Text(text.into())),
                ..Part::default()
            }],
            role: "user".into(),
        }],
        generation_config: Some(GenerationConfig {
            max_output_tokens: Some(12),
            temperature: Some(0.5),
            ..GenerationConfig::default()
        }),
        ..GenerateContentRequest::default()
    }
}

fn with_key<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("x-goog-api-key", "sk-team-a".parse().unwrap());
    request
}

pub(crate) fn text(candidates: &[Candidate]) -> String {
    let content = candidates
        .first()
        .and_then(|candidate| candidate.content.as_ref());
    let parts = content.iter().flat_map(|content| &content.parts);
    let texts = parts.filter_map(|part| match &part.data {
        Some(Data::Text(text)) if !part.thought => Some(&**text),
        _ => None,
    });
    texts.collect()
}

#[tokio::test]
async fn answers_streams_and_counts_come_from_every_dialect() {
    for dialect in DIALECTS {
        let rig = Rig::with(dialect, "1").await;
        let mut client = rig.client().await;
        let answer = client
            .generate_content(with_key(asked("Why?")))
            .await
            .unwrap();
        let decision = answer
            .metadata()
            .get("x-request-id")
            .unwrap()
            .to_str()
            .unwrap();
        assert!(decision.starts_with("gen_"), "{decision}");
        let answer = answer.into_inner();
        let whole = text(&answer.candidates);
        assert!(!whole.is_empty());
        assert_eq!(
            answer.candidates[0].finish_reason(),
            FinishReason::MaxTokens
        );
        let usage = answer.usage_metadata.unwrap();
        let line = rig.provider.bill().lines().next().unwrap().clone();
        assert_eq!(
            u64::try_from(usage.candidates_token_count).unwrap(),
            line.completion_tokens
        );
        assert_eq!(
            u64::try_from(usage.prompt_token_count).unwrap(),
            line.prompt_tokens
        );

        let mut stream = client
            .stream_generate_content(with_key(asked("Why?")))
            .await
            .unwrap()
            .into_inner();
        let (mut streamed, mut messages, mut last) = (String::new(), 0, None);
        while let Some(message) = stream.message().await.unwrap() {
            streamed += &text(&message.candidates);
            messages += 1;
            last = message
                .candidates
                .first()
                .map(|candidate| candidate.finish_reason())
                .or(last);
        }
        assert_eq!(streamed, whole);
        assert!(messages > 2, "{messages}");
        assert_eq!(last, Some(FinishReason::MaxTokens));

        let count = CountTokensRequest {
            model: "models/m".into(),
            contents: asked("Why?").contents,
            ..CountTokensRequest::default()
        };
        let count = client
            .count_tokens(with_key(count))
            .await
            .unwrap()
            .into_inner();
        assert!(count.total_tokens > 0);
        rig.at_rest();
    }
}

#[tokio::test]
async fn tools_are_called_with_arguments() {
    for dialect in DIALECTS {
        let rig = Rig::with(dialect, "1").await;
        let mut request = asked("What is the weather?");
        request.generation_config = None;
        request.tools = vec![Tool {
            function_declarations: vec![FunctionDeclaration {
                name: "weather".into(),
                description: "Tells it.".into(),
                ..FunctionDeclaration::default()
            }],
            ..Tool::default()
        }];
        let answer = rig
            .client()
            .await
            .generate_content(with_key(request))
            .await
            .unwrap()
            .into_inner();
        let parts = &answer.candidates[0].content.as_ref().unwrap().parts;
        let called = parts.iter().any(|part| match &part.data {
            Some(Data::FunctionCall(call)) => call.name == "weather",
            _ => false,
        });
        assert!(called, "{parts:?}");
        rig.at_rest();
    }
}

async fn refused(rig: &Rig, request: Request<GenerateContentRequest>) -> Status {
    let status = rig
        .client()
        .await
        .generate_content(request)
        .await
        .unwrap_err();
    assert!(!status.message().is_empty());
    status
}

#[tokio::test]
async fn refusals_have_a_status_and_a_reason() {
    let rig = Rig::with(DIALECTS[0], "1").await;
    let status = refused(&rig, Request::new(asked("Why?"))).await;
    assert_eq!(status.code(), Code::Unauthenticated);
    let unknown = GenerateContentRequest {
        model: "models/none".into(),
        ..asked("Why?")
    };
    assert_eq!(
        refused(&rig, with_key(unknown)).await.code(),
        Code::NotFound
    );
    for model in ["", "models/../secrets", "models/m?key=x", "models/m\n"] {
        let hostile = GenerateContentRequest {
            model: model.into(),
            ..asked("Why?")
        };
        assert_eq!(
            refused(&rig, with_key(hostile)).await.code(),
            Code::InvalidArgument,
            "{model}"
        );
    }
    let mut client = rig.client().await;
    let status = client
        .embed_content(with_key(EmbedContentRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    rig.provider.fail(Fault::status(400), Times::Once);
    assert_eq!(
        refused(&rig, with_key(asked("Why?"))).await.code(),
        Code::InvalidArgument
    );
    assert_eq!(rig.provider.bill().total_nano_usd(), 0);

    let poor = Rig::with(DIALECTS[0], "0.00001").await;
    let status = refused(&poor, with_key(asked("Why?"))).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("budget `all`"), "{status}");
    assert_eq!(
        status.metadata().get("grpc-retry-pushback-ms").unwrap(),
        "-1"
    );
    let streamed = poor
        .client()
        .await
        .stream_generate_content(with_key(asked("Why?")))
        .await;
    assert_eq!(streamed.unwrap_err().code(), Code::ResourceExhausted);
    assert!(poor.provider.calls().is_empty());
}

#[tokio::test]
async fn a_deadline_is_kept_before_the_answer_and_within_it() {
    let rig = Rig::with(DIALECTS[0], "1").await;
    let gate = Gate::new();
    rig.provider.fail(Fault::Hold(gate.clone()), Times::Once);
    let mut request = with_key(asked("Why?"));
    request.set_timeout(Duration::from_secs(1));
    let status = refused(&rig, request).await;
    // By the client's own clock or by the server's: either is right, and neither answers.
    assert!(
        matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{status}"
    );
    rig.provider
        .event(|event| matches!(event, Event::ClientGone { call: 1 }))
        .await;

    rig.provider.fail(Fault::HoldAfter(3, gate), Times::Once);
    let mut request = with_key(asked("Why?"));
    // As a client would that leaves the clock to the server.
    request
        .metadata_mut()
        .insert("grpc-timeout", "1500m".parse().unwrap());
    let mut stream = rig
        .client()
        .await
        .stream_generate_content(request)
        .await
        .unwrap()
        .into_inner();
    let status = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a clean end"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::DeadlineExceeded);
    rig.provider
        .event(|event| matches!(event, Event::ClientGone { call: 2 }))
        .await;
    assert_eq!(rig.budget.scope().allowance().unwrap().held().nanos(), 0);
}

#[tokio::test]
async fn a_caller_that_leaves_is_noticed_by_the_provider() {
    for dialect in DIALECTS {
        let rig = Rig::with(dialect, "1").await;
        let gate = Gate::new();
        rig.provider.fail(Fault::HoldAfter(4, gate), Times::Once);
        let mut stream = rig
            .client()
            .await
            .stream_generate_content(with_key(asked("Why?")))
            .await
            .unwrap()
            .into_inner();
        stream.message().await.unwrap().unwrap();
        drop(stream);
        let gone = rig
            .provider
            .event(|event| matches!(event, Event::ClientGone { .. }));
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .unwrap();
        let allowance = rig.budget.scope().allowance().unwrap();
        assert_eq!(allowance.held().nanos(), 0);
        assert!(allowance.spent().nanos() >= rig.provider.bill().total_nano_usd());
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_never_ends_well() {
    for dialect in DIALECTS {
        let rig = Rig::with(dialect, "1").await;
        for fault in [Fault::CutAfter(4), Fault::ErrorEventAfter(4)] {
            rig.provider.fail(fault.clone(), Times::Once);
            let mut stream = rig
                .client()
                .await
                .stream_generate_content(with_key(asked("Why?")))
                .await
                .unwrap()
                .into_inner();
            let status = loop {
                match stream.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("a clean end: {dialect:?} {fault:?}"),
                    Err(status) => break status,
                }
            };
            assert_ne!(status.code(), Code::Ok);
        }
    }
}
