//! gRPC on both sides: a key reaches its own provider alone, what is asked shows itself nowhere, and a model's name leads nowhere
//! else.

use std::{
    fmt::Debug,
    io,
    sync::{Arc, Mutex},
};

use axum::Router;
use hyper_util::{client::legacy, rt::TokioExecutor};
use tonic::{Code, Request, Status, transport::Channel};
use tower::Layer;
use tower_genai::{
    budget::{Budget, Window},
    catalog::{Catalog, Provider},
    context::Tenant,
    dispatch::{Key, Secret},
    grpc::{GrpcLayer, OverGrpc},
    observe::Event,
    sim::{self, Dialect, Fault, Times},
    stack::{Caller, Stack, Tenants},
};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::{callers::asked, google::generative_service_client::GenerativeServiceClient};

const KEY: &str = "sk-canary-of-the-catalog-0123456789";
const CALLER: &str = "sk-canary-of-the-caller-0123456789";
const OTHER: &str = "canary-of-another-header";
const PROMPT: &str = "canary-words-of-the-prompt";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn silent(what: &str, shown: &str) {
    for canary in [KEY, CALLER, OTHER, PROMPT] {
        assert!(!shown.contains(canary), "{what} shows {canary}: {shown}");
    }
}

#[track_caller]
fn debug(what: &impl Debug) {
    silent("Debug", &format!("{what:?} {what:#?}"));
}

fn keys(_: &Provider, _: Option<&Tenant>) -> Key {
    Key::Ready(Some(Secret::new(KEY)))
}

struct Rig {
    provider: sim::Server,
    client: GenerativeServiceClient<Channel>,
}

impl Rig {
    /// A caller by gRPC, a stack, and a provider by gRPC.
    async fn new(limit: &str) -> Self {
        let model = sim::Model::new("m").price("1.00", "2.00");
        let provider = sim::Provider::new("p")
            .dialect(Dialect::Gemini)
            .model(model);
        let provider = provider.key(KEY).start().await.unwrap();
        let catalog = format!(
            r#"
            provider = [{{ name = "p", dialect = "gemini", base_url = "{}" }}]
            model = [{{ name = "m", provider = "p", price = {{ input = "1.00", output = "2.00" }}, can = ["stream"], context = 100000 }}]
            "#,
            provider.base_url()
        );
        let http = legacy::Client::builder(TokioExecutor::new())
            .http2_only(true)
            .build_http();
        let over = OverGrpc::new(http);
        debug(&over);
        let caller = Caller::new(Tenant::new("team-a").unwrap());
        let tenants = Tenants::keys([(CALLER, caller)]);
        let budget = Budget::new("all").limit(limit.parse().unwrap(), Window::Total);
        let stack = Stack::server(over, Catalog::from_toml(&catalog).unwrap(), tenants)
            .budget(budget)
            .credential(keys)
            .observer(|event: &Event<'_>| debug(event));
        let service = GrpcLayer::new().layer(stack.service());
        let app = Router::new().fallback_service(service);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        let channel = Channel::from_shared(url).unwrap().connect_lazy();
        Self {
            provider,
            client: GenerativeServiceClient::new(channel),
        }
    }

    /// How it ended, whole or streamed; what the caller is told besides the answer itself says nothing.
    async fn ask(&self, model: &str, stream: bool) -> Result<(), Status> {
        let mut message = asked(PROMPT);
        message.model = model.to_owned();
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("x-goog-api-key", CALLER.parse().unwrap());
        metadata.insert("x-other", OTHER.parse().unwrap());
        metadata.insert("cookie", OTHER.parse().unwrap());
        let mut client = self.client.clone();
        let ended = async {
            if !stream {
                let answer = client.generate_content(request).await?;
                silent("metadata", &format!("{:?}", answer.metadata()));
                return Ok(());
            }
            let answer = client.stream_generate_content(request).await?;
            silent("metadata", &format!("{:?}", answer.metadata()));
            let mut messages = answer.into_inner();
            while messages.message().await?.is_some() {}
            let trailers = messages.trailers().await?;
            silent("trailers", &format!("{trailers:?}"));
            Ok(())
        };
        let ended = ended.await;
        if let Err(status) = &ended {
            silent("status", &format!("{status} {status:?}"));
        }
        ended
    }
}

#[tokio::test]
async fn keys_and_prompts_stay_where_they_belong() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_env_filter("tower_genai=trace")
        .with_span_events(FmtSpan::FULL)
        .with_writer({
            let written = written.clone();
            move || written.clone()
        })
        .finish();
    // One thread: whatever runs is seen.
    let _guard = tracing::subscriber::set_default(subscriber);
    let rig = Rig::new("1").await;
    let mut failed = 0;
    for stream in [false, true] {
        rig.ask("m", stream).await.unwrap();
        for fault in [
            Fault::status(400),
            Fault::status(401),
            Fault::status(429),
            Fault::status(503),
            Fault::CutAfter(2),
            Fault::ErrorEventAfter(2),
            Fault::Garbage,
            Fault::HangUp,
        ] {
            rig.provider.fail(fault, Times::Always);
            failed += usize::from(rig.ask("m", stream).await.is_err());
            rig.provider.heal();
        }
    }
    assert!(failed >= 14, "{failed}");
    let poor = Rig::new("0.000001").await;
    assert_eq!(
        poor.ask("m", false).await.unwrap_err().code(),
        Code::ResourceExhausted
    );
    for call in rig.provider.calls() {
        assert_eq!(call.headers["x-goog-api-key"], KEY);
        let headers = format!("{:?}", call.headers);
        for canary in [CALLER, OTHER, PROMPT] {
            assert!(!headers.contains(canary), "{headers}");
        }
        let body = String::from_utf8(call.body.to_vec()).unwrap();
        assert!(body.contains(PROMPT) && !body.contains(CALLER) && !body.contains(KEY));
    }
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("gen_ai"), "spans are written");
    silent("tracing", &written);
}

#[tokio::test]
async fn a_model_s_name_leads_nowhere_else() {
    let rig = Rig::new("1").await;
    for model in [
        "",
        "../../etc/passwd",
        "models/../m",
        "..%2f..%2fadmin",
        "m?x=1",
        "m#x",
        "m\\x",
        "//evil.test/m",
        "http://evil.test/v1",
        "m\r\nx-evil: 1",
        "m\0",
        "acme/../m",
        "tunedModels/x",
        "nobody",
    ] {
        for stream in [false, true] {
            let status = rig.ask(model, stream).await.unwrap_err();
            assert!(
                matches!(status.code(), Code::InvalidArgument | Code::NotFound),
                "{model:?}: {status}"
            );
        }
    }
    assert!(rig.provider.calls().is_empty());
}
