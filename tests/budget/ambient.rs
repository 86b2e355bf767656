use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{self, Poll},
};

use axum::{Extension, Router, body::Body as AxumBody, routing::get};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};
use tower_genai::{
    budget::{Budget, BudgetLayer, CutRule, Hold, Window},
    context::{Context, InContext, ambient},
};

use super::support::{Checked, assert_at_rest, label, snapshot, spent, usd};

/// Stands for a client that the application built at its start: what scopes does it see at a call?
async fn scopes_at_a_client() -> String {
    let client = tower::service_fn(|request: Request<()>| {
        // As a layer around a client does: once, when it is called.
        let context = Context::of(request.extensions());
        async move {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Response::new(names(&context)))
        }
    });
    client.oneshot(Request::new(())).await.unwrap().into_body()
}

fn names(context: &Context) -> String {
    let names: Vec<_> = context.scopes().iter().map(|scope| scope.name()).collect();
    names.join(" ")
}

/// A streaming answer that calls the client for every chunk.
struct Calling {
    left: u8,
    call: Option<Pin<Box<dyn Future<Output = String> + Send>>>,
}

impl Body for Calling {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let call = self
            .call
            .get_or_insert_with(|| Box::pin(scopes_at_a_client()));
        let seen = std::task::ready!(call.as_mut().poll(cx));
        self.call = None;
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(format!("{seen};").into()))))
    }
}

async fn inside() -> String {
    scopes_at_a_client().await
}

async fn streaming() -> AxumBody {
    AxumBody::new(Calling {
        left: 3,
        call: None,
    })
}

async fn spawned() -> String {
    let lost = tokio::spawn(scopes_at_a_client()).await.unwrap();
    let kept = tokio::spawn(scopes_at_a_client().in_context())
        .await
        .unwrap();
    format!("[{lost}] [{kept}]")
}

async fn extension(Extension(context): Extension<Context>) -> String {
    let left = context.allowance().unwrap().left();
    format!("{} {left}", names(&context))
}

/// Spends a dollar if the scopes have it.
async fn paid() -> Result<String, (StatusCode, String)> {
    let context = ambient().unwrap();
    let mut hold = Hold::open(context.scopes(), usd("1"), label(), CutRule::Bound)
        .await
        .map_err(|refused| (StatusCode::TOO_MANY_REQUESTS, refused.to_string()))?;
    hold.sent();
    tokio::task::yield_now().await;
    hold.settle(usd("1"));
    Ok(names(&context))
}

type Caller = Client<HttpConnector, Empty<Bytes>>;

async fn serve(app: Router) -> (SocketAddr, Caller) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, Client::builder(TokioExecutor::new()).build_http())
}

async fn fetch(caller: &Caller, address: SocketAddr, path: &str) -> (StatusCode, String) {
    let uri = format!("http://{address}{path}").parse().unwrap();
    let answer = caller.get(uri).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn budgets(ledger: &std::sync::Arc<Checked>) -> [Budget; 3] {
    let org = Budget::new("org")
        .limit(usd("6"), Window::Day)
        .ledger(ledger.clone());
    let a = Budget::new("a").limit(usd("3"), Window::Day).within(&org);
    let b = Budget::new("b").limit(usd("5"), Window::Day).within(&org);
    [org, a, b]
}

fn app([org, a, b]: &[Budget; 3]) -> Router {
    let routes = |budget: &Budget, prefix: &str| {
        Router::new()
            .route(&format!("/{prefix}/inside"), get(inside))
            .route(&format!("/{prefix}/streaming"), get(streaming))
            .route(&format!("/{prefix}/spawned"), get(spawned))
            .route(&format!("/{prefix}/extension"), get(extension))
            .route(&format!("/{prefix}/paid"), get(paid))
            .route_layer(BudgetLayer::new(budget.clone()))
    };
    routes(a, "a")
        .merge(routes(b, "b"))
        .route_layer(BudgetLayer::new(org.clone()))
        .route("/free", get(inside))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_in_a_handler_inherit_its_scopes_and_no_others() {
    let (address, caller) = serve(app(&budgets(&Checked::shared()))).await;
    let expected = |name: &str, path: &str| match path {
        "inside" => format!("org {name}"),
        "streaming" => format!("org {name};").repeat(3),
        "spawned" => format!("[] [org {name}]"),
        _ => format!("org {name} {}", if name == "a" { "3.00" } else { "5.00" }),
    };
    let mut calls = JoinSet::new();
    for round in 0..160 {
        let caller = caller.clone();
        let name = ["a", "b"][round % 2];
        let path = ["inside", "streaming", "spawned", "extension"][round / 2 % 4];
        let expected = expected(name, path);
        calls.spawn(async move {
            let seen = fetch(&caller, address, &format!("/{name}/{path}")).await;
            assert_eq!(seen, (StatusCode::OK, expected));
            let free = fetch(&caller, address, "/free").await;
            assert_eq!(free, (StatusCode::OK, String::new()));
        });
    }
    calls.join_all().await;
    assert!(ambient().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_routes_spend_what_both_and_each_may() {
    let ledger = Checked::shared();
    let budgets = budgets(&ledger);
    let (address, caller) = serve(app(&budgets)).await;
    let mut calls = JoinSet::new();
    for round in 0..60 {
        let caller = caller.clone();
        let name = ["a", "b"][round % 2];
        calls.spawn(async move {
            (
                name,
                fetch(&caller, address, &format!("/{name}/paid")).await,
            )
        });
    }
    let [mut a, mut b] = [0, 0];
    for (name, (status, text)) in calls.join_all().await {
        if status == StatusCode::OK {
            *if name == "a" { &mut a } else { &mut b } += 1;
        } else {
            assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{text}");
        }
    }
    assert!(a <= 3 && b <= 5 && a + b <= 6 && a + b >= 1, "{a} and {b}");
    // Late comers may have been refused by money that was only held: what is left can still be had.
    for _ in a + b..6 {
        let (one, _) = fetch(&caller, address, "/a/paid").await;
        let (two, _) = if one == StatusCode::OK {
            (one, String::new())
        } else {
            fetch(&caller, address, "/b/paid").await
        };
        assert_eq!(two, StatusCode::OK);
    }
    let [org, a, b] = budgets.map(|budget| spent(&budget.scope()));
    assert_eq!(org, usd("6"));
    assert_eq!(a.checked_add(b), Some(org));
    assert_at_rest(&snapshot(&*ledger));
    let (status, text) = fetch(&caller, address, "/b/paid").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(text.starts_with("budget `org` is spent"), "{text}");
}

#[tokio::test]
async fn around_a_client_it_works_as_well() {
    let (address, caller) = serve(Router::new().route("/", get(|| async { "hello" }))).await;
    let mut client = tower::ServiceBuilder::new()
        .layer(BudgetLayer::new(
            Budget::new("client").limit(usd("1"), Window::Day),
        ))
        .service(caller);
    let request = Request::get(format!("http://{address}/"))
        .body(Empty::<Bytes>::new())
        .unwrap();
    let answer = client.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "hello"
    );
}
