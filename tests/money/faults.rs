//! What others get wrong with money.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer, End, ScopeKey, Window},
    cache::CacheLayer,
    catalog::Catalog,
    classify::ClassifyLayer,
    dispatch::DispatchLayer,
    fallback::FallbackLayer,
    select::{SelectLayer, Selector},
    stack::Stack,
};

use crate::{
    fake::{self, Fake},
    fleet::{Fleet, Script, content, done, role, stop},
    rig::{Rig, file, memory, nanos, redis, usd},
    stacks::{of_tenant, spent, watched},
    support::{ask, call, in_memory, question, read},
    watch::Watch,
};

fn alone(fleet: &Fleet, budget: Budget) -> Stack<Fleet> {
    Stack::client_with(fleet.clone(), in_memory(1))
        .fallback(FallbackLayer::new().attempts(1))
        .budget(budget)
}

/// What one call is held at, on a ledger of its own.
async fn bound_of(body: &Value) -> u64 {
    let fleet = Fleet::new();
    fleet.plays(0, [Script::error(500, "x")]);
    let inner: Arc<dyn tower_genai::budget::Ledger> =
        Arc::new(tower_genai::budget::MemoryLedger::new());
    let watch = Watch::new(&inner, u64::MAX);
    let budget = Budget::new("org").limit(usd("10"), Window::Total);
    let budget = budget.ledger(Arc::new(watch.clone()));
    let got = ask(alone(&fleet, budget).boxed(), body).await.unwrap();
    assert_eq!(got.status, 500);
    watch.bounds()[0]
}

/// Of two hundred at once five reach the provider, and when their callers leave, they are not free.
async fn two_hundred_on_a_limit_of_five(rig: &Rig) {
    let body = question("m0", false);
    let bound = bound_of(&body).await;
    let (watch, budget) = watched(rig, 6 * bound - 1);
    let fleet = Fleet::new();
    fleet.plays(0, [Script::silent()]);
    let stack = alone(&fleet, budget).boxed();
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let (stack, body) = (stack.clone(), body.clone());
        calls.spawn(async move { ask(stack, &body).await });
    }
    let refused = async {
        for _ in 0..195 {
            let got = calls.join_next().await.unwrap().unwrap().unwrap();
            assert_eq!((got.status, got.header("retry-after")), (429, "1"));
            assert_eq!(got.code(), "rate_limit_exceeded");
        }
    };
    // Those that are let through wait for ever.
    let refused = tokio::time::timeout(Duration::from_secs(30), refused).await;
    assert!(refused.is_ok(), "{} are let through", fleet.order().len());
    while fleet.order().len() < 5 {
        tokio::task::yield_now().await;
    }
    assert_eq!((fleet.order().len(), watch.granted()), (5, 5));
    assert_eq!(rig.held("org", Window::Total).await, 5 * bound);
    calls.shutdown().await;
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    watch.assert_at_rest();
    assert_eq!(watch.ends(), [End::AtBound; 5]);
    assert_eq!(spent(&seen), 5 * bound, "cancelled after it was sent");
    assert_eq!(seen.doubtful_count, 5);
}

#[test]
fn two_hundred_on_a_limit_of_five_memory() {
    memory(two_hundred_on_a_limit_of_five);
}

#[test]
fn two_hundred_on_a_limit_of_five_file() {
    file(two_hundred_on_a_limit_of_five);
}

#[test]
fn two_hundred_on_a_limit_of_five_redis() {
    redis(two_hundred_on_a_limit_of_five);
}

/// A caller leaves at the first word: the provider is let go at once, and paid for what it made.
async fn dropped_at_the_first_word(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("1").nanos());
    let fake = Fake::new(fake::Script {
        end: fake::End::Never,
        ..fake::Script::stream(200)
    });
    let stack = Stack::client_with(fake.clone(), fake::catalog("stops")).budget(budget);
    let response = stack.boxed().oneshot(call(&question("m", true))).await;
    let mut body = response.unwrap().into_body();
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("word") {
        let frame = body.frame().await.unwrap().unwrap();
        text.extend_from_slice(&frame.into_data().unwrap());
    }
    assert_eq!(fake.open(), 1);
    drop(body);
    assert_eq!(fake.open(), 0, "it is told at once");
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    watch.assert_at_rest();
    let bound = watch.bounds()[0];
    assert!(matches!(watch.ends()[..], [End::Cut(_)]));
    assert!(spent(&seen) >= fake.billed() && spent(&seen) < bound / 2);
    assert!(fake.billed() > 0);
}

#[test]
fn dropped_at_the_first_word_memory() {
    memory(dropped_at_the_first_word);
}

#[test]
fn dropped_at_the_first_word_file() {
    file(dropped_at_the_first_word);
}

#[test]
fn dropped_at_the_first_word_redis() {
    redis(dropped_at_the_first_word);
}

/// A stream that never says what it used costs its bound.
async fn a_stream_without_usage(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("1").nanos());
    let fleet = Fleet::new();
    fleet.plays(
        0,
        [Script::events(&[&role(), &content("x"), &stop(), &done()])],
    );
    let got = ask(alone(&fleet, budget).boxed(), &question("m0", true)).await;
    assert_eq!(got.unwrap().words(), "x");
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    assert_eq!(watch.bounds(), [spent(&seen)]);
}

#[test]
fn a_stream_without_usage_memory() {
    memory(a_stream_without_usage);
}

#[test]
fn a_stream_without_usage_file() {
    file(a_stream_without_usage);
}

#[test]
fn a_stream_without_usage_redis() {
    redis(a_stream_without_usage);
}

/// Of a model that no list has a price of, nothing is sent under a hard budget.
async fn an_unlisted_model(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("1").nanos());
    let fleet = Fleet::new();
    fleet.plays(0, [Script::whole("x", 3)]);
    let stack = alone(&fleet, budget.clone()).boxed();
    for model in ["gpt-9", "p0/gpt-9", "M0", "m0 ", ""] {
        let got = ask(stack.clone(), &question(model, false)).await.unwrap();
        assert!((400..500).contains(&got.status), "{model}: {}", got.text);
    }
    assert!(fleet.order().is_empty());
    assert_eq!(watch.granted(), 0);
    assert!(rig.snapshot().await.accounts.is_empty());
    // Where nothing is enforced it passes.
    let got = ask(
        alone(&fleet, budget.observe()).boxed(),
        &question("gpt-9", false),
    )
    .await;
    assert_eq!(got.unwrap().status, 200);
    assert_eq!(fleet.order().len(), 1);
}

#[test]
fn an_unlisted_model_memory() {
    memory(an_unlisted_model);
}

#[test]
fn an_unlisted_model_file() {
    file(an_unlisted_model);
}

#[test]
fn an_unlisted_model_redis() {
    redis(an_unlisted_model);
}

/// An image is held for, and paid for.
async fn an_image(rig: &Rig) {
    let text = r#"
        [[provider]]
        name = "p0"
        dialect = "openai"
        base_url = "http://p0.test/v1"
        [[model]]
        name = "m0"
        provider = "p0"
        price = { input = "1", output = "2" }
        context = 200_000
        max_output = 32_000
        image_tokens = "openai-tiles"
        can = ["stream", "vision"]
    "#;
    let catalog = Catalog::from_toml(text).unwrap();
    let (watch, budget) = watched(rig, usd("1").nanos());
    let fleet = Fleet::new();
    let mut script = Script::whole("x ", 3);
    // What the provider counts of an image of 1024 by 1024 beside nine tokens of text.
    let body = r#"{"model":"m0","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":774,"completion_tokens":3}}"#;
    script.frames = vec![(body.into(), 3)];
    script.prompt = 774;
    fleet.plays(0, [Script::whole("x ", 3), script]);
    let stack = Stack::client_with(fleet.clone(), catalog)
        .budget(budget)
        .boxed();
    let url = "https://x.test/1024x1024.png";
    let asked = |content: Value| json!({"model": "m0", "max_tokens": 10, "messages": [{"role": "user", "content": content}]});
    let words = asked(json!([{"type": "text", "text": url}]));
    let image = asked(json!([{"type": "image_url", "image_url": {"url": url}}]));
    assert_eq!(ask(stack.clone(), &words).await.unwrap().status, 200);
    let before = spent(&rig.snapshot().await);
    assert_eq!(ask(stack, &image).await.unwrap().status, 200);
    let mut bounds = watch.bounds();
    bounds.sort_unstable();
    assert!(bounds[1] >= bounds[0] + 765_000, "{bounds:?}");
    let seen = rig.snapshot().await;
    assert_eq!(spent(&seen) - before, 774_000 + 3 * 2_000);
    assert_eq!(spent(&seen), fleet.billed());
    assert_eq!(seen.bound_exceeded, 0);
}

#[test]
fn an_image_memory() {
    memory(an_image);
}

#[test]
fn an_image_file() {
    file(an_image);
}

#[test]
fn an_image_redis() {
    redis(an_image);
}

/// Asks the same twice: once paid for, once free.
async fn twice<S, B>(rig: &Rig, fleet: &Fleet, watch: &Watch, order: &str, service: S)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = std::io::Error> + Clone,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (granted, asked) = (watch.granted(), fleet.order().len());
    for _ in 0..3 {
        let response = service.clone().oneshot(of_tenant(&question("m0", false)));
        let response = response.await.unwrap().map(Body::new);
        read(response).await.is_whole("x ", false);
        assert_eq!(watch.granted(), granted + 1, "{order}");
        assert_eq!(fleet.order().len(), asked + 1, "{order}");
    }
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    assert_eq!(spent(&seen), fleet.billed(), "{order}");
}

/// A hit is free and a miss is paid once, wherever a budget stands.
async fn a_hit_in_any_order(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("1").nanos());
    let fleet = Fleet::new();
    fleet.plays(0, [Script::whole("x ", 3)]);
    let budgets = || BudgetLayer::new(budget.clone());
    let selecting = || SelectLayer::new(Selector::new(in_memory(1)));
    let caching = || CacheLayer::new().catalog(in_memory(1));
    let inner = || DispatchLayer::new().layer(fleet.clone());
    let outside = ServiceBuilder::new()
        .layer(budgets())
        .layer(ClassifyLayer::new())
        .layer(caching())
        .layer(selecting())
        .service(inner());
    twice(rig, &fleet, &watch, "outside", outside).await;
    let between = ServiceBuilder::new()
        .layer(ClassifyLayer::new())
        .layer(budgets())
        .layer(caching())
        .layer(selecting())
        .service(inner());
    twice(rig, &fleet, &watch, "between", between).await;
    let inside = ServiceBuilder::new()
        .layer(ClassifyLayer::new())
        .layer(caching())
        .layer(budgets())
        .layer(selecting())
        .service(inner());
    twice(rig, &fleet, &watch, "inside", inside).await;
    let both = ServiceBuilder::new()
        .layer(budgets())
        .layer(ClassifyLayer::new())
        .layer(budgets())
        .layer(caching())
        .layer(budgets())
        .layer(selecting())
        .layer(budgets())
        .service(inner());
    twice(rig, &fleet, &watch, "everywhere", both).await;
}

#[test]
fn a_hit_in_any_order_memory() {
    memory(a_hit_in_any_order);
}

#[test]
fn a_hit_in_any_order_file() {
    file(a_hit_in_any_order);
}

#[test]
fn a_hit_in_any_order_redis() {
    redis(a_hit_in_any_order);
}

/// Sixty-four callers of one key, each again and again: answers and refusals, and no error of ours.
async fn loopers_on_one_key(rig: &Rig) {
    let body = question("m0", false);
    let limit = 40 * bound_of(&body).await;
    let user = Budget::new("user")
        .limit(nanos(limit), Window::Total)
        .ledger(rig.ledger.clone())
        .each(|parts| ScopeKey::new(parts.headers.get("x-user")?.to_str().ok()?).ok());
    let fleet = Fleet::new();
    fleet.plays(0, [Script::whole("x ", 3).waits(1)]);
    let stack = alone(&fleet, user).boxed();
    let mut loopers = JoinSet::new();
    for _ in 0..64 {
        let (stack, body) = (stack.clone(), body.clone());
        loopers.spawn(async move {
            let mut seen = [0; 2];
            for _ in 0..8 {
                let mut request = call(&body);
                request.headers_mut().insert("x-user", "u".parse().unwrap());
                let got = read(stack.clone().oneshot(request).await.unwrap()).await;
                match got.status {
                    200 => seen[0] += 1,
                    429 => seen[1] += 1,
                    other => panic!("{other}: {}", got.text),
                }
            }
            seen
        });
    }
    let all = loopers.join_all().await;
    let answered: usize = all.iter().map(|seen| seen[0]).sum();
    let refused: usize = all.iter().map(|seen| seen[1]).sum();
    assert_eq!(answered, fleet.order().len());
    assert!(answered >= 40 && refused > 0, "{answered} {refused}");
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    let spent = seen.accounts[0].windows[0].spent.nanos();
    assert_eq!((seen.accounts.len(), spent), (1, fleet.billed()));
    assert!(spent <= limit);
}

#[test]
fn loopers_on_one_key_memory() {
    memory(loopers_on_one_key);
}

#[test]
fn loopers_on_one_key_file() {
    file(loopers_on_one_key);
}

#[test]
fn loopers_on_one_key_redis() {
    redis(loopers_on_one_key);
}
