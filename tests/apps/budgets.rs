//! Budgets of routes hold whatever client a handler calls, and wherever it calls it.

use std::sync::Arc;

use async_openai::{Client, config::OpenAIConfig, error::OpenAIError};
use axum::{
    Router,
    body::Body as AxumBody,
    extract::{Path, State},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use googleapis_tonic_google_ai_generativelanguage_v1beta::google::ai::generativelanguage::v1beta::{
    Content, GenerateContentRequest, GenerationConfig, Part,
    generative_service_client::GenerativeServiceClient, part::Data,
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer, Window},
    catalog::Catalog,
    client::OverReqwest,
    context::{Context, InContext},
    grpc::Grpc,
    sim,
    stack::Stack,
};

use crate::transport::Transport;

const PATHS: [&str; 6] = ["hyper", "reqwest", "openai", "streamed", "spawned", "grpc"];

/// A provider, and so a bill, for each route.
struct Providers(Vec<sim::Server>);

impl Providers {
    async fn start() -> (Self, Catalog) {
        let (mut all, mut text) = (Vec::new(), String::new());
        for path in PATHS {
            let model = sim::Model::new(path).price("1.00", "3.20");
            let provider = sim::Provider::new(path).model(model).start().await.unwrap();
            text += &format!(
                r#"
                [[provider]]
                name = "{path}"
                dialect = "openai"
                base_url = "{}"
                [[model]]
                name = "{path}"
                provider = "{path}"
                price = {{ input = "1.00", output = "3.20" }}
                can = ["stream"]
                "#,
                provider.base_url()
            );
            all.push(provider);
        }
        (Self(all), Catalog::from_toml(&text).unwrap())
    }
}

/// What handlers share; none of it knows of a budget.
#[derive(Clone)]
struct Clients {
    hyper: Hyper,
    reqwest: BoxCloneSyncService<Request<Body>, http::Response<Body>, reqwest::Error>,
    openai: Arc<Client<OpenAIConfig>>,
    grpc: GenerativeServiceClient<Grpc<Hyper>>,
}

type Hyper = BoxCloneSyncService<Request<Body>, http::Response<Body>, legacy::Error>;

impl Clients {
    fn new(catalog: &Catalog) -> Self {
        let stack = |client| Stack::client_with(client, catalog.clone()).require_scope(true);
        let hyper = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
        let http = || OverReqwest::build(reqwest::Client::builder()).unwrap();
        let openai = stack(http()).boxed::<reqwest::Body, _>();
        let hyper = Stack::client_with(hyper, catalog.clone()).require_scope(true);
        let hyper: Hyper = hyper.boxed();
        Self {
            grpc: GenerativeServiceClient::new(Grpc::new(hyper.clone())),
            hyper,
            reqwest: stack(http()).boxed(),
            openai: Arc::new(
                Client::with_config(OpenAIConfig::new().with_api_key("none"))
                    .with_http_service(Transport::new(openai)),
            ),
        }
    }
}

fn request(model: &str, stream: bool) -> Request<Body> {
    let body = json!({
        "model": model,
        "max_tokens": 16,
        "stream": stream,
        "messages": [{ "role": "user", "content": "Why is the sky blue?" }],
    });
    Request::post("http://localhost/v1/chat/completions")
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn by_hyper(State(clients): State<Clients>) -> StatusCode {
    let answer = clients
        .hyper
        .oneshot(request("hyper", false))
        .await
        .unwrap();
    let status = answer.status();
    answer.into_body().collect().await.unwrap();
    status
}

async fn by_reqwest(State(clients): State<Clients>) -> StatusCode {
    let answer = clients
        .reqwest
        .oneshot(request("reqwest", false))
        .await
        .unwrap();
    let status = answer.status();
    answer.into_body().collect().await.unwrap();
    status
}

async fn by_openai(State(clients): State<Clients>) -> StatusCode {
    let asked: Value =
        serde_json::from_slice(request("openai", false).body().as_bytes().unwrap()).unwrap();
    match clients
        .openai
        .chat()
        .create(serde_json::from_value(asked).unwrap())
        .await
    {
        Ok(_) => StatusCode::OK,
        Err(OpenAIError::ApiError(error)) => error.status_code,
        Err(error) => panic!("{error}"),
    }
}

async fn by_grpc(State(mut clients): State<Clients>) -> StatusCode {
    let part = Part {
        data: Some(Data::Text("Why is the sky blue?".into())),
        ..Part::default()
    };
    let asked = GenerateContentRequest {
        model: "models/grpc".into(),
        contents: vec![Content {
            parts: vec![part],
            role: "user".into(),
        }],
        generation_config: Some(GenerationConfig {
            max_output_tokens: Some(16),
            ..GenerationConfig::default()
        }),
        ..GenerateContentRequest::default()
    };
    match clients.grpc.generate_content(asked).await {
        Ok(_) => StatusCode::OK,
        Err(status) if status.code() == tonic::Code::ResourceExhausted => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Err(status) => panic!("{status}"),
    }
}

/// The model is asked while the answer's body runs, not before.
async fn streamed(State(clients): State<Clients>) -> AxumBody {
    let words = stream::once(async move {
        let answer = clients
            .hyper
            .oneshot(request("streamed", true))
            .await
            .unwrap();
        let status = answer.status().as_u16().to_string();
        let whole = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(status != "200" || whole.ends_with(b"data: [DONE]\n\n"));
        Ok::<_, std::io::Error>(status)
    });
    AxumBody::from_stream(words)
}

async fn spawned(State(clients): State<Clients>) -> StatusCode {
    let job = async move {
        // A task that is spawned in a task that is spawned.
        let inner = async move {
            clients
                .reqwest
                .oneshot(request("spawned", false))
                .await
                .unwrap()
        };
        let answer = tokio::spawn(inner.in_context()).await.unwrap();
        let status = answer.status();
        answer.into_body().collect().await.unwrap();
        status
    };
    tokio::spawn(job.in_context()).await.unwrap()
}

async fn lost(State(clients): State<Clients>, Path(by): Path<String>) -> StatusCode {
    let answer = match &*by {
        "hyper" => tokio::spawn(async move {
            clients
                .hyper
                .oneshot(request("hyper", false))
                .await
                .unwrap()
        }),
        _ => tokio::spawn(async move {
            clients
                .reqwest
                .oneshot(request("reqwest", true))
                .await
                .unwrap()
        }),
    };
    let answer = answer.await.unwrap();
    let status = answer.status();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(
        std::str::from_utf8(&text)
            .unwrap()
            .contains(".in_context()")
    );
    status
}

/// The status that the model's call had.
async fn status(app: Router, path: &str) -> u16 {
    let request = Request::post(format!("/{path}"))
        .body(AxumBody::empty())
        .unwrap();
    let answer = app.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    match std::str::from_utf8(&bytes).unwrap() {
        "" => status,
        streamed => streamed.parse().unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_each_route_hold_under_five_thousand_requests_at_once() {
    let (providers, catalog) = Providers::start().await;
    let clients = Clients::new(&catalog);
    let total =
        |name: &str, limit: &str| Budget::new(name).limit(limit.parse().unwrap(), Window::Total);
    let app = total("app", "0.06");
    let routes = PATHS.map(|path| total(path, "0.01").within(&app));
    let layer = |at: usize| BudgetLayer::new(routes[at].clone());
    let service = Router::new()
        .route("/hyper", post(by_hyper).route_layer(layer(0)))
        .route("/reqwest", post(by_reqwest).route_layer(layer(1)))
        .route("/openai", post(by_openai).route_layer(layer(2)))
        .route("/streamed", post(streamed).route_layer(layer(3)))
        .route("/spawned", post(spawned).route_layer(layer(4)))
        .route("/grpc", post(by_grpc).route_layer(layer(5)))
        .with_state(clients)
        .layer(BudgetLayer::new(app.clone()));

    let mut calls = JoinSet::new();
    for call in 0..5_000 {
        let service = service.clone();
        calls.spawn(async move {
            let at = call % PATHS.len();
            (at, status(service, PATHS[at]).await)
        });
    }
    let (mut answered, mut refused) = ([0_u64; 6], [0_u64; 6]);
    while let Some(done) = calls.join_next().await {
        match done.unwrap() {
            (at, 200) => answered[at] += 1,
            (at, 429) => refused[at] += 1,
            other => panic!("{other:?}"),
        }
    }
    let mut spent = 0;
    for (at, budget) in routes.iter().enumerate() {
        let allowance = budget.scope().allowance().unwrap();
        let bill = providers.0[at].bill();
        assert_eq!(bill.lines().len() as u64, answered[at], "{}", PATHS[at]);
        assert_eq!(
            allowance.spent().nanos(),
            bill.total_nano_usd(),
            "{}",
            PATHS[at]
        );
        assert_eq!(allowance.held().nanos(), 0);
        assert!(allowance.spent() <= allowance.limit());
        // So many fit at once at the least, each with the most that it can cost.
        assert!(
            answered[at] >= 40 && refused[at] > 100,
            "{answered:?} {refused:?}"
        );
        spent += bill.total_nano_usd();
    }
    let allowance = app.scope().allowance().unwrap();
    assert_eq!(
        (allowance.spent().nanos(), allowance.held().nanos()),
        (spent, 0)
    );
}

#[tokio::test]
async fn that_get_lost_on_the_way_are_missed_and_the_call_is_refused() {
    let (providers, catalog) = Providers::start().await;
    let route = Budget::new("route").limit("1".parse().unwrap(), Window::Total);
    let service = Router::new()
        .route("/kept", post(by_hyper))
        .route("/lost/{by}", post(lost))
        .with_state(Clients::new(&catalog))
        .layer(BudgetLayer::new(route));
    for path in ["lost/hyper", "lost/reqwest"] {
        assert_eq!(status(service.clone(), path).await, 500, "{path}");
    }
    assert!(
        providers
            .0
            .iter()
            .all(|provider| provider.bill().lines().len() == 0)
    );
    assert_eq!(status(service, "kept").await, 200);
}

#[tokio::test]
async fn nest_from_the_service_to_the_route() {
    let budget = |name: &str| Budget::new(name).limit("1".parse().unwrap(), Window::Total);
    let all = budget("service");
    let [router, route, other] = ["router", "route", "other"].map(|name| budget(name).within(&all));
    async fn scopes(context: Context) -> String {
        let names = context.scopes().iter().map(|scope| scope.name().to_owned());
        names.collect::<Vec<_>>().join(" ")
    }
    let nested = Router::new()
        .route("/a", get(scopes).route_layer(BudgetLayer::new(route)))
        .route("/b", get(scopes))
        .route_layer(BudgetLayer::new(router));
    let service = Router::new()
        .nest("/nested", nested)
        .route("/c", get(scopes).layer(BudgetLayer::new(other)))
        .route("/d", get(scopes))
        .layer(BudgetLayer::new(all));
    for (path, expected) in [
        ("/nested/a", "service router route"),
        ("/nested/b", "service router"),
        ("/c", "service other"),
        ("/d", "service"),
    ] {
        let request = Request::get(path).body(AxumBody::empty()).unwrap();
        let answer = service.clone().oneshot(request).await.unwrap();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(std::str::from_utf8(&bytes).unwrap(), expected, "{path}");
    }
    // What no route is for opens no route's budget: `route_layer` runs after a match.
    let request = Request::get("/nested/none")
        .body(AxumBody::empty())
        .unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 404);
}

#[tokio::test]
async fn are_not_one_another_s_where_streams_of_two_routes_interleave() {
    async fn told() -> AxumBody {
        let words = stream::unfold(0, |at| async move {
            tokio::task::yield_now().await;
            let name = tower_genai::context::ambient()
                .map(|context| context.scopes()[0].name().to_owned());
            (at < 5).then(|| {
                (
                    Ok::<_, std::io::Error>(name.unwrap_or_default() + " "),
                    at + 1,
                )
            })
        });
        AxumBody::from_stream(words)
    }
    let layer = |name: &str| BudgetLayer::new(Budget::new(name));
    let service = Router::new()
        .route("/a", get(told).route_layer(layer("a")))
        .route("/b", get(told).route_layer(layer("b")));
    let ask = |path: &str| {
        service
            .clone()
            .oneshot(Request::get(path).body(AxumBody::empty()).unwrap())
    };
    let (a, b) = (ask("/a").await.unwrap(), ask("/b").await.unwrap());
    // Both are read by turns in one task.
    let (mut a, mut b) = (
        a.into_body().into_data_stream(),
        b.into_body().into_data_stream(),
    );
    for _ in 0..5 {
        assert_eq!(a.next().await.unwrap().unwrap(), "a ");
        assert_eq!(b.next().await.unwrap().unwrap(), "b ");
    }
    assert!(tower_genai::context::ambient().is_none());
}
