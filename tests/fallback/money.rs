//! Every attempt is held and settled by itself, and no budget is ever overspent.

use std::time::Duration;

use serde_json::json;
use tower_genai::{
    budget::{End, Window},
    context::Tenant,
    dispatch::Key,
    fallback::{Backoff, FallbackLayer, Tried},
    observe::FailureClass,
    query::Refusal,
    stack::{Caller, Stack, Tenants},
};

use crate::{
    fleet::{End as Ends, Script, content, role},
    support::{Got, Rig, ask, call, in_memory, question, read},
};

fn layer() -> FallbackLayer {
    FallbackLayer::new().backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

/// An answer that is paid for and is of no use.
fn mistyped(tokens: usize) -> Script {
    let mut script = Script::whole("lost ", tokens);
    script.headers = vec![("content-type", "text/plain".to_owned())];
    script
}

#[tokio::test]
async fn each_attempt_has_a_hold_and_an_end_of_its_own() {
    let rig = Rig::new(5);
    rig.fleet
        .plays(0, [Script::error(503, "x")])
        .plays(1, [mistyped(5)])
        .plays(2, [Script::hangs_up()])
        .plays(3, [Script::error(401, "invalid_api_key")])
        .plays(4, [Script::whole("four ", 3)]);
    let got = rig.ask(layer(), &question("auto", false)).await.unwrap();
    got.is_whole("four ", false);
    rig.at_rest().await;
    assert_eq!(rig.watched.granted(), 5);
    let mut ends = rig.watched.ends();
    ends.sort_by_key(|end| format!("{end:?}"));
    let lost = 9 * 2_000 + 5 * 4_000;
    let paid = 9 * 5_000 + 3 * 10_000;
    let count = |wanted: fn(&End) -> bool| ends.iter().filter(|end| wanted(end)).count();
    assert_eq!(count(|end| *end == End::Released), 2, "{ends:?}");
    assert_eq!(count(|end| *end == End::AtBound), 1, "{ends:?}");
    assert_eq!(count(|end| matches!(end, End::Metered(_))), 2, "{ends:?}");
    assert_eq!(rig.fleet.billed(), lost + paid);
    let tried = got.extensions.get::<Tried>().unwrap();
    // What an attempt without an answer has cost is in there as it is in the ledger.
    assert_eq!(tried.cost().nanos() + paid, rig.spent());
    assert_eq!(tried.tries()[0].cost().unwrap().nanos(), 0);
    assert_eq!(tried.tries()[1].cost().unwrap().nanos(), lost);
    assert!(tried.tries()[2].cost().unwrap().nanos() > 0, "at its bound");
    let costs: Vec<_> = tried
        .tries()
        .iter()
        .map(|one| {
            one.outcome
                .as_ref()
                .map(|o| o.get().unwrap().cost.unwrap().nanos())
        })
        .collect();
    assert_eq!(costs, [Some(0), Some(lost), None, Some(0)]);
    assert_eq!(got.outcome().get().unwrap().cost.unwrap().nanos(), paid);
}

#[tokio::test]
async fn a_stream_that_broke_before_its_first_word_is_paid_as_far_as_it_was_made() {
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [Script::events(&[&role()]).end(Ends::Broken)])
        .plays(1, [Script::stream("one ", 3)]);
    let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
    got.is_whole("one ", true);
    rig.at_rest().await;
    let tried = got.extensions.get::<Tried>().unwrap().cost().nanos();
    let answer = 9 * 2_000 + 3 * 4_000;
    assert!(tried >= 9_000, "{tried}");
    assert_eq!(
        rig.spent(),
        tried + answer,
        "what is told is what is in the ledger"
    );
}

async fn through_the_door(rig: &Rig, layer: FallbackLayer, stream: bool) -> Got {
    let tenants = Tenants::keys([("sk-team", Caller::new(Tenant::new("team").unwrap()))]);
    let stack = Stack::server(rig.fleet.clone(), rig.catalog.clone(), tenants)
        .fallback(layer)
        .budget(rig.budget.clone())
        .explain_headers(true)
        .boxed();
    let mut request = call(&question("auto", stream));
    let key = "Bearer sk-team".parse().unwrap();
    request.headers_mut().insert("authorization", key);
    let response = tower::ServiceExt::oneshot(stack, request).await.unwrap();
    read(response).await
}

#[tokio::test]
async fn headers_say_how_many_were_asked_and_what_all_have_cost() {
    let rig = Rig::new(3);
    rig.fleet
        .plays(0, [mistyped(5)])
        .plays(1, [Script::error(500, "x")])
        .plays(2, [Script::whole("two ", 3)]);
    let got = through_the_door(&rig, layer(), false).await;
    got.is_whole("two ", false);
    let cost = rig.fleet.billed();
    assert_eq!(got.header("x-genai-attempts"), "3");
    assert_eq!(got.header("x-genai-model"), "m2");
    assert_eq!(got.header("x-genai-provider"), "p2");
    assert_eq!(nanos(&got), cost);
    assert_eq!(got.header("x-genai-decision"), got.header("x-request-id"));
    rig.settled().await;

    // Where nobody answers the sum is the same, and not one attempt more.
    for (scripts, status) in [
        ([mistyped(5), mistyped(6), mistyped(7)], 502),
        (
            [
                Script::error(500, "x"),
                mistyped(6),
                Script::error(503, "x"),
            ],
            503,
        ),
        ([mistyped(5), Script::error(500, "x"), mistyped(7)], 500),
        ([mistyped(5), mistyped(6), Script::error(400, "x")], 400),
    ] {
        let rig = Rig::new(3);
        for (provider, script) in scripts.into_iter().enumerate() {
            rig.fleet.plays(provider, [script]);
        }
        let got = through_the_door(&rig, layer(), false).await;
        assert_eq!(got.status, status, "{}", got.text);
        assert_eq!(got.header("x-genai-attempts"), "3", "{status}");
        assert_eq!(nanos(&got), rig.fleet.billed(), "{status}");
        assert_eq!(got.header("x-genai-decision"), got.header("x-request-id"));
        rig.settled().await;
    }

    // A stream's cost is not known when its head is sent; how many were asked is.
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [Script::error(500, "x")])
        .plays(1, [Script::stream("one ", 3)]);
    let got = through_the_door(&rig, layer(), true).await;
    got.is_whole("one ", true);
    assert_eq!(got.header("x-genai-attempts"), "2");
    assert_eq!(got.header("x-genai-cost"), "");
    rig.settled().await;
}

fn nanos(got: &Got) -> u64 {
    let cost: tower_genai::money::Usd = got.header("x-genai-cost").parse().unwrap();
    cost.nanos()
}

/// A question whose answer may have so many tokens, to models that cost more and more.
fn long(tokens: u32) -> serde_json::Value {
    json!({"model": "auto", "max_tokens": tokens, "messages": [{"role": "user", "content": "Hi"}]})
}

/// Selection goes by what is left; what is gone by the time of an attempt is refused, and a cheaper one may do.
#[tokio::test(start_paused = true)]
async fn want_of_money_goes_to_whoever_can_cost_less() {
    // The dear ones come first, by quality.
    let rig = |limit: &str| {
        let mut rig = Rig::new(1);
        let toml = r#"
            [[alias]]
            name = "auto"
            models = ["*"]
            prefer = "quality"
            sticky = false
        "#;
        let models = [
            (0, "0.9", 40),
            (1, "0.8", 60),
            (2, "0.7", 40),
            (3, "0.6", 10),
        ];
        let models = models.map(|(i, quality, price)| {
            format!(
                "[[provider]]\nname = \"p{i}\"\ndialect = \"openai\"\nbase_url = \"http://p{i}.test/v1\"\n\
                 [[model]]\nname = \"m{i}\"\nprovider = \"p{i}\"\ncontext = 100_000\nmax_output = 1_000\n\
                 price = {{ input = \"0.01\", output = \"{price}\" }}\nquality = {{ general = {quality} }}\n"
            )
        });
        let toml = models.concat() + toml;
        let catalog = tower_genai::catalog::Catalog::from_toml(&toml).unwrap();
        rig = Rig { catalog, ..rig };
        let watched = std::sync::Arc::clone(&rig.watched);
        rig.budget = tower_genai::budget::Budget::new("purse")
            .limit(limit.parse().unwrap(), Window::Total)
            .ledger(std::sync::Arc::new(crate::watched::Shared(watched)));
        for i in 0..4 {
            rig.fleet.plays(i, [Script::error(500, "x")]);
        }
        rig
    };
    // Keys come after a while, the second call's later than the first one's: both are planned before money is held.
    let stack_of = |rig: &Rig| {
        let asked = std::sync::atomic::AtomicU64::new(0);
        let keys = move |_: &tower_genai::catalog::Provider, _: Option<&Tenant>| {
            let nth = asked
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst)
                .min(1);
            Key::Later(Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(10 + 10 * nth)).await;
                Ok(None)
            }))
        };
        rig.stack(layer()).credential(keys).boxed()
    };
    // Each call can cost 4 000, 6 000, 4 000 or 1 000 micro-dollars. While one holds most of the purse, another that was
    // planned before has to make do with less.
    let held = rig("0.0065");
    let mut slow = Script::whole("x", 1);
    slow.pauses.0 = Duration::from_secs(1);
    let mut first = Script::error(500, "x");
    first.pauses.0 = Duration::from_millis(10);
    held.fleet
        .plays(0, [slow.clone(), first])
        .plays(3, [Script::whole("three ", 3)]);
    let stack = stack_of(&held);
    let question = long(100);
    let (a, b) = tokio::join!(ask(stack.clone(), &question), ask(stack.clone(), &question));
    a.unwrap();
    let b = b.unwrap();
    b.is_whole("three ", false);
    assert_eq!(b.tried(), [FailureClass::Budget]);
    assert_eq!(b.outcome().attempt(), 2);
    assert_eq!(
        held.fleet.order(),
        [0, 3],
        "m1 and m2 can cost as much or more"
    );
    held.watched.assert_at_rest();

    // Where not even the cheapest fits, the caller is told which budget it is.
    let held = rig("0.0045");
    held.fleet
        .plays(0, [slow])
        .plays(3, [Script::whole("three ", 3)]);
    let stack = stack_of(&held);
    let (a, b) = tokio::join!(ask(stack.clone(), &question), ask(stack.clone(), &question));
    a.unwrap();
    let b = b.unwrap();
    assert_eq!(b.status, 429, "{}", b.text);
    let refusal = b.extensions.get::<Refusal>().unwrap();
    assert_eq!(refusal.scope(), Some("purse"));
    assert!(b.text.contains("purse"), "{}", b.text);
    if !b.tried().is_empty() {
        assert!(
            b.tried().iter().all(|class| *class == FailureClass::Budget),
            "{:?}",
            b.tried()
        );
    }
    // What is held comes back, and the package may try again.
    assert_eq!(b.header("x-should-retry"), "true");
    assert_eq!(held.fleet.order(), [0]);
    held.watched.assert_at_rest();
}

/// A small budget, many callers, providers that all fail in their own ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_budget_is_never_overspent() {
    for stream in [false, true] {
        for limit in ["0.002", "0.02", "0.2"] {
            let rig = Rig::over(in_memory(4), limit);
            let broken = if stream {
                Script::events(&[&role()]).end(Ends::Broken).waits(2)
            } else {
                Script::whole("x", 3).end(Ends::Broken).waits(2)
            };
            rig.fleet
                .plays(0, [Script::error(429, "x").waits(1)])
                .plays(1, [broken])
                .plays(
                    2,
                    [
                        Script::hangs_up().waits(3),
                        Script::error(500, "x"),
                        Script::hangs_up(),
                        mistyped(4),
                    ],
                )
                .plays(3, [Script::answer("three ", stream).waits(1)]);
            let stack = rig.stack(layer()).boxed();
            let mut calls = tokio::task::JoinSet::new();
            for _ in 0..64 {
                let stack = stack.clone();
                calls.spawn(async move {
                    let mut whole = 0;
                    for _ in 0..4 {
                        if let Ok(got) = ask(stack.clone(), &question("auto", stream)).await {
                            whole += usize::from(got.status == 200 && got.clean);
                        }
                    }
                    whole
                });
            }
            let whole: usize = calls.join_all().await.into_iter().sum();
            rig.at_rest().await;
            let limit: tower_genai::money::Usd = limit.parse().unwrap();
            assert!(rig.spent() <= limit.nanos());
            assert!(rig.watched.granted() > 0);
            assert!(
                limit.nanos() < 100_000_000 || whole > 0 && rig.watched.granted() > 64,
                "some came through"
            );
        }
    }
}

/// A stream that has begun and breaks is charged once, and nobody else is.
#[tokio::test]
async fn what_has_begun_is_charged_once() {
    let rig = Rig::new(2);
    rig.fleet.plays(
        0,
        [Script::events(&[&role(), &content("a ")]).end(Ends::Broken)],
    );
    let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
    assert!(!got.clean);
    rig.at_rest().await;
    assert_eq!(rig.watched.granted(), 1);
}
