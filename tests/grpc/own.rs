//! A method of one's own, served by a stack over providers of every dialect.

use axum::Router;
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::Value;
use tonic::{Code, Request, Status, client, codegen::http::uri::PathAndQuery, transport::Channel};
use tonic_prost::ProstCodec;
use tower::Layer;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    grpc::{Asked, GrpcLayer, Rpc},
    query::{Refusal, RefusalKind},
    sim::{self, Dialect, Fault, Gate, Times},
    stack::{Stack, Tenants},
};

use crate::callers::DIALECTS;

#[derive(Clone, PartialEq, prost::Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

const ASK: &str = "/own.Service/Ask";
const STREAM: &str = "/own.Service/Stream";
/// Cannot say what is answered.
const DUMB: &str = "/own.Service/Dumb";
const DUMB_STREAM: &str = "/own.Service/DumbStream";

/// By its path.
struct Ask(&'static str);

impl Rpc for Ask {
    type Request = Text;
    type Answer = Text;

    fn path(&self) -> &str {
        self.0
    }

    fn streams(&self) -> bool {
        self.0.ends_with("Stream")
    }

    fn ask(&self, request: Text) -> Result<Asked, Refusal> {
        match &*request.text {
            "" => Err(Refusal::new(RefusalKind::Malformed, "`text` is empty")),
            "nobody" => Ok(Asked::text("no such model", "?")),
            text => Ok(Asked::text("m", text)),
        }
    }

    fn answer(&self, answer: Value) -> Result<Text, Refusal> {
        let parts = answer["candidates"][0]["content"]["parts"].as_array();
        let texts = parts.into_iter().flatten().map(|part| &part["text"]);
        let text: String = texts.filter_map(Value::as_str).collect();
        if self.0.contains("Dumb") && !text.is_empty() {
            let why = "the message has no words for this";
            return Err(Refusal::new(RefusalKind::Failed, why));
        }
        Ok(Text { text })
    }
}

struct Rig {
    provider: sim::Server,
    budget: Budget,
    channel: Channel,
}

impl Rig {
    async fn with((name, dialect): (&str, Dialect), limit: &str) -> Self {
        let model = sim::Model::new("m").price("1.00", "2.00");
        let provider = sim::Provider::new("p").dialect(dialect).model(model);
        let provider = provider.start().await.unwrap();
        let catalog = format!(
            r#"
            provider = [{{ name = "p", dialect = "{name}", base_url = "{}" }}]
            model = [{{ name = "m", provider = "p", price = {{ input = "1.00", output = "2.00" }}, can = ["stream"], context = 10000, max_output = 100 }}]
            "#,
            provider.base_url()
        );
        let budget = Budget::new("all").limit(limit.parse().unwrap(), Window::Total);
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        let tenants = Tenants::by(|_| Tenant::new("t").ok());
        let stack = Stack::server(http, Catalog::from_toml(&catalog).unwrap(), tenants)
            .budget(budget.clone());
        let paths = [ASK, STREAM, DUMB, DUMB_STREAM];
        let grpc = paths
            .into_iter()
            .fold(GrpcLayer::new(), |grpc, path| grpc.method(Ask(path)));
        let app = Router::new().fallback_service(grpc.layer(stack.service()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        let channel = Channel::from_shared(url).unwrap().connect_lazy();
        Self {
            provider,
            budget,
            channel,
        }
    }

    async fn call(&self, path: &'static str, text: &str) -> Result<(String, usize), Status> {
        let mut client = client::Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        let request = Request::new(Text { text: text.into() });
        let codec = ProstCodec::<Text, Text>::default();
        let path = PathAndQuery::from_static(path);
        if !path.path().ends_with("Stream") {
            let answer = client.unary(request, path, codec).await?;
            return Ok((answer.into_inner().text, 1));
        }
        let answer = client.server_streaming(request, path, codec).await?;
        let mut messages = answer.into_inner();
        let (mut whole, mut count) = (String::new(), 0);
        while let Some(message) = messages.message().await? {
            whole += &message.text;
            count += 1;
        }
        Ok((whole, count))
    }

    fn spent(&self) -> u64 {
        let allowance = self.budget.scope().allowance().unwrap();
        assert_eq!(allowance.held().nanos(), 0);
        allowance.spent().nanos()
    }
}

#[tokio::test]
async fn one_s_own_messages_are_answered_by_every_dialect() {
    for dialect in DIALECTS {
        let rig = Rig::with(dialect, "1").await;
        let (whole, _) = rig.call(ASK, "Why?").await.unwrap();
        let (streamed, count) = rig.call(STREAM, "Why?").await.unwrap();
        assert!(!whole.is_empty() && count > 1, "{dialect:?}: {count}");
        assert_eq!(whole, streamed, "{dialect:?}");
        assert_eq!(rig.spent(), rig.provider.bill().total_nano_usd());
    }
}

#[tokio::test]
async fn refusals_are_statuses_whoever_refuses() {
    let rig = Rig::with(DIALECTS[0], "0.00001").await;
    for path in [ASK, STREAM] {
        for (text, code, why) in [
            ("", Code::InvalidArgument, "`text` is empty"),
            ("nobody", Code::InvalidArgument, "`model` must be"),
            ("Why?", Code::ResourceExhausted, "budget `all`"),
        ] {
            let status = rig.call(path, text).await.unwrap_err();
            assert_eq!(status.code(), code, "{path} {text}: {status}");
            assert!(status.message().contains(why), "{status}");
        }
    }
    let other = rig.call("/own.Service/Other", "?").await.unwrap_err();
    assert_eq!(other.code(), Code::Unimplemented, "{other}");
    assert!(rig.provider.calls().is_empty());
    assert_eq!(rig.spent(), 0);
}

#[tokio::test]
async fn an_answer_without_words_for_it_is_paid_and_never_ends_well() {
    let rig = Rig::with(DIALECTS[0], "1").await;
    for path in [DUMB, DUMB_STREAM] {
        let status = rig.call(path, "Why?").await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
        assert_eq!(status.message(), "the message has no words for this");
    }
    rig.provider.fail(Fault::CutAfter(3), Times::Once);
    rig.call(STREAM, "Why?").await.unwrap_err();
    rig.provider
        .fail(Fault::HoldAfter(3, Gate::new()), Times::Once);
    let left = rig.call(STREAM, "Why?");
    let left = tokio::time::timeout(std::time::Duration::from_secs(1), left);
    assert!(left.await.is_err(), "it waits");
    rig.provider
        .event(|event| matches!(event, sim::Event::ClientGone { .. }))
        .await;
    assert!(rig.spent() >= rig.provider.bill().total_nano_usd());
}
