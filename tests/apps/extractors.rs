//! What handlers are told of their request.

use axum::{Json, Router, body::Body as AxumBody, routing::get};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Allowance, Budget, BudgetLayer, Window},
    catalog::Catalog,
    context::{Context, Tenant},
    observe::Decision,
    stack::Stack,
};

async fn ask(app: Router, request: Request<AxumBody>) -> (StatusCode, String) {
    let answer = app.oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn empty(path: &str) -> Request<AxumBody> {
    Request::get(path).body(AxumBody::empty()).unwrap()
}

#[tokio::test]
async fn the_tenant_and_what_is_left() {
    async fn must(tenant: Tenant, allowance: Allowance) -> String {
        format!("{tenant} {}", allowance.left())
    }
    async fn may(tenant: Option<Tenant>, allowance: Option<Allowance>, context: Context) -> String {
        format!(
            "{} {} {}",
            tenant.is_some(),
            allowance.is_some(),
            context.scopes().len()
        )
    }
    let app = Router::new()
        .route("/must", get(must))
        .route("/may", get(may));
    let budget = Budget::new("b").limit("1.25".parse().unwrap(), Window::Day);
    let budgeted = app.clone().layer(BudgetLayer::new(budget));

    let known = |path: &str| {
        let mut request = empty(path);
        let tenant = Tenant::new("team-a").unwrap();
        request
            .extensions_mut()
            .insert(Context::new().with_tenant(tenant));
        request
    };
    let (status, text) = ask(budgeted.clone(), known("/must")).await;
    assert_eq!((status, &*text), (StatusCode::OK, "team-a 1.25"));
    let (_, text) = ask(budgeted.clone(), known("/may")).await;
    assert_eq!(text, "true true 1");
    let (_, text) = ask(app.clone(), empty("/may")).await;
    assert_eq!(text, "false false 0");

    // What is missing is the app's mistake, and its callers are not told which.
    for (app, request) in [(budgeted, empty("/must")), (app, known("/must"))] {
        let (status, text) = ask(app, request).await;
        assert_eq!(
            (status, &*text),
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error")
        );
    }
}

#[tokio::test]
async fn why_a_model_in_the_process_is_asked() {
    async fn model(decision: Decision) -> Json<Value> {
        let said = format!("{}: {}", decision.asked, decision.explanation());
        let message = json!({ "role": "assistant", "content": said });
        Json(json!({
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
        }))
    }
    let catalog = r#"
        provider = [{ name = "here", dialect = "openai", base_url = "http://here/v1" }]
        model = [{ name = "m", provider = "here", free = true, quality = { general = 0.9 } }]
    "#;
    let router = Router::new().route("/v1/chat/completions", axum::routing::post(model));
    let model = router
        .clone()
        .map_request(|request: Request<Body>| request.map(AxumBody::new));
    let stack = Stack::client_with(model, Catalog::from_toml(catalog).unwrap()).boxed();
    let body = r#"{"model":"auto","messages":[{"role":"user","content":"Hello?"}]}"#;
    let request = Request::post("/v1/chat/completions")
        .body(Full::from(body))
        .unwrap();
    let answer = stack.oneshot(request).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.contains("auto: the only candidate left"), "{text}");

    // Asked by anybody else, nobody has decided.
    let request = Request::post("/v1/chat/completions")
        .body(AxumBody::empty())
        .unwrap();
    let (status, _) = ask(router, request).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
}
