//! What calls are held at and cost that end well.

use futures::FutureExt;
use std::time::SystemTime;

use futures::future::poll_fn;
use http::{Request, StatusCode};
use http_body_util::Full;
use tower::{Service, ServiceExt};
use tower_genai::{
    catalog::{Catalog, Terms, Usage},
    context::Context,
    money::Cost,
    query::{Api, Query},
    stack::Stack,
};

use crate::support::{
    ANSWER, CALL, PRICED, STREAM, budget, call, catalog, content, event, finish, held, spent,
    stalling, stop, streamed, whole,
};

#[tokio::test]
async fn a_region_is_settled_at_its_factor() {
    let price = r#"price = { input = "1.00", output = "2.00", regions = { eu = "1.1" } }"#;
    let catalog = catalog(r#"region = "eu""#, price);
    let finished = finish(Stack::client_with(whole(200, ANSWER), catalog), CALL).await;
    assert_eq!(finished.cost.unwrap().nanos(), 3_300_000);
}

#[tokio::test]
async fn tokens_of_images_cost_what_the_price_says_of_images() {
    let price = r#"price = { input = "1.00", output = "2.00", image_input = "10.00" }"#;
    let answer = r#"{"model":"m",
        "choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":1000,"completion_tokens":1,
            "prompt_tokens_details":{"image_tokens":990,"text_tokens":10}}}"#;
    let stack = Stack::client_with(whole(200, answer), catalog("", price));
    let finished = finish(stack, CALL).await;
    assert_eq!(finished.cost.unwrap().nanos(), 9_900_000 + 10_000 + 2_000);
    assert!(finished.exact);
}

#[tokio::test]
async fn usage_from_before_the_content_is_no_usage() {
    let chunks = [
        event(
            r#"{"choices":[{"index":0,"delta":{"content":""}}],"usage":{"prompt_tokens":9,"completion_tokens":0}}"#,
        ),
        content(&"word ".repeat(500)),
        stop(),
        event("[DONE]"),
    ];
    let budget = budget("10");
    let stack = Stack::client_with(streamed(&chunks), catalog("", PRICED)).budget(budget.clone());
    let finished = finish(stack, STREAM).await;
    assert!(!finished.exact);
    assert!(finished.cost.unwrap().nanos() >= 9_000 + 500 * 2_000);
    assert_eq!(spent(&budget), finished.cost.unwrap().nanos());
}

#[tokio::test]
async fn an_error_status_beside_usage_is_charged() {
    let body = r#"{"error":{"message":"content_filter"},
        "choices":[{"index":0,"message":{"content":"abc"}}],
        "usage":{"prompt_tokens":1000,"completion_tokens":1000}}"#;
    let budget = budget("10");
    let stack = Stack::client_with(whole(500, body), catalog("", PRICED)).budget(budget.clone());
    let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
    assert!(response.status().is_server_error());
    drop(response);
    assert!(spent(&budget) >= 2_000_000, "{}", spent(&budget));
    assert_eq!(held(&budget), 0);
}

#[tokio::test]
async fn a_future_that_is_polled_outside_spends_from_the_scope_it_was_called_in() {
    let budget = budget("10");
    let mut stack = Stack::client_with(whole(200, ANSWER), catalog("", PRICED)).service();
    poll_fn(|cx| Service::<Request<Full<_>>>::poll_ready(&mut stack, cx))
        .await
        .unwrap();
    let context = Context::new().with_scope(budget.scope());
    let calling = context.sync_scope(|| stack.call(call(CALL)));
    assert_eq!(calling.await.unwrap().status(), StatusCode::OK);
    assert_eq!(spent(&budget), 3_000_000);
}

#[tokio::test]
async fn a_budget_that_observes_does_not_take_an_unbounded_call_for_one_above_its_bound() {
    let budget = budget("10").observe();
    let stack = Stack::client_with(whole(200, ANSWER), catalog("", PRICED)).budget(budget.clone());
    let body = r#"{"model":"m","my_field":1,"messages":[{"role":"user","content":"hi"}]}"#;
    finish(stack, body).await;
    assert_eq!(spent(&budget), 3_000_000);
    assert_eq!(
        budget
            .scope()
            .ledger()
            .snapshot()
            .now_or_never()
            .unwrap()
            .unwrap()
            .bound_exceeded,
        0
    );
}

/// What is held for a call whose answer does not end.
async fn hold(model: &str, tier: &str) -> u64 {
    let budget = budget("10");
    let fake = stalling(&[content("x")]);
    let stack = Stack::client_with(fake, catalog("", model)).budget(budget.clone());
    let body = STREAM.replacen('{', &format!("{{{tier}"), 1);
    let response = stack.boxed().oneshot(call(&body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    held(&budget)
}

#[tokio::test]
async fn what_may_be_upgraded_is_held_at_the_priority_rate_when_no_tier_is_named() {
    let model = |price: &str| {
        format!(
            r#"
            price = {{ input = "1.00", output = "2.00"{price} }}
            rates = [{{ tier = "priority", input = "2.00", output = "4.00" }}]
            can = ["stream"]"#
        )
    };
    let (fixed, upgrading) = (model(""), model(", auto_upgrade = true"));
    let ordinary = hold(&fixed, "").await;
    // The body that names a tier is longer, and its prompt's bound with it.
    let named = hold(&upgrading, r#""service_tier":"priority","#).await;
    let unnamed = hold(&upgrading, "").await;
    assert_eq!(unnamed, 2 * ordinary);
    assert!(named >= unnamed);
    let standard = hold(&upgrading, r#""service_tier":"default","#).await;
    assert!(standard < unnamed, "who names a tier is not upgraded");
}

#[tokio::test]
async fn an_upgraded_call_spends_no_more_than_its_budget() {
    let answer = r#"{"model":"m","service_tier":"priority",
        "choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"length"}],
        "usage":{"prompt_tokens":60,"completion_tokens":1000}}"#;
    let model = r#"
        price = { input = "1.00", output = "2.00", auto_upgrade = true }
        rates = [{ tier = "priority", input = "2.00", output = "4.00" }]"#;
    let body = CALL.replacen('{', r#"{"max_tokens":1000,"#, 1);
    for (limit, status, cost) in [
        ("0.0022", StatusCode::TOO_MANY_REQUESTS, 0),
        ("0.0050", StatusCode::OK, 4_120_000),
    ] {
        let budget = budget(limit);
        let stack =
            Stack::client_with(whole(200, answer), catalog("", model)).budget(budget.clone());
        let response = stack.boxed().oneshot(call(&body)).await.unwrap();
        assert_eq!(response.status(), status, "{limit}");
        assert_eq!(spent(&budget), cost, "{limit}");
    }
}

#[test]
fn the_builtin_catalog_reckons_with_an_upgrade_of_gpt_5_4() {
    let snapshot = Catalog::builtin().snapshot();
    let price = snapshot.model("gpt-5.4").unwrap().price();
    assert!(price.auto_upgrade());
    let most = Usage::text(100_000, 10_000);
    let terms = Terms::new(SystemTime::now());
    let bound = |terms: Terms| match price.bound(&most, &terms) {
        Cost::Bounded(most) => most,
        other => panic!("{other:?}"),
    };
    let priority = bound(terms.clone().tier("priority"));
    assert_eq!(bound(terms.clone()), priority);
    assert!(bound(terms.tier("default")) < priority);
}

/// The limit of output that a model of 4 096 tokens is sent.
async fn written(price: &str) -> Option<u64> {
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[model]]
        name = "m"
        provider = "acme"
        price = {{ {price} }}
        context = 4_096
        "#
    );
    let fake = whole(200, ANSWER);
    let stack = Stack::client_with(fake.clone(), Catalog::from_toml(&text).unwrap());
    finish(stack.budget(budget("10")), CALL).await;
    let sent: serde_json::Value = serde_json::from_slice(&fake.requests()[0].1).unwrap();
    sent.get("max_tokens").map(|limit| limit.as_u64().unwrap())
}

#[tokio::test]
async fn a_limit_that_is_written_fits_beside_the_prompt() {
    assert_eq!(written(r#"free = true, source = "x""#).await, None);
    let query = Query::read(Api::OpenAiChat, CALL.as_bytes()).unwrap();
    let room = 4_096 - query.tokens().guess();
    let limit = written(r#"input = "1.00", output = "2.00""#).await.unwrap();
    assert!(0 < limit && limit <= room && room < 4_096, "{limit} {room}");
}
