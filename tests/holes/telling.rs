//! What callers and records are told of calls: neither too much, nor twice, nor without bounds.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::Value;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    cache::CacheLayer,
    catalog::Catalog,
    context::DataLabel,
    fallback::{Backoff, FallbackLayer},
    observe::{DecisionLog, Event, Outcome},
    select::{Allowed, LabelRule},
    stack::{Stack, Tenants},
};

use crate::support::{
    ANSWER, CALL, PRICED, budget, call, call_with, catalog, finish, spent, tenants, text, whole,
};

#[tokio::test]
async fn attempts_in_vain_are_told_once_in_the_cost() {
    let body = r#"{"error":{"message":"no","code":"server_error"},
        "choices":[{"index":0,"message":{"content":"abc"}}],
        "usage":{"prompt_tokens":50,"completion_tokens":1000}}"#;
    let budget = budget("10");
    let at_once = Backoff::new(Duration::ZERO, Duration::ZERO);
    let stack = Stack::server(whole(500, body), catalog("", PRICED), Tenants::single())
        .fallback(FallbackLayer::new().attempts(2).backoff(at_once))
        .budget(budget.clone())
        .explain_headers(true);
    let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
    assert!(response.status().is_server_error());
    assert_eq!(spent(&budget), 2 * 2_050_000);
    assert_eq!(response.headers()["x-genai-cost"], "0.0041");
}

#[tokio::test]
async fn every_label_that_a_caller_names_counts() {
    let label = |name| DataLabel::new(name).unwrap();
    let rules = [
        LabelRule::new(label("internal"), ["private", "cloud"]),
        LabelRule::new(label("personal"), ["device"]),
    ];
    let fake = whole(200, ANSWER);
    let may_wish = tenants(["t"], |caller| caller.wishes(true));
    let catalog = catalog(r#"zone = "cloud""#, PRICED);
    let stack = Stack::server(fake.clone(), catalog, may_wish)
        .labels(rules)
        .boxed();
    for labels in [["internal", "personal"], ["personal", "internal"]] {
        let mut request = call_with("t", CALL);
        for label in labels {
            request
                .headers_mut()
                .append("x-genai-label", label.parse().unwrap());
        }
        let response = stack.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_client_error(), "{}", response.status());
    }
    assert_eq!(fake.called(), 0);
    let mut request = call_with("t", CALL);
    let internal = "internal".parse().unwrap();
    request.headers_mut().insert("x-genai-label", internal);
    let response = stack.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_name_of_any_length_that_a_provider_gives_its_model_is_not_kept() {
    let answer = ANSWER.replacen(
        r#""model":"m""#,
        &format!(r#""model":"{}""#, "m".repeat(1 << 20)),
        1,
    );
    assert!(answer.len() > 1 << 20);
    let finished = finish(
        Stack::client_with(whole(200, &answer), catalog("", PRICED)),
        CALL,
    )
    .await;
    let kept = finished.served_model.map_or(0, |name| name.len());
    assert!(kept <= 256, "{kept}");
    assert_eq!(finished.cost.unwrap().nanos(), 3_000_000);
}

/// Two models, of which one can cost a hundred times as much.
fn two() -> Catalog {
    Catalog::from_toml(
        r#"
        provider = [{ name = "acme", dialect = "openai", base_url = "http://acme.test/v1" }]

        [[model]]
        name = "m"
        provider = "acme"
        max_output = 1_000
        price = { input = "1.00", output = "2.00" }

        [[model]]
        name = "grand"
        provider = "acme"
        max_output = 1_000
        price = { input = "100.00", output = "200.00" }
        "#,
    )
    .unwrap()
}

/// What the tenant `t` can look up of a call that it makes of `auto`.
async fn decision(stack: Stack<crate::fake::Fake, tower_genai::stack::ServerSide>) -> String {
    let stack = stack.decisions(DecisionLog::new(8)).boxed();
    let auto = CALL.replacen(r#""m""#, r#""auto""#, 1);
    let response = stack.clone().oneshot(call_with("t", &auto)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let id = response.headers()["x-request-id"].to_str().unwrap();
    let path = format!("/v1/decisions/{id}");
    let mut request = Request::new(Full::default());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = path.parse().unwrap();
    let bearer = "Bearer t".parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let found = text(stack.oneshot(request).await.unwrap()).await;
    let json: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(json["route"], serde_json::json!(["m"]), "{found}");
    found
}

#[tokio::test]
async fn a_decision_does_not_say_what_is_left_of_a_budget_that_others_share() {
    let org = Budget::new("org").limit("0.012345678".parse().unwrap(), Window::Day);
    let all = tenants(["t"], |caller| caller);
    let stack = Stack::server(whole(200, ANSWER), two(), all).budget(org);
    let found = decision(stack).await;
    assert!(found.contains("grand"), "{found}");
    assert!(!found.contains("0.012345678"), "{found}");
}

#[tokio::test]
async fn a_decision_does_not_name_models_that_its_caller_may_not_see() {
    let only_m = tenants(["t"], |caller| caller.allowed(Allowed::new(["m"])));
    let found = decision(Stack::server(whole(200, ANSWER), two(), only_m)).await;
    assert!(!found.contains("grand"), "{found}");
}

#[tokio::test]
async fn an_observer_that_panics_takes_no_answer_along() {
    let stack = Stack::client_with(whole(200, ANSWER), catalog("", PRICED))
        .cache(CacheLayer::new().single_tenant(true))
        .observer(|event: &Event<'_>| {
            if matches!(event, Event::Cached(_) | Event::Finished(_)) {
                panic!("on purpose")
            }
        })
        .boxed();
    for attempt in [1, 0] {
        let response = stack.clone().oneshot(call(CALL)).await.unwrap();
        let outcome = response.extensions().get::<Outcome>().unwrap();
        assert_eq!(outcome.attempt(), attempt);
        assert!(text(response).await.contains("choices"));
    }
}
