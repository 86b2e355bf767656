//! The real stack over sockets: a caller's client, a gateway, a provider that fails and one that is well.

use std::{
    convert::Infallible,
    future::Ready,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::{Catalog, Provider},
    dispatch::PerProvider,
    fallback::{Backoff, FallbackLayer},
    grpc::OverGrpc,
    observe::Event,
    sim::{self, Dialect, Gate, Times},
    stack::{ServerSide, Stack, Tenants},
};

use crate::{
    caller::{self, Got},
    cell::{Cell, When, word},
    faults::Make,
    frames, hands,
};

/// How long an answer's beginning, or more of it, is waited for where it never comes. Nothing else in a case takes as
/// long.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) model: String,
    pub(crate) nanos: u64,
    /// What it cost is known, and not a bound.
    pub(crate) exact: bool,
    /// Whether the provider may have seen it, where it has failed.
    pub(crate) sent: Option<bool>,
}

pub(crate) struct Rig {
    pub(crate) ill: sim::Server,
    pub(crate) well: sim::Server,
    budget: Budget,
    addr: SocketAddr,
    gateway: JoinHandle<()>,
    /// The attempts that have ended.
    pub(crate) ended: Arc<Mutex<Vec<Ended>>>,
    /// What the ill one does is held until words have come.
    held: Gate,
    // Listens as long as it lives.
    _by_hand: Option<frames::Provider>,
    // Keeps its address from those who would listen.
    _nobody: Option<TcpSocket>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.gateway.abort();
    }
}

async fn sim(
    name: &str,
    model: &str,
    dialect: Dialect,
    (input, output): (&str, &str),
) -> sim::Server {
    let model = sim::Model::new(model).price(input, output).exact_output(12);
    let provider = sim::Provider::new(name).dialect(dialect).model(model);
    provider.start().await.unwrap()
}

impl Rig {
    pub(crate) async fn new(cell: &Cell) -> Self {
        let ill = sim("ill", "m0", cell.first, ("1", "2")).await;
        let well = sim("well", "m1", cell.second, ("2", "4")).await;
        let (mut by_hand, mut nobody) = (None, None);
        let held = Gate::new();
        let path = if cell.first == Dialect::OpenAi {
            "/v1"
        } else {
            ""
        };
        let ill_url = match cell.fault.make {
            Make::Sim(fault) => {
                ill.fail(fault(cell), Times::Always);
                ill.base_url()
            }
            Make::Held(fault) => {
                let held = sim::Fault::HoldAfter(cell.events_or_half(), held.clone());
                ill.fail(sim::Fault::All(vec![fault(cell), held]), Times::Always);
                ill.base_url()
            }
            Make::Status(status) => {
                ill.fail(sim::Fault::status(status), Times::Always);
                ill.base_url()
            }
            Make::Nameless => format!("http://ill.test{path}"),
            Make::Nobody => {
                let (socket, addr) = hands::nobody();
                nobody = Some(socket);
                format!("http://{addr}{path}")
            }
            Make::ByHand(hand) => format!("http://{}{path}", hands::by_hand(hand).await),
            Make::Between(twist) => {
                let between = hands::between(ill.addr(), twist(cell)).await;
                format!("http://{between}{path}")
            }
            Make::Frames(then) => {
                let provider = by_hand.insert(frames::Provider::start(then).await);
                format!("{}{path}", provider.base_url)
            }
        };
        let catalog = format!(
            r#"
            provider = [
                {{ name = "ill", dialect = "{}", base_url = "{ill_url}", on_disconnect = "stops" }},
                {{ name = "well", dialect = "{}", base_url = "{}", on_disconnect = "stops" }},
            ]
            model = [
                {{ name = "m0", provider = "ill", price = {{ input = "1", output = "2" }}, context = 200_000, max_output = 4096, can = ["stream", "tools"] }},
                {{ name = "m1", provider = "well", price = {{ input = "2", output = "4" }}, context = 200_000, max_output = 4096, can = ["stream", "tools"] }},
            ]
            alias = [{{ name = "auto", models = ["*"], prefer = "cost", sticky = false }}]
            "#,
            word(cell.first),
            word(cell.second),
            well.base_url(),
        );
        let budget = Budget::new("org").limit("10".parse().unwrap(), Window::Total);
        let ended = Arc::default();
        let catalog = Catalog::from_toml(&catalog).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let observer = observer(&ended);
        let gateway = if cell.grpc {
            let stack = stack(cell, by_grpc(), catalog);
            let service = stack.budget(budget.clone()).observer(observer).service();
            tokio::spawn(serve(listener, service))
        } else {
            let stack = stack(cell, http(cell.fault.http2), catalog);
            let service = stack.budget(budget.clone()).observer(observer).service();
            tokio::spawn(serve(listener, service))
        };
        Self {
            ill,
            well,
            budget,
            addr,
            gateway,
            ended,
            held,
            _by_hand: by_hand,
            _nobody: nobody,
        }
    }

    pub(crate) async fn ask(&self, cell: &Cell) -> Got {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let request = caller::request(&self.addr.to_string(), cell);
        if cell.when == When::Before {
            self.held.open_all();
        }
        caller::read(client.request(request).await.unwrap(), &self.held).await
    }

    /// What is spent, once nothing runs and the sims have written their bills.
    pub(crate) async fn spent(&self) -> u64 {
        for sim in [&self.ill, &self.well] {
            for call in 1..=sim.calls().len() as u64 {
                let over = |event: &sim::Event| match event {
                    sim::Event::Finished { call: of }
                    | sim::Event::Failed { call: of }
                    | sim::Event::ClientGone { call: of } => *of == call,
                    _ => false,
                };
                sim.event(over).await;
            }
        }
        let allowance = self.budget.scope().allowance().unwrap();
        assert_eq!(allowance.held().nanos(), 0, "nothing is held");
        allowance.spent().nanos()
    }
}

type Resolving = Ready<io::Result<std::iter::Once<SocketAddr>>>;

/// The names of all hosts are known but one.
fn resolve(name: Name) -> Resolving {
    std::future::ready(match name.as_str() {
        "ill.test" => Err(io::Error::other("no such name")),
        _ => Ok(std::iter::once(([127, 0, 0, 1], 0).into())),
    })
}

type Http = Client<HttpConnector<tower::util::ServiceFn<fn(Name) -> Resolving>>, Body>;

fn http(http2: bool) -> Http {
    let resolve: fn(Name) -> Resolving = resolve;
    let connector = HttpConnector::new_with_resolver(tower::service_fn(resolve));
    Client::builder(TokioExecutor::new())
        .http2_only(http2)
        .build(connector)
}

type Boxed = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, BoxError>;

/// The ill one is asked by gRPC, the other one as ever.
fn by_grpc() -> PerProvider<impl Fn(Option<&Provider>) -> Boxed + Clone + Send + Sync, Boxed> {
    PerProvider::new(|provider: Option<&Provider>| match provider {
        Some(provider) if provider.name() == "ill" => BoxCloneSyncService::new(
            OverGrpc::new(http(true))
                .map_response(|response| response.map(Body::new))
                .map_err(BoxError::from),
        ),
        _ => BoxCloneSyncService::new(
            http(false)
                .map_response(|response| response.map(Body::new))
                .map_err(BoxError::from),
        ),
    })
}

async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<http::Request<Incoming>, Response = http::Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let service = TowerToHyperService::new(service);
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            // How it ends is for the caller to see.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn stack<C>(cell: &Cell, client: C, catalog: Catalog) -> Stack<C, ServerSide> {
    let mut fallback = FallbackLayer::new().backoff(Backoff::new(Duration::ZERO, Duration::ZERO));
    let mut stack = Stack::server(client, catalog, Tenants::single());
    if cell.fault.stalls {
        fallback = match cell.streamed {
            true => fallback.first_content_timeout(PATIENCE),
            false => fallback.hedge_after(PATIENCE),
        };
        stack = stack.idle_timeout(PATIENCE);
    }
    stack.fallback(fallback)
}

fn observer(ended: &Arc<Mutex<Vec<Ended>>>) -> impl Fn(&Event<'_>) + Send + Sync + use<> {
    let ended = Arc::clone(ended);
    move |event: &Event<'_>| {
        let Event::Finished(outcome) = event else {
            return;
        };
        let finished = outcome.get().unwrap();
        ended.lock().unwrap().push(Ended {
            model: outcome.candidate().model().name().to_owned(),
            nanos: finished.cost.unwrap().nanos(),
            exact: finished.exact,
            sent: outcome.failure().map(|failure| failure.sent),
        });
    }
}
