//! Prices in quarantine: who puts them there, who gets around them, and who suffers.

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::{catalog::Catalog, stack::Stack};

use crate::support::{ANSWER, CALL, budget, call, catalog, spent, whole};

/// The model writes more than the catalog knows of, for a caller who has set no limit and has no budget: that says that
/// `max_output` is old, and nothing of the price. Calls under a budget are sent with a limit, and their bound holds. So
/// no caller without a budget takes a model away from those that have one.
#[tokio::test]
async fn who_sets_no_limit_takes_no_model_from_others() {
    let answer = ANSWER.replace(r#""completion_tokens":1000"#, r#""completion_tokens":1200"#);
    let catalog = catalog("", r#"price = { input = "0.01", output = "2.00" }"#);
    let free = Stack::client_with(whole(200, &answer), catalog.clone()).boxed();
    let response = free.oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let budget = budget("10");
    let stack = Stack::client_with(whole(200, ANSWER), catalog).budget(budget);
    let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// Two names of the catalog for the same id of the same provider at the same price: what one has cost the other will.
#[tokio::test]
async fn another_name_of_the_same_model_is_in_quarantine_too() {
    let text = r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[model]]
        name = "m"
        provider = "acme"
        id = "x-1"
        max_output = 1_000
        price = { input = "0.01", output = "0.02" }
        [[model]]
        name = "n"
        provider = "acme"
        id = "x-1"
        max_output = 1_000
        price = { input = "0.01", output = "0.02" }
    "#;
    let Ok(catalog) = Catalog::from_toml(text) else {
        return;
    };
    let answer = ANSWER.replace(
        r#""completion_tokens":1000"#,
        r#""completion_tokens":100000"#,
    );
    let budget = budget("10");
    let stack = Stack::client_with(whole(200, &answer), catalog)
        .budget(budget.clone())
        .boxed();
    let body = |model: &str| CALL.replacen(r#""m""#, &format!("{model:?}"), 1);
    let status = |model: &'static str| {
        let (stack, body) = (stack.clone(), body(model));
        async move { stack.oneshot(call(&body)).await.unwrap().status() }
    };
    assert_eq!(status("m").await, StatusCode::OK);
    assert_ne!(status("m").await, StatusCode::OK, "in quarantine");
    let before = spent(&budget);
    assert_ne!(status("n").await, StatusCode::OK, "by another name");
    assert_eq!(spent(&budget), before);
}

/// A plan of three, of which the second goes into quarantine while the first is asked and fails. The third is well, and
/// answers.
#[tokio::test]
async fn what_goes_into_quarantine_on_the_way_is_passed_over() {
    use std::sync::Arc;

    use http::{Request, Response};
    use http_body_util::{BodyExt, Full};
    use tower::service_fn;
    use tower_genai::{Body, dispatch::Attempt};

    let mut text = r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[alias]]
        name = "any"
        models = ["*"]
        quality_at_least = 0.1
    "#
    .to_owned();
    for (name, price) in [("m1", "1.00"), ("m2", "2.00"), ("m3", "3.00")] {
        text += &format!(
            r#"
            [[model]]
            name = "{name}"
            provider = "acme"
            max_output = 1_000
            price = {{ input = "{price}", output = "{price}" }}
            quality = {{ general = 0.5 }}
            "#
        );
    }
    let catalog = Catalog::from_toml(&text).unwrap();
    let known = catalog.clone();
    let provider = service_fn(move |request: Request<Body>| {
        let catalog = known.clone();
        let model = request.extensions().get::<Attempt>().unwrap();
        let model = model.candidate().model().name().to_owned();
        async move {
            let _ = request.into_body().collect().await;
            let (status, body) = if model == "m1" {
                let snapshot = catalog.snapshot();
                let next = Arc::clone(snapshot.model("m2").unwrap());
                let (bound, cost) = ("0.1".parse().unwrap(), "0.2".parse().unwrap());
                snapshot.quarantine(&next, bound, cost, std::time::SystemTime::now());
                (500, r#"{"error":{"message":"x"}}"#.to_owned())
            } else {
                (200, ANSWER.replacen(r#""m""#, &format!("{model:?}"), 1))
            };
            let response = Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Full::from(body))
                .unwrap();
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let budget = budget("10");
    let stack = Stack::client_with(provider, catalog).budget(budget).boxed();
    let body = CALL.replacen(r#""m""#, r#""any""#, 1);
    let response = stack.oneshot(call(&body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// A layer around the client says that the request waits, and forgets to say that it leaves. An answer with usage proves that
/// it has left: it costs what it says, and not nothing.
#[tokio::test]
async fn an_answer_proves_that_the_request_has_left() {
    use http::Request;
    use tower::{Service, service_fn};
    use tower_genai::{Body, dispatch::Attempt};

    let fake = whole(200, ANSWER);
    let client = service_fn(move |request: Request<Body>| {
        request.extensions().get::<Attempt>().unwrap().queue();
        let mut fake = fake.clone();
        async move {
            ServiceExt::<Request<Body>>::ready(&mut fake)
                .await?
                .call(request)
                .await
        }
    });
    let budget = budget("10");
    let stack = Stack::client_with(client, catalog("", crate::support::PRICED));
    let stack = stack.budget(budget.clone()).boxed();
    let response = stack.oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    crate::support::text(response).await;
    assert_eq!(spent(&budget), 3_000_000);
}
