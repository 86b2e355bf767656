//! Whole stacks over providers in memory that keep their own bills: drops, attempts, usage, caches, evasion.

use std::{sync::Arc, task::Poll, time::Duration};

use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, End, Snapshot, Window},
    cache::CacheLayer,
    catalog::Catalog,
    context::{Context, Tenant},
    dispatch::Drain,
    fallback::{Backoff, FallbackLayer},
    stack::Stack,
};

use crate::{
    fake::{self, Fake},
    fleet::{End as Ends, Fleet, Script, role},
    greedy::Greedy,
    rig::{Rig, file, memory, nanos, redis, usd},
    support::{ask, call, in_memory, question, read},
    watch::Watch,
};

/// A budget of one name that everything is taken from, whose ledger is watched.
pub(crate) fn watched(rig: &Rig, limit: u64) -> (Watch, Budget) {
    let watch = Watch::new(&rig.ledger, limit);
    let budget = rig.budget("org", nanos(limit), Window::Total);
    (watch.clone(), budget.ledger(Arc::new(watch)))
}

pub(crate) fn spent(seen: &Snapshot) -> u64 {
    let window = seen
        .account("org")
        .and_then(|org| org.window(Window::Total));
    window.map_or(0, |window| window.spent.nanos())
}

/// Polls a future so often, and drops it where it is not ready by then.
pub(crate) async fn for_polls<F: Future>(future: F, mut polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Dropped at its first poll, its second one, and so on: what the provider bills is charged, what is charged above that
/// is listed as doubtful, and nothing stays held.
async fn b03(rig: &Rig) {
    const WORDS: usize = 3;
    let limit = usd("10").nanos();
    let (watch, budget) = watched(rig, limit);
    let (mut before, mut billed_before, mut in_doubt) = (0, 0, 0);
    let (mut left, mut whole) = (0, 0);
    for (kind, runs_on) in [("stops", false), ("runs_on", true), ("unknown", true)] {
        for (stream, drain) in [(false, false), (true, false), (true, true)] {
            let script = match stream {
                true => fake::Script::stream(WORDS),
                false => fake::Script::whole(WORDS),
            };
            let fake = Fake::new(fake::Script {
                waits: 1,
                runs_on,
                ..script
            });
            let drain = match drain {
                true => Drain::up_to(Duration::from_secs(20), 1 << 20),
                false => Drain::off(),
            };
            let stack = Stack::client_with(fake.clone(), fake::catalog(kind))
                .fallback(FallbackLayer::new().attempts(1))
                .budget(budget.clone())
                .drain(drain)
                .boxed();
            for polls in 0..24 {
                let stack = stack.clone();
                let body = question("m", stream);
                let answer = async move {
                    let response = stack.oneshot(call(&body)).await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.into_body().collect().await.unwrap();
                };
                match for_polls(answer, polls).await {
                    Some(()) => whole += 1,
                    None => left += 1,
                }
                while fake.open() > 0 || watch.ends().len() < watch.granted() {
                    tokio::task::yield_now().await;
                }
                let seen = rig.snapshot().await;
                let case = format!("{kind}, stream {stream}, {polls} polls");
                let (charged, billed) = (spent(&seen) - before, fake.billed() - billed_before);
                assert!(charged >= billed, "{case}: {charged} for {billed}");
                let doubtful = seen.doubtful.iter().map(|one| one.charged.nanos());
                let doubtful = doubtful.sum::<u64>();
                assert!(charged - billed <= doubtful - in_doubt, "{case}");
                assert!(seen.holds.is_empty(), "{case}");
                (before, billed_before, in_doubt) = (spent(&seen), fake.billed(), doubtful);
            }
            billed_before = 0;
        }
    }
    assert!(left >= 60 && whole >= 60, "{left} left, {whole} stayed");
    watch.assert_at_rest();
}

#[test]
fn b03_memory() {
    memory(b03);
}

#[test]
fn b03_file() {
    file(b03);
}

#[test]
fn b03_redis() {
    redis(b03);
}

/// Attempts that follow each other within a call, and two such plans at once: each attempt has its hold and its end, and
/// together they never take more than there is.
async fn b08(rig: &Rig) {
    let layer = || FallbackLayer::new().backoff(Backoff::new(Duration::ZERO, Duration::ZERO));
    let fleet = Fleet::new();
    // One that is refused, one that breaks off with the work done, one whose connection breaks, one that answers.
    fleet
        .plays(0, [Script::error(503, "x").waits(2)])
        .plays(1, [Script::events(&[&role()]).end(Ends::Broken).waits(1)])
        .plays(2, [Script::hangs_up().waits(1)])
        .plays(3, [Script::stream("three ", 3).waits(1)]);
    // Enough for two plans at once and no third: a plan is asked for one attempt after the other.
    let limit = usd("0.02").nanos();
    let (watch, budget) = watched(rig, limit);
    let stack = Stack::client_with(fleet.clone(), in_memory(4))
        .fallback(layer())
        .budget(budget.clone())
        .boxed();
    let question = question("auto", true);
    let (a, b) = tokio::join!(ask(stack.clone(), &question), ask(stack.clone(), &question));
    for got in [a.unwrap(), b.unwrap()] {
        got.is_whole("three ", true);
    }
    fleet.ended().await;
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    watch.assert_at_rest();
    // As many holds as attempts; those that failed have ended each in their own way.
    assert_eq!(watch.granted(), fleet.order().len());
    let count = |which: fn(&End) -> bool| watch.ends().iter().filter(|end| which(end)).count();
    let refused = fleet.order().iter().filter(|at| **at == 0).count();
    assert_eq!(count(|end| *end == End::Released), refused);
    assert_eq!(count(|end| matches!(end, End::Metered(_))), 2);
    assert!(count(|end| *end == End::AtBound) >= 2);
    assert!(spent(&seen) >= fleet.billed());
    // And many plans, of which few fit.
    let stacks = (0..40).map(|_| ask(stack.clone(), &question));
    let got = futures::future::join_all(stacks).await;
    let whole = got
        .iter()
        .filter(|got| got.as_ref().is_ok_and(|g| g.status == 200))
        .count();
    let refused = got
        .iter()
        .filter(|got| got.as_ref().is_ok_and(|g| g.status == 429))
        .count();
    assert!(refused > 0, "{whole} answered");
    fleet.ended().await;
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    watch.assert_at_rest();
    assert!(spent(&seen) <= limit && spent(&seen) >= fleet.billed());
}

#[test]
fn b08_memory() {
    memory(b08);
}

#[test]
fn b08_file() {
    file(b08);
}

#[test]
fn b08_redis() {
    redis(b08);
}

/// An answer of three tokens for nine that reports this usage.
fn reports(usage: &str) -> Script {
    let mut script = Script::whole("x ", 3);
    let text: String = script
        .frames
        .iter()
        .map(|(bytes, _)| std::str::from_utf8(bytes).unwrap())
        .collect();
    let (before, _) = text.split_once(r#","usage":"#).unwrap();
    script.frames = vec![(format!("{before}{usage}}}").into(), 3)];
    script
}

/// Whatever is reported, the ledger has at least the bill, and it is never lowered.
async fn b11(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("10").nanos());
    let fleet = Fleet::new();
    let stack = Stack::client_with(fleet.clone(), in_memory(1))
        .fallback(FallbackLayer::new().attempts(1))
        .budget(budget.clone())
        .boxed();
    let mut before = rig.snapshot().await;
    for (usage, exact) in [
        ("", false),
        (r#","usage":null"#, false),
        (r#","usage":7"#, false),
        (r#","usage":{}"#, false),
        (
            r#","usage":{"prompt_tokens":0,"completion_tokens":0}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":-9,"completion_tokens":3}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":9,"completion_tokens":-3}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":9223372036854775808,"completion_tokens":3}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":9.5,"completion_tokens":3}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":"9","completion_tokens":3}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":9,"completion_tokens":1e400}"#,
            false,
        ),
        (
            r#","usage":{"prompt_tokens":9,"completion_tokens":3}"#,
            true,
        ),
    ] {
        let billed = fleet.billed();
        fleet.plays(0, [reports(usage)]);
        let got = ask(stack.clone(), &question("m0", false)).await.unwrap();
        // What is no JSON is no answer, and was made all the same.
        let status = if usage.contains("1e400") { 502 } else { 200 };
        assert_eq!(got.status, status, "{usage}");
        fleet.ended().await;
        let seen = rig.snapshot().await;
        let charged = spent(&seen) - spent(&before);
        let bill = fleet.billed() - billed;
        assert_eq!(bill, 15_000);
        // At its bound where nothing is known.
        assert_eq!(charged == bill, exact, "{usage}: {charged}");
        assert!(charged >= bill, "{usage}: {charged}");
        rig.assert_at_rest(&seen);
        before = seen;
    }
    assert_eq!(before.bound_exceeded, 0);
    // Above its bound: recorded as it is, and loudly, and not done again at that price.
    fleet.plays(
        0,
        [reports(
            r#","usage":{"prompt_tokens":9,"completion_tokens":100000}"#,
        )],
    );
    ask(stack.clone(), &question("m0", false)).await.unwrap();
    let seen = rig.snapshot().await;
    assert_eq!(seen.bound_exceeded, 1);
    assert_eq!(spent(&seen) - spent(&before), 9_000 + 100_000 * 2_000);
    let asked = fleet.order().len();
    let got = ask(stack.clone(), &question("m0", false)).await.unwrap();
    assert_ne!(got.status, 200, "{}", got.text);
    assert_eq!(fleet.order().len(), asked);
    assert_eq!(rig.snapshot().await.bound_exceeded, 1);
    assert_eq!(watch.granted(), watch.ends().len());
}

#[test]
fn b11_memory() {
    memory(b11);
}

#[test]
fn b11_file() {
    file(b11);
}

#[test]
fn b11_redis() {
    redis(b11);
}

pub(crate) fn of_tenant(body: &Value) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    let mut request = call(body);
    let context = Context::new().with_tenant(Tenant::new("a").unwrap());
    request.extensions_mut().insert(context);
    request
}

/// What a cache answers is free, and so are those who read along; the first one pays, once, also when it leaves.
async fn b16(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("10").nanos());
    let fleet = Fleet::new();
    let stack = Stack::client_with(fleet.clone(), in_memory(1))
        .cache(CacheLayer::new())
        .budget(budget)
        .boxed();
    let asked_for = |stream: bool| {
        let mut body = question("m0", stream);
        body["seed"] = u8::from(stream).into();
        body
    };
    for stream in [false, true] {
        let script = match stream {
            true => Script::stream("one ", 3),
            false => Script::whole("one ", 3),
        };
        fleet.plays(0, [script.waits(3)]);
        let (asked, granted) = (fleet.order().len(), watch.granted());
        let asks = (0..32).map(|_| {
            let stack = stack.clone();
            async move {
                let response = stack.oneshot(of_tenant(&asked_for(stream))).await;
                read(response.unwrap()).await
            }
        });
        for got in futures::future::join_all(asks).await {
            got.is_whole("one ", stream);
        }
        let hit = stack.clone().oneshot(of_tenant(&asked_for(stream)));
        read(hit.await.unwrap()).await.is_whole("one ", stream);
        fleet.ended().await;
        assert_eq!(fleet.order().len(), asked + 1);
        assert_eq!(watch.granted(), granted + 1);
        let seen = rig.snapshot().await;
        rig.assert_at_rest(&seen);
        assert_eq!(spent(&seen), fleet.billed());
    }
    // The first one leaves while the others wait.
    for polls in 1..16 {
        let mut body = question("m0", true);
        body["seed"] = (100 + polls).into();
        let asked = fleet.order().len();
        fleet.plays(0, [Script::stream("two ", 3).waits(3)]);
        let mut first = Box::pin(stack.clone().oneshot(of_tenant(&body)));
        assert!(futures::poll!(&mut first).is_pending());
        let followers = (0..4).map(|_| {
            let (stack, body) = (stack.clone(), body.clone());
            tokio::spawn(async move {
                let response = stack.oneshot(of_tenant(&body)).await.unwrap();
                read(response).await
            })
        });
        let followers: Vec<_> = followers.collect();
        let _ = for_polls(first, polls).await;
        for follower in followers {
            follower.await.unwrap().is_whole("two ", true);
        }
        fleet.ended().await;
        let calls = fleet.order().len() - asked;
        assert!((1..=2).contains(&calls), "{calls} calls");
        watch.assert_at_rest();
        assert_eq!(watch.granted(), fleet.order().len());
        let seen = rig.snapshot().await;
        rig.assert_at_rest(&seen);
        assert!(spent(&seen) >= fleet.billed());
    }
}

#[test]
fn b16_memory() {
    memory(b16);
}

#[test]
fn b16_file() {
    file(b16);
}

#[test]
fn b16_redis() {
    redis(b16);
}

/// The greedy provider's prices.
fn greedy_catalog() -> Catalog {
    let text = r#"
        [[provider]]
        name = "p0"
        dialect = "openai"
        base_url = "http://p0.test/v1"
        on_disconnect = "stops"
        [[model]]
        name = "m0"
        provider = "p0"
        price = { input = "1", output = "2" }
        rates = [{ tier = "priority", input = "10", output = "20" }]
        context = 200_000
        max_output = 32_000
        can = ["stream", "n", "tools"]
    "#;
    Catalog::from_toml(text).unwrap()
}

/// Callers that try not to be metered, at a provider that bills all that a request lets it: refused before it is sent,
/// or paid in full.
async fn b18(rig: &Rig) {
    let (watch, budget) = watched(rig, usd("100").nanos());
    let greedy = Greedy::default();
    let stack = Stack::client_with(greedy.clone(), greedy_catalog())
        .fallback(FallbackLayer::new().attempts(1))
        .budget(budget)
        .boxed();
    let tool = json!({"type": "function", "function": {
        "name": "f", "description": "x".repeat(100_000), "parameters": {"type": "object"}}});
    let plain =
        json!({"model": "m0", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]});
    let with = |more: Value| {
        let mut body = plain.clone();
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        body.to_string()
    };
    let plain_text = plain.to_string();
    let twice = |member: &str| plain_text.replacen('{', &format!("{{{member},"), 1);
    let cases = [
        ("plain", plain_text.clone(), ""),
        (
            "no usage",
            with(json!({"stream": true, "stream_options": {"include_usage": false}})),
            "",
        ),
        (
            "no options",
            with(json!({"stream": true, "stream_options": null})),
            "",
        ),
        ("gzip", plain_text.clone(), "gzip, br"),
        ("gzip stream", with(json!({"stream": true})), "br"),
        ("background", with(json!({"background": true})), ""),
        ("fifty", with(json!({"n": 50})), ""),
        ("none", with(json!({"n": 0})), ""),
        ("negative", with(json!({"n": -1})), ""),
        ("half", with(json!({"n": 1.5})), ""),
        ("best of", with(json!({"best_of": 20})), ""),
        ("priority", with(json!({"service_tier": "priority"})), ""),
        ("another tier", with(json!({"service_tier": "scale"})), ""),
        ("unknown field", with(json!({"multiplier": 7})), ""),
        ("tools", with(json!({"tools": [tool]})), ""),
        ("no limit", with(json!({"max_tokens": null})), ""),
        (
            "another limit",
            with(json!({"max_completion_tokens": 30_000})),
            "",
        ),
        ("limit twice", twice(r#""max_tokens":30000"#), ""),
        ("n twice", twice(r#""n":9,"n":1"#), ""),
        ("model twice", twice(r#""model":"dearer""#), ""),
        ("escaped", twice(r#""max\u005ftokens":30000"#), ""),
    ];
    let (mut before, mut sent, mut refused) = (0, Vec::new(), Vec::new());
    for (name, body, encoding) in cases {
        let (billed, calls) = (greedy.billed(), greedy.calls());
        let mut request = call(&json!(null)).map(|_| http_body_util::Full::from(body));
        if !encoding.is_empty() {
            let headers = request.headers_mut();
            headers.insert("accept-encoding", encoding.parse().unwrap());
        }
        let response = stack.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let _ = response.into_body().collect().await;
        let seen = rig.snapshot().await;
        rig.assert_at_rest(&seen);
        let charged = spent(&seen) - before;
        let bill = greedy.billed() - billed;
        if greedy.calls() == calls {
            assert!(status.is_client_error(), "{name}: {status}");
            assert_eq!(charged, 0, "{name}");
            refused.push(name);
        } else {
            assert!(charged >= bill, "{name}: {charged} for {bill}");
            sent.push(name);
        }
        assert_eq!(seen.bound_exceeded, 0, "{name}");
        before = spent(&seen);
    }
    watch.assert_at_rest();
    for name in ["plain", "no usage", "gzip", "fifty", "priority", "tools"] {
        assert!(sent.contains(&name), "{sent:?} {refused:?}");
    }
    for name in [
        "background",
        "unknown field",
        "limit twice",
        "n twice",
        "model twice",
        "escaped",
    ] {
        assert!(refused.contains(&name), "{sent:?} {refused:?}");
    }
    assert!(before >= greedy.billed());
}

#[test]
fn b18_memory() {
    memory(b18);
}

#[test]
fn b18_file() {
    file(b18);
}

#[test]
fn b18_redis() {
    redis(b18);
}
