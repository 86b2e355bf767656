//! Inference at a price per call, over tonic on both sides: budgets are on the server, prices around the channel.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::future::join_all;
use tokio::sync::Notify;
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    client,
    codegen::http::uri::PathAndQuery,
    server::{self, NamedService},
    transport::{self, Channel, Server},
};
use tonic_prost::ProstCodec;
use tower::{Service, ServiceBuilder, service_fn, util::BoxCloneSyncService};
use tower_genai::{
    budget::{Budget, BudgetLayer, RequireScopeLayer, Window},
    catalog::Catalog,
    charge::{ChargeLayer, PerCall},
    context::InContext,
    dispatch::Sent,
    grpc::{Inference, PerMessage, Priced},
};

const CATALOG: &str = r#"
    provider = [{ name = "triton", dialect = "kserve", base_url = "http://triton.example" }]
    [[model]]
    name = "ocr"
    provider = "triton"
    id = "ocr-v3"
    for = "inference"
    price = { request = "0.01" }
"#;

const INFER: &str = "/inference.GRPCInferenceService/ModelInfer";
const STREAM: &str = "/inference.GRPCInferenceService/ModelStreamInfer";
const READY: &str = "/inference.GRPCInferenceService/ServerReady";

/// `ModelInferRequest`, and its answer as far as it is the same.
#[derive(Clone, PartialEq, prost::Message)]
struct Infer {
    #[prost(string, tag = "1")]
    model_name: String,
    #[prost(string, tag = "3")]
    id: String,
    #[prost(bytes = "vec", repeated, tag = "7")]
    raw_input_contents: Vec<Vec<u8>>,
}

fn infer(id: &str) -> Infer {
    Infer {
        model_name: "ocr-v3".into(),
        id: id.into(),
        raw_input_contents: vec![vec![7; 10_000]],
    }
}

type Client = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, transport::Error>;

async fn unary(client: &Client, path: &'static str, message: Infer) -> Result<Infer, Status> {
    let mut client = client::Grpc::new(client.clone());
    client.ready().await.unwrap();
    let codec = ProstCodec::<Infer, Infer>::default();
    let path = PathAndQuery::from_static(path);
    let answer = client.unary(Request::new(message), path, codec).await?;
    Ok(answer.into_inner())
}

/// A tonic service with one method for all paths.
#[derive(Clone, Default)]
struct Triton {
    served: Arc<AtomicUsize>,
    left: Arc<Notify>,
}

/// Tells when a call is left.
struct Left(Arc<Notify>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[derive(Clone)]
struct Reader {
    triton: Client,
}

impl NamedService for Triton {
    const NAME: &'static str = "inference.GRPCInferenceService";
}

impl NamedService for Reader {
    const NAME: &'static str = "example.Reader";
}

type Answering = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

impl Service<http::Request<Body>> for Triton {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answering {
        let this = self.clone();
        let infer = service_fn(move |request: Request<Infer>| {
            let this = this.clone();
            async move {
                let asked = request.into_inner();
                match &*asked.id {
                    "busy" => return Err(Status::unavailable("not now")),
                    "stall" => {
                        let _left = Left(this.left);
                        std::future::pending::<()>().await;
                    }
                    _ => {}
                }
                this.served.fetch_add(1, Ordering::SeqCst);
                Ok(Response::new(asked))
            }
        });
        Box::pin(async move {
            let mut grpc = server::Grpc::new(ProstCodec::<Infer, Infer>::default());
            Ok(grpc.unary(infer, request).await)
        })
    }
}

impl Service<http::Request<Body>> for Reader {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answering {
        let triton = self.triton.clone();
        let read = service_fn(move |request: Request<Infer>| {
            let triton = triton.clone();
            async move {
                let message = request.into_inner();
                let id = message.id.clone();
                let call = async move { unary(&triton, INFER, message).await };
                let answer = match &*id {
                    "spawned" => tokio::spawn(call.in_context()).await.unwrap(),
                    "lost" => tokio::spawn(call).await.unwrap(),
                    _ => call.await,
                };
                answer.map(Response::new)
            }
        });
        Box::pin(async move {
            let mut grpc = server::Grpc::new(ProstCodec::<Infer, Infer>::default());
            Ok(grpc.unary(read, request).await)
        })
    }
}

async fn listener() -> (tokio::net::TcpListener, Channel) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, Channel::from_shared(url).unwrap().connect_lazy())
}

/// A channel to an inference server.
async fn channel(triton: &Triton) -> Channel {
    let (listener, channel) = listener().await;
    let incoming = transport::server::TcpIncoming::from(listener);
    let server = Server::builder().add_service(triton.clone());
    tokio::spawn(server.serve_with_incoming(incoming));
    channel
}

/// The same with prices around it.
async fn priced(triton: &Triton) -> Client {
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let prices = PerCall::new(&catalog, "triton");
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .map_response(|response: http::Response<_>| response.map(Body::new))
        .layer(RequireScopeLayer::new())
        .layer(
            ChargeLayer::new(Inference::new(prices))
                .sent_by(|error: &transport::Error| Sent::by_sources(error)),
        )
        .map_request(|request: http::Request<tower_genai::Body>| request.map(Body::new))
        .service(channel(triton).await)
}

/// The same behind a tonic server with a budget on it.
async fn reader(triton: &Triton, limit: &str) -> (Client, Budget) {
    let budget = Budget::new("reader").limit(limit.parse().unwrap(), Window::Total);
    let (listener, channel) = listener().await;
    let server = Server::builder()
        .layer(BudgetLayer::new(budget.clone()))
        .add_service(Reader {
            triton: priced(triton).await,
        });
    let incoming = transport::server::TcpIncoming::from(listener);
    tokio::spawn(server.serve_with_incoming(incoming));
    (BoxCloneSyncService::new(channel), budget)
}

/// What is spent, in hundredths of a dollar, with nothing held.
fn cents(budget: &Budget) -> u64 {
    let allowance = budget.scope().allowance().unwrap();
    assert_eq!(allowance.held().nanos(), 0);
    allowance.spent().nanos() / 10_000_000
}

const READ: &str = "/example.Reader/Read";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_on_a_tonic_server_holds_whatever_its_handlers_do() {
    let triton = Triton::default();
    let (client, budget) = reader(&triton, "1.00").await;
    let calls = (0..1_000).map(|at| {
        let id = if at % 3 == 0 { "spawned" } else { "plain" };
        let client = &client;
        async move { unary(client, READ, infer(id)).await }
    });
    let answers = join_all(calls).await;
    let good = answers.iter().filter(|answer| answer.is_ok()).count();
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        assert!(status.message().contains("budget `reader`"), "{status}");
    }
    // What is held by others comes back as spent: nobody is refused who fits.
    assert_eq!((good, triton.served.load(Ordering::SeqCst)), (100, 100));
    assert_eq!(cents(&budget), 100);
}

#[tokio::test]
async fn what_the_server_refuses_is_free_and_what_has_lost_its_budget_is_refused() {
    let triton = Triton::default();
    let (client, budget) = reader(&triton, "1.00").await;
    let busy = unary(&client, READ, infer("busy")).await.unwrap_err();
    assert_eq!(
        (busy.code(), busy.message()),
        (Code::Unavailable, "not now")
    );
    let lost = unary(&client, READ, infer("lost")).await.unwrap_err();
    assert_eq!(lost.code(), Code::Internal);
    assert!(lost.message().contains(".in_context()"), "{lost}");
    let mut other = infer("plain");
    other.model_name = "other".into();
    let other = unary(&client, READ, other).await.unwrap_err();
    assert_eq!(other.code(), Code::NotFound, "{other}");
    assert_eq!(
        (cents(&budget), triton.served.load(Ordering::SeqCst)),
        (0, 0)
    );
}

#[tokio::test]
async fn who_leaves_pays_for_what_was_sent() {
    let triton = Triton::default();
    let (client, budget) = reader(&triton, "1.00").await;
    let call = unary(&client, READ, infer("stall"));
    let left = tokio::time::timeout(Duration::from_secs(1), call).await;
    assert!(left.is_err(), "it waits");
    triton.left.notified().await;
    assert_eq!(cents(&budget), 1);
}

#[tokio::test]
async fn other_methods_are_free_and_streams_are_refused() {
    let triton = Triton::default();
    let client = priced(&triton).await;
    let budget = Budget::new("b").limit("0.005".parse().unwrap(), Window::Total);
    let context = tower_genai::context::Context::new().with_scope(budget.scope());
    let (ready, stream, dear) = context
        .carry(async {
            (
                unary(&client, READY, infer("plain")).await,
                unary(&client, STREAM, infer("plain")).await,
                unary(&client, INFER, infer("plain")).await,
            )
        })
        .await;
    assert!(ready.is_ok(), "{ready:?}");
    assert_eq!(stream.unwrap_err().code(), Code::Unimplemented);
    assert_eq!(dear.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(
        (cents(&budget), triton.served.load(Ordering::SeqCst)),
        (0, 1)
    );
}

/// A message of one's own: a batch.
#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(string, tag = "1")]
    model_name: String,
    #[prost(bytes = "vec", repeated, tag = "7")]
    pieces: Vec<Vec<u8>>,
}

impl Priced for Batch {
    fn model(&self) -> &str {
        &self.model_name
    }

    fn calls(&self) -> u64 {
        self.pieces.len() as u64
    }
}

#[tokio::test]
async fn one_s_own_message_says_what_it_costs() {
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let prices = PerCall::new(&catalog, "triton");
    let tariff = PerMessage::<Batch>::new(INFER, prices).most(50_000);
    let budget = Budget::new("b").limit("0.05".parse().unwrap(), Window::Total);
    let client = ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .map_response(|response: http::Response<_>| response.map(Body::new))
        .layer(BudgetLayer::new(budget.clone()))
        .layer(ChargeLayer::new(tariff))
        .map_request(|request: http::Request<tower_genai::Body>| request.map(Body::new))
        .service(channel(&Triton::default()).await);
    let batch = |pieces: usize, bytes: usize| Infer {
        raw_input_contents: vec![vec![7; bytes]; pieces],
        ..infer("batch")
    };
    unary(&client, INFER, batch(3, 1_000)).await.unwrap();
    assert_eq!(cents(&budget), 3);
    let dear = unary(&client, INFER, batch(3, 1_000)).await.unwrap_err();
    assert_eq!(dear.code(), Code::ResourceExhausted);
    let large = unary(&client, INFER, batch(1, 60_000)).await.unwrap_err();
    assert_eq!(large.code(), Code::ResourceExhausted);
    assert!(large.message().contains("50005 bytes"), "{large}");
    unary(&client, INFER, batch(2, 1_000)).await.unwrap();
    assert_eq!(cents(&budget), 5);
}

#[test]
fn fields_are_those_of_the_protocol() {
    let specs =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/specs/kserve-triton");
    let folder = specs.join("specification/protocol");
    if !folder.exists() {
        eprintln!("passed over: the protocol's file is not here");
        return;
    }
    let mut compiler = protox::Compiler::new([&folder]).unwrap();
    compiler.open_file("open_inference_grpc.proto").unwrap();
    let set = compiler.encode_file_descriptor_set();
    let pool = prost_reflect::DescriptorPool::decode(&set[..]).unwrap();
    let service = pool
        .services()
        .find(|service| service.full_name() == "inference.GRPCInferenceService")
        .unwrap();
    let method = service
        .methods()
        .find(|method| method.name() == "ModelInfer")
        .unwrap();
    let field = method.input().get_field(1).unwrap();
    assert_eq!(field.name(), "model_name");
    assert_eq!(field.kind(), prost_reflect::Kind::String);
}

#[tokio::test]
async fn a_server_that_is_down_costs_nothing() {
    // An address at which nobody listens any more.
    let (listener, channel) = listener().await;
    drop(listener);
    let budget = Budget::new("b").limit("1".parse().unwrap(), Window::Total);
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let prices = PerCall::new(&catalog, "triton");
    let client = ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .map_response(|response: http::Response<_>| response.map(Body::new))
        .layer(BudgetLayer::new(budget.clone()))
        .layer(
            ChargeLayer::new(Inference::new(prices))
                .sent_by(|error: &transport::Error| Sent::by_sources(error)),
        )
        .map_request(|request: http::Request<tower_genai::Body>| request.map(Body::new))
        .service(channel);
    let status = unary(&client, INFER, infer("plain")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(cents(&budget), 0);
}
