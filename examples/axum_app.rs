//! An axum app with budgets on a route, on a nested router and on the whole service; a job in a task of its own; what is left,
//! told to the caller; and the stack itself as a route.
//!
//! `cargo run --example axum_app`: the provider is simulated.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use http_body_util::BodyExt;
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::json;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Allowance, Budget, BudgetLayer, Window},
    catalog::Catalog,
    context::{Context, InContext, Tenant},
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
"#;

/// The client that all handlers share. It knows of no budget, and refuses calls that come without one.
type Model = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, legacy::Error>;

async fn summarise(State(model): State<Model>, text: String) -> (StatusCode, String) {
    ask(model, format!("Summarise this: {text}")).await
}

/// Works on after it has answered, at the expense of the same budgets: that is what `in_context` is for.
async fn job(State(model): State<Model>, text: String) -> (StatusCode, String) {
    let job = ask(model, format!("Work this out: {text}"));
    tokio::spawn(job.in_context()).await.unwrap_or_else(failed)
}

/// The same without: nobody would pay for it, so it is refused.
async fn lost(State(model): State<Model>, text: String) -> (StatusCode, String) {
    tokio::spawn(ask(model, text)).await.unwrap_or_else(failed)
}

fn failed(error: tokio::task::JoinError) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn left(tenant: Tenant, allowance: Option<Allowance>) -> String {
    let left = allowance.map(|allowance| allowance.left());
    format!("{tenant} has {} USD left", left.unwrap_or_default())
}

/// Who is calling: your own authentication, and one line for the layers further in.
async fn authenticate(mut request: Request, next: Next) -> Response {
    if let Ok(team) = Tenant::new("team-a") {
        let context = Context::new().with_tenant(team);
        request.extensions_mut().insert(context);
    }
    next.run(request).await
}

async fn ask(model: Model, prompt: String) -> (StatusCode, String) {
    let messages = json!([{ "role": "user", "content": prompt }]);
    let body = json!({ "model": "auto", "max_tokens": 16, "messages": messages }).to_string();
    let answer = async {
        let request = http::Request::post("http://localhost/v1/chat/completions");
        let (head, body) = model
            .oneshot(request.body(Body::from(body))?)
            .await?
            .into_parts();
        let text = String::from_utf8(body.collect().await?.to_bytes().into())?;
        anyhow::Ok((head.status, text))
    };
    answer
        .await
        .unwrap_or((StatusCode::BAD_GATEWAY, "the model was not reached".into()))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = Catalog::from_toml(&CATALOG.replace("BASE_URL", &provider.base_url()))?;
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let model = Stack::client_with(http.clone(), catalog.clone())
        .require_scope(true)
        .boxed();
    let gateway = Stack::server(http, catalog, Tenants::by(|_| Tenant::new("machines").ok()));

    let day = |name, limit: &str| anyhow::Ok(Budget::new(name).limit(limit.parse()?, Window::Day));
    let app = day("app", "10.00")?;
    let jobs = day("jobs", "0.50")?.within(&app);
    let one_job = day("one job", "0.0003")?.within(&app);

    let jobs_router = Router::new()
        .route(
            "/one",
            post(job).route_layer(BudgetLayer::new(one_job.clone())),
        )
        .route("/lost", post(lost))
        .route("/left", get(left))
        .layer(BudgetLayer::new(jobs.clone()));
    let service = Router::new()
        .route("/summarise", post(summarise))
        .route("/lost", post(lost))
        .nest("/jobs", jobs_router)
        .with_state(model)
        .nest_service("/llm", gateway.service())
        .layer(BudgetLayer::new(app.clone()))
        .layer(middleware::from_fn(authenticate));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, service).into_future());
    let client = reqwest::Client::new();
    let chat =
        r#"{"model": "auto", "max_tokens": 16, "messages": [{"role": "user", "content": "Hi"}]}"#;
    for (path, body) in [
        ("/summarise", "a long story"),
        ("/jobs/one", "a sum"),
        ("/jobs/one", "a sum"),
        ("/jobs/one", "a sum"),
        ("/lost", "anything"),
        ("/llm/v1/chat/completions", chat),
    ] {
        let url = format!("http://{address}{path}");
        let answer = client.post(url).body(body).send().await?;
        println!("{path:<26}{}", answer.status().as_u16());
    }
    let answer = client
        .get(format!("http://{address}/jobs/left"))
        .send()
        .await?;
    println!("{}", answer.text().await?);
    for budget in [&app, &jobs, &one_job] {
        let spent = budget.scope().allowance().map(|now| now.spent());
        println!("{:<10}{} USD", budget.name(), spent.unwrap_or_default());
    }
    Ok(())
}
