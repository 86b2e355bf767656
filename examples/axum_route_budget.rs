//! An axum app with two routes that ask a model, and a budget for each: two `route_layer`s, and nothing else changes.
//!
//! `cargo run --example axum_route_budget`: the provider is simulated, and requests come until one budget is spent.

use axum::{
    Extension, Json, Router,
    extract::State,
    http::{Request, Response, StatusCode},
    response::IntoResponse,
    routing::post,
};
use http_body_util::BodyExt;
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::{Value, json};
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer, Window},
    catalog::Catalog,
    context::Context,
    sim,
    stack::Stack,
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

/// The client that all handlers share. It knows of no budget.
type Model = BoxCloneSyncService<Request<Body>, Response<Body>, legacy::Error>;

async fn summarise(State(model): State<Model>, text: String) -> Result<String, AppError> {
    ask(model, &format!("Summarise this: {text}")).await
}

/// The same, and it says how much is left.
async fn brainstorm(
    State(model): State<Model>,
    Extension(context): Extension<Context>,
    topic: String,
) -> Result<Json<Value>, AppError> {
    let ideas = ask(model, &format!("Five ideas for: {topic}")).await?;
    let left = context.allowance().map(|allowance| allowance.left());
    Ok(Json(json!({ "ideas": ideas, "left_usd": left })))
}

/// Asks a model. The budget of the HTTP route that is being served comes along by itself.
async fn ask(model: Model, prompt: &str) -> Result<String, AppError> {
    let messages = json!([{ "role": "user", "content": prompt }]);
    let body = json!({ "model": "auto", "max_tokens": 16, "messages": messages });
    let request = Request::post("http://localhost/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))?;
    let (head, body) = model.oneshot(request).await?.into_parts();
    let answer: Value = serde_json::from_slice(&body.collect().await?.to_bytes())?;
    // Where a budget is spent, the answer is the one that OpenAI gives when there is no money left.
    if head.status == 429 && answer["error"]["code"] == "insufficient_quota" {
        return Err(AppError(503, "no more of this today"));
    }
    let text = answer["choices"][0]["message"]["content"].as_str();
    Ok(text.ok_or(AppError(502, "the model failed"))?.to_owned())
}

/// The app's own errors: a status and what is said to people.
struct AppError(u16, &'static str);

impl IntoResponse for AppError {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::from_u16(self.0).unwrap_or_default(), self.1).into_response()
    }
}

impl<E: std::error::Error> From<E> for AppError {
    fn from(_: E) -> Self {
        Self(502, "the model was not reached")
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let glm = sim::Model::new("glm-5").price("1.00", "3.20");
    let provider = sim::Provider::new("zai").model(glm).start().await?;
    let catalog = CATALOG.replace("BASE_URL", &provider.base_url());
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let model = Stack::client_with(http.clone(), Catalog::from_toml(&catalog)?).boxed();

    // A call is let through while the most that it can cost is left.
    let day = |name, limit: &str| anyhow::Ok(Budget::new(name).limit(limit.parse()?, Window::Day));
    let (summaries, ideas) = (day("summaries", "1.00")?, day("ideas", "0.0003")?);
    let summarise = post(summarise).route_layer(BudgetLayer::new(summaries.clone()));
    let brainstorm = post(brainstorm).route_layer(BudgetLayer::new(ideas.clone()));
    let app = Router::new().route("/summarise", summarise);
    let app = app.route("/brainstorm", brainstorm).with_state(model);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, app).into_future());
    for path in ["/summarise", "/brainstorm"].repeat(5) {
        let request = Request::post(format!("http://{address}{path}"));
        let request = request.body(Body::from(String::from("towers in a garden")))?;
        let (head, body) = http.request(request).await?.into_parts();
        let text = String::from_utf8(body.collect().await?.to_bytes().into())?;
        println!("{path:<12} {} {text}", head.status.as_u16());
    }
    for budget in [summaries, ideas] {
        let spent = budget.scope().allowance().map(|now| now.spent());
        println!("{}: {} USD", budget.name(), spent.unwrap_or_default());
    }
    Ok(())
}
