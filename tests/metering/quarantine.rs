//! A price that a bill has exceeded is no bound for hard budgets any more.

use http::StatusCode;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tower::{ServiceBuilder, ServiceExt};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer, Window},
    catalog::{Catalog, Source},
    classify::ClassifyLayer,
    dispatch::{DispatchLayer, Key},
    observe::{Decision, Dropped, Outcome},
    select::{SelectLayer, Selector},
    sim,
    stack::Stack,
};

use crate::support::{budget, call, held, spent, text};

const CALL: &str = r#"{"model":"m1","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}"#;

fn toml(address: &str, output: &str) -> String {
    format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "{address}"

        [[model]]
        name = "m1"
        provider = "acme"
        price = {{ input = "1.00", output = "{output}", source = "a list", checked = 2026-11-20 }}
        can = ["stream"]
        quality = {{ general = 0.5 }}

        [[model]]
        name = "m2"
        provider = "acme"
        price = {{ input = "100.00", output = "200.00" }}
        can = ["stream"]
        quality = {{ general = 0.5 }}
        "#
    )
}

/// A provider that counts far more tokens of prompt than there are bytes.
async fn greedy() -> sim::Server {
    let m1 = sim::Model::new("m1")
        .price("1.00", "2.00")
        .prompt_tokens(90_000);
    sim::Provider::new("acme")
        .model(m1)
        .model(sim::Model::new("m2").price("100.00", "200.00"))
        .start()
        .await
        .unwrap()
}

fn stack(
    catalog: &Catalog,
    budget: Option<&Budget>,
) -> Stack<Client<hyper_util::client::legacy::connect::HttpConnector, Body>> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let stack = Stack::client_with(client, catalog.clone());
    match budget {
        Some(budget) => stack.budget(budget.clone()),
        None => stack,
    }
}

/// The status, and what became of the call where one was sent.
async fn ask(catalog: &Catalog, budget: Option<&Budget>, body: &str) -> (StatusCode, Option<u64>) {
    let response = stack(catalog, budget)
        .boxed()
        .oneshot(call(body))
        .await
        .unwrap();
    let status = response.status();
    let outcome = response.extensions().get::<Outcome>().cloned();
    text(response).await;
    let cost = match outcome {
        Some(outcome) => outcome.finished().await.cost.map(|cost| cost.nanos()),
        None => None,
    };
    (status, cost)
}

#[tokio::test]
async fn a_bill_above_the_bound_happens_once() {
    let greedy = greedy().await;
    let of_greedy = toml(&greedy.base_url().to_string(), "2.00");
    let catalog = Catalog::parse(&[Source::text("a.toml", of_greedy.clone())]).unwrap();
    let budget = budget("10");
    let (status, cost) = ask(&catalog, Some(&budget), CALL).await;
    assert_eq!(status, StatusCode::OK);
    // What was billed is what is recorded, though it is above the bound.
    assert_eq!(cost, Some(greedy.bill().total_nano_usd()));
    assert_eq!(spent(&budget), greedy.bill().total_nano_usd());

    let [entry] = catalog.quarantine().list().try_into().unwrap();
    assert_eq!((&*entry.model, &*entry.provider), ("m1", "acme"));
    assert!(entry.cost > entry.bound);
    assert_eq!(entry.source.as_deref(), Some("a list"));
    assert_eq!(entry.checked.unwrap().to_string(), "2026-11-20");

    // Under a hard budget nothing more is sent, and nothing is held.
    let before = greedy.bill().total_nano_usd();
    let response = stack(&catalog, Some(&budget))
        .boxed()
        .oneshot(call(CALL))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let decision = response
        .extensions()
        .get::<std::sync::Arc<Decision>>()
        .unwrap();
    assert_eq!(
        decision.candidates[0].dropped,
        Some(Dropped::RateQuarantined)
    );
    assert_eq!(greedy.bill().total_nano_usd(), before);
    assert_eq!(held(&budget), 0);

    // Without one it passes.
    let (status, _) = ask(&catalog, None, CALL).await;
    assert_eq!(status, StatusCode::OK);

    // The same price again changes nothing; another one lifts it.
    catalog.replace(Catalog::from_toml(&of_greedy).unwrap().snapshot());
    assert_eq!(
        ask(&catalog, Some(&budget), CALL).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let dearer = toml(&greedy.base_url().to_string(), "900.00");
    catalog.replace(Catalog::from_toml(&dearer).unwrap().snapshot());
    assert!(catalog.quarantine().list().is_empty());
    assert_eq!(ask(&catalog, Some(&budget), CALL).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_operator_lifts_it_and_the_next_bill_puts_it_back() {
    let greedy = greedy().await;
    let catalog = Catalog::from_toml(&toml(&greedy.base_url().to_string(), "2.00")).unwrap();
    let budget = budget("10");
    ask(&catalog, Some(&budget), CALL).await;
    let snapshot = catalog.snapshot();
    let model = snapshot.model("m1").unwrap();
    assert!(snapshot.is_quarantined(model));
    assert!(!snapshot.is_quarantined(snapshot.model("m2").unwrap()));
    assert!(!catalog.quarantine().lift("acme", "m2"));
    assert!(catalog.quarantine().lift("acme", "m1"));
    assert!(!catalog.quarantine().lift("acme", "m1"));
    assert!(!snapshot.is_quarantined(model));
    assert_eq!(ask(&catalog, Some(&budget), CALL).await.0, StatusCode::OK);
    assert!(snapshot.is_quarantined(model));
}

#[tokio::test]
async fn a_call_without_a_bound_puts_nothing_there() {
    let greedy = greedy().await;
    let catalog = Catalog::from_toml(&toml(&greedy.base_url().to_string(), "2.00")).unwrap();
    let unbounded = CALL.replace("\"max_tokens\":50,", "");
    assert_eq!(ask(&catalog, None, &unbounded).await.0, StatusCode::OK);
    assert!(catalog.quarantine().list().is_empty());
}

#[tokio::test]
async fn another_candidate_answers_in_its_place() {
    let greedy = greedy().await;
    let catalog = Catalog::from_toml(&toml(&greedy.base_url().to_string(), "2.00")).unwrap();
    let budget = Budget::new("b").limit("10".parse().unwrap(), Window::Day);
    ask(&catalog, Some(&budget), CALL).await;
    assert_eq!(catalog.quarantine().list().len(), 1);
    let auto = CALL.replace("\"m1\"", "\"auto\"");
    let response = stack(&catalog, Some(&budget))
        .boxed()
        .oneshot(call(&auto))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let outcome = response.extensions().get::<Outcome>().unwrap();
    assert_eq!(outcome.candidate().model().name(), "m2");
}

#[tokio::test]
async fn an_attempt_that_was_planned_before_is_not_made() {
    use std::time::Duration;
    use tower_genai::fallback::{Backoff, FallbackLayer};
    // An error after an answer that cost more than it could: the second try would cost as much.
    let body = r#"{"error":{"message":"no","code":"server_error"},
        "choices":[{"index":0,"message":{"content":"abc"}}],
        "usage":{"prompt_tokens":90000,"completion_tokens":50}}"#;
    for (limit, tries, doubted) in [(Some("10"), 1, 1), (None, 2, 0)] {
        let fake = crate::support::whole(500, body);
        let catalog = Catalog::from_toml(&toml("http://acme.test/v1", "2.00")).unwrap();
        let at_once = Backoff::new(Duration::ZERO, Duration::ZERO);
        let fallback = FallbackLayer::new().attempts(2).backoff(at_once);
        let mut stack = Stack::client_with(fake.clone(), catalog.clone()).fallback(fallback);
        if let Some(limit) = limit {
            stack = stack.budget(budget(limit));
        }
        let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
        assert!(response.status().is_server_error());
        drop(response);
        assert_eq!(fake.called(), tries, "{limit:?}");
        assert_eq!(catalog.quarantine().list().len(), doubted);
    }
}

/// Nobody walks the plan of two here, and the first goes into quarantine once it is made.
#[tokio::test]
async fn dispatch_goes_on_by_itself_where_nobody_else_does() {
    let text = toml("http://acme.test/v1", "2.00");
    for (doubted, status) in [(1, StatusCode::OK), (2, StatusCode::SERVICE_UNAVAILABLE)] {
        let catalog = Catalog::from_toml(&text).unwrap();
        let known = catalog.clone();
        let keys = move |_: &_, _: Option<&_>| {
            let snapshot = known.snapshot();
            for model in &snapshot.models()[..doubted] {
                let (bound, cost) = ("0.1".parse().unwrap(), "0.2".parse().unwrap());
                snapshot.quarantine(model, bound, cost, std::time::SystemTime::now());
            }
            Key::Ready(None)
        };
        let answer = r#"{"model":"m2","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":5,"completion_tokens":5}}"#;
        let fake = crate::support::whole(200, answer);
        let budget = budget("10");
        let service = ServiceBuilder::new()
            .layer(BudgetLayer::new(budget.clone()))
            .layer(ClassifyLayer::new())
            .layer(SelectLayer::new(Selector::new(catalog)))
            .layer(DispatchLayer::new().credential(keys))
            .service(fake.clone());
        let body = CALL.replace("\"m1\"", "\"auto\"");
        let response = service.oneshot(call(&body)).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(fake.called(), 2 - doubted);
        drop(response);
        assert_eq!(held(&budget), 0);
    }
}

/// How large an image is its bytes say, and these are the caller's: only what no image could have cost is in doubt.
#[tokio::test]
async fn what_larger_images_could_have_cost_is_no_doubt() {
    for (tokens, doubted) in [(3_000, 0), (4_500, 0), (5_300, 1)] {
        let text = toml("http://acme.test/v1", "2.00").replacen(
            r#"can = ["stream"]"#,
            "can = [\"vision\"]\nimage_tokens = \"anthropic\"",
            1,
        );
        let catalog = Catalog::from_toml(&text).unwrap();
        let answer = format!(
            r#"{{"model":"m1","choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],
            "usage":{{"prompt_tokens":{tokens},"completion_tokens":5}}}}"#
        );
        let body = format!(
            r#"{{"model":"m1","max_tokens":50,"messages":[{{"role":"user","content":[
            {{"type":"image_url","image_url":{{"url":"{}"}}}}]}}]}}"#,
            crate::images::PNG
        );
        let budget = budget("10");
        let stack = Stack::client_with(crate::support::whole(200, &answer), catalog.clone())
            .budget(budget.clone());
        let response = stack.boxed().oneshot(call(&body)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        drop(response);
        assert_eq!(spent(&budget), tokens * 1_000 + 10_000);
        assert_eq!(catalog.quarantine().list().len(), doubted, "{tokens}");
    }
}
