//! What the caller is told where nobody answers, and what observers see.

use std::time::Duration;

use tower::ServiceExt;
use tower_genai::{
    context::Tenant,
    fallback::{Backoff, FallbackLayer, Tried},
    observe::{Decision, Failure, FailureClass, Outcome},
    query::Refusal,
    stack::{Caller, Stack, Tenants},
};

use crate::{
    fleet::{End, Script, content, role},
    support::{Got, Rig, Seen, ask, call, question, read},
};

fn layer() -> FallbackLayer {
    FallbackLayer::new().backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

fn broken(stream: bool) -> Script {
    if stream {
        Script::events(&[&role()]).end(End::Broken)
    } else {
        Script::whole("x", 1).end(End::Broken)
    }
}

async fn server(rig: &Rig, layer: FallbackLayer, stream: bool) -> Got {
    let tenants = Tenants::keys([("sk-team", Caller::new(Tenant::new("team").unwrap()))]);
    let stack = Stack::server(rig.fleet.clone(), rig.catalog.clone(), tenants)
        .fallback(layer)
        .budget(rig.budget.clone())
        .explain_headers(true)
        .boxed();
    let mut request = call(&question("auto", stream));
    let key = "Bearer sk-team".parse().unwrap();
    request.headers_mut().insert("authorization", key);
    read(stack.oneshot(request).await.unwrap()).await
}

/// A provider's own words before ours about an answer that broke, these before a broken connection, and of two alike
/// the later; but what no other could mend is told whatever came before.
#[tokio::test]
async fn what_says_most_is_told() {
    for stream in [false, true] {
        let own = |status: u16| Script::error(status, "x");
        let page = || Script::raw(200, "text/html", "<html>");
        let in_band = || {
            let error = r#"{"error":{"message":"its own words 200","code":"server_error"}}"#;
            Script::raw(200, "application/json", error)
        };
        // The statuses, and a part of the message; 0 is an error of the client.
        for (scripts, status, says) in [
            ([own(500), own(503)], 503, "its own words 503"),
            ([own(503), own(429)], 429, "its own words 429"),
            ([own(500), Script::hangs_up()], 500, "its own words 500"),
            ([Script::hangs_up(), own(500)], 500, "its own words 500"),
            ([Script::hangs_up(), Script::hangs_up()], 0, ""),
            ([own(429), broken(stream)], 429, "its own words 429"),
            ([broken(stream), own(429)], 429, "its own words 429"),
            ([own(529), page()], 503, "its own words 529"),
            ([page(), Script::hangs_up()], 502, "provider `p0`"),
            ([broken(stream), Script::hangs_up()], 502, "provider `p0`"),
            ([broken(stream), page()], 502, "provider `p1`"),
            ([page(), broken(stream)], 502, "provider `p1`"),
            ([in_band(), Script::hangs_up()], 502, "its own words 200"),
            ([own(500), own(400)], 400, "its own words 400"),
            ([Script::hangs_up(), own(422)], 422, "its own words 422"),
            (
                [own(500), Script::error(400, "content_filter")],
                400,
                "its own words 400",
            ),
            (
                [own(500), Script::error(404, "model_not_found")],
                404,
                "its own words 404",
            ),
            (
                [Script::error(404, "model_not_found"), own(500)],
                500,
                "its own words 500",
            ),
            ([own(401), own(500)], 500, "its own words 500"),
            ([own(401), page()], 502, "provider `p1`"),
        ] {
            let what = format!("{status} {says}, streamed: {stream}");
            let rig = Rig::new(2);
            let [first, second] = scripts;
            rig.fleet.plays(0, [first]).plays(1, [second]);
            let got = rig
                .ask(layer().attempts(2), &question("auto", stream))
                .await;
            rig.at_rest().await;
            assert_eq!(rig.fleet.order(), [0, 1], "{what}");
            let Ok(got) = got else {
                assert_eq!(status, 0, "{what}");
                continue;
            };
            assert_eq!(got.status, status, "{what}: {}", got.text);
            assert!(got.text.contains(says), "{what}: {}", got.text);
            assert!(
                got.json()["error"]["message"].is_string(),
                "{what}: {}",
                got.text
            );
            assert!(!got.text.contains("<html>"), "{what}");
            let tried = got.extensions.get::<Tried>().unwrap().tries();
            assert_eq!(tried.len(), 2, "{what}");
            let names: Vec<_> = tried
                .iter()
                .map(|one| one.candidate.as_ref().unwrap().model().name())
                .collect();
            assert_eq!(names, ["m0", "m1"], "{what}");
            // The failure that is told is one of those that were tried.
            let told = got.extensions.get::<Failure>().unwrap();
            assert!(tried.iter().any(
                |one| one.failure.class == told.class && one.failure.provider == told.provider
            ));
            assert!(got.extensions.get::<Outcome>().is_some(), "{what}");
        }
    }
}

/// What official packages would repeat was repeated here already.
#[tokio::test(start_paused = true)]
async fn packages_are_told_not_to_repeat_what_was_repeated() {
    let timed = || layer().total_timeout(Duration::from_millis(10));
    for (script, says) in [
        (Script::error(429, "x"), "false"),
        (Script::error(429, "x").header("retry-after", "1"), "false"),
        (
            Script::error(429, "x").header("x-should-retry", "true"),
            "false",
        ),
        (Script::error(408, "x"), "false"),
        (Script::error(409, "x"), "false"),
        (Script::error(500, "x"), "false"),
        (Script::error(529, "x"), "false"),
        (Script::error(401, "x"), "false"),
        (Script::error(404, "model_not_found"), "false"),
        (Script::raw(200, "text/html", ""), "false"),
        (Script::silent(), "false"),
        // What packages do not repeat by themselves needs no word.
        (Script::error(400, "x"), ""),
        (Script::error(422, "x"), ""),
        (Script::error(400, "content_filter"), ""),
        (Script::error(400, "context_length_exceeded"), ""),
        (Script::error(400, "unsupported_parameter"), ""),
        // Unless it comes as something that they do repeat.
        (Script::error(429, "content_filter"), "false"),
        (Script::error(500, "context_length_exceeded"), "false"),
        (Script::error(503, "unsupported_parameter"), "false"),
        (
            Script::error(400, "x").header("x-should-retry", "true"),
            "false",
        ),
        (
            Script::raw(
                200,
                "application/json",
                r#"{"error":{"code":"content_filter"}}"#,
            ),
            "false",
        ),
        (
            Script::raw(
                200,
                "application/json",
                r#"{"error":{"code":"context_length_exceeded"}}"#,
            ),
            "false",
        ),
    ] {
        let rig = Rig::new(1);
        rig.fleet.plays(0, [script.clone()]);
        let got = rig.ask(timed(), &question("m0", false)).await.unwrap();
        assert!(got.status >= 400);
        let what = format!("{} {}", got.status, got.text);
        assert_eq!(got.header("x-should-retry"), says, "{what}");
        rig.at_rest().await;
        // Switched off, what the provider says passes as it is.
        let header = script
            .headers
            .iter()
            .find(|(name, _)| *name == "x-should-retry");
        if let Some((_, value)) = header {
            let off = FallbackLayer::new().attempts(1);
            let got = rig.ask(off, &question("m0", false)).await.unwrap();
            assert_eq!(got.header("x-should-retry"), value);
        }
    }
    // An answer has nothing to say of it.
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [Script::error(500, "x")])
        .plays(1, [Script::whole("one ", 3)]);
    let got = rig.ask(layer(), &question("auto", false)).await.unwrap();
    assert_eq!(got.header("x-should-retry"), "");
}

fn decided(got: &Got) -> String {
    let of_outcome = got.extensions.get::<Outcome>().and_then(Outcome::decision);
    let of_refusal = got.extensions.get::<std::sync::Arc<Decision>>();
    of_outcome.or(of_refusal).unwrap().id.to_string()
}

/// On every end the request id is the decision's.
#[tokio::test(start_paused = true)]
async fn the_decision_s_id_is_the_request_id_on_every_end() {
    for stream in [false, true] {
        let well = Script::answer("one ", stream);
        for (scripts, status) in [
            ([Script::error(500, "x"), well.clone()], 200),
            ([Script::hangs_up(), well.clone()], 200),
            ([broken(stream), well], 200),
            ([Script::error(500, "x"), Script::error(503, "x")], 503),
            ([Script::error(400, "x"), Script::error(503, "x")], 400),
            ([Script::error(401, "x"), Script::error(401, "x")], 502),
            ([Script::error(404, "model_not_found"), broken(stream)], 404),
            ([broken(stream), broken(stream)], 502),
            ([Script::silent(), Script::silent()], 504),
            ([Script::raw(200, "text/html", ""), Script::hangs_up()], 502),
        ] {
            let rig = Rig::new(2);
            let [first, second] = scripts;
            let id = ("x-request-id", "req-of-the-provider");
            rig.fleet
                .plays(0, [first.header(id.0, id.1)])
                .plays(1, [second.header(id.0, id.1)]);
            let each = layer().attempts(2).total_timeout(Duration::from_millis(10));
            let seen = Seen::default();
            let stack = rig.stack(each.clone()).observer(seen.observer()).boxed();
            let got = ask(stack, &question("auto", stream)).await.unwrap();
            assert_eq!(got.status, status, "{}", got.text);
            let id = decided(&got);
            assert_eq!(got.header("x-request-id"), id);
            let events = seen.texts();
            assert_eq!(
                events
                    .iter()
                    .filter(|text| text.starts_with("decided"))
                    .count(),
                1
            );

            let got = server(&rig, each, stream).await;
            assert_eq!(got.status, status, "{}", got.text);
            let id = decided(&got);
            assert_eq!(got.header("x-request-id"), id);
            // Of an attempt that was given up without an answer there is no outcome to explain.
            if got.extensions.get::<Outcome>().is_some() {
                assert_eq!(got.header("x-genai-decision"), id);
            }
            rig.at_rest().await;
        }
    }
}

/// Where nobody was reached the server stack says so, once.
#[tokio::test]
async fn who_is_not_reached_is_told_in_the_caller_s_dialect() {
    for stream in [false, true] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [Script::hangs_up()])
            .plays(1, [Script::hangs_up()]);
        let got = server(&rig, layer(), stream).await;
        assert_eq!((got.status, got.code().as_str()), (502, "bad_gateway"));
        assert_eq!(got.header("x-should-retry"), "false");
        assert!(got.header("x-request-id").starts_with("gen_"));
        assert_eq!(rig.fleet.order(), [0, 1, 0]);
        rig.at_rest().await;
    }
}

/// Refused for money or for want of keys, too.
#[tokio::test]
async fn refusals_are_named_by_the_decision() {
    use tower_genai::dispatch::Key;
    for stream in [false, true] {
        let rig = Rig::new(2);
        let keys = |_: &tower_genai::catalog::Provider, _: Option<&_>| Key::Missing("none".into());
        let stack = rig.stack(layer()).credential(keys).boxed();
        let got = ask(stack, &question("auto", stream)).await.unwrap();
        assert_eq!(
            (got.status, got.tried()),
            (500, vec![FailureClass::Credential; 2])
        );
        let decision = got.extensions.get::<std::sync::Arc<Decision>>().unwrap();
        assert_eq!(got.header("x-request-id"), decision.id.to_string());
        assert!(got.extensions.get::<Refusal>().is_some());
        assert_eq!(got.header("x-should-retry"), "false");
        rig.settled().await;
    }
}

#[tokio::test(start_paused = true)]
async fn observers_see_each_failure_in_its_turn() {
    let rig = Rig::new(3);
    rig.fleet
        .plays(0, [Script::error(429, "x"), Script::error(400, "x")])
        .plays(1, [broken(true)])
        .plays(2, [Script::error(404, "model_not_found")]);
    let seen = Seen::default();
    let stack = rig
        .stack(layer().attempts(4))
        .observer(seen.observer())
        .boxed();
    let got = ask(stack, &question("auto", true)).await.unwrap();
    assert_eq!(got.status, 400);
    assert_eq!(
        seen.texts(),
        [
            "decided 3",
            "finished m0 rejected",
            "fell m0 rate m1 true",
            "finished m1 cut",
            "fell m1 provider m2 true",
            "finished m2 rejected",
            "fell m2 model_gone m0 true",
            "finished m0 rejected",
            "fell m0 caller - false",
        ]
    );
    assert_eq!(
        got.tried(),
        [
            FailureClass::Rate,
            FailureClass::Provider,
            FailureClass::ModelGone,
            FailureClass::Caller
        ]
    );
    let tried = got.extensions.get::<Tried>().unwrap().tries();
    let numbers: Vec<_> = tried
        .iter()
        .map(|one| one.outcome.as_ref().unwrap().attempt())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    // An answer that breaks once it has begun is no attempt that failed, but an outcome that did.
    let rig = Rig::new(2);
    rig.fleet.plays(
        0,
        [Script::events(&[&role(), &content("a ")]).end(End::Broken)],
    );
    let seen = Seen::default();
    let stack = rig.stack(layer()).observer(seen.observer()).boxed();
    let got = ask(stack, &question("auto", true)).await.unwrap();
    assert_eq!(seen.texts(), ["decided 2", "finished m0 cut"]);
    let failure = got.outcome().failure().unwrap();
    assert_eq!(failure.class, FailureClass::Provider);
    assert!(got.extensions.get::<Tried>().is_none());
    assert!(
        got.extensions.get::<Failure>().is_none(),
        "unknown when the head was sent"
    );
}

/// An answer has what was tried before it, and its own outcome; a first answer has nothing to tell.
#[tokio::test]
async fn answers_carry_what_was_tried_before_them() {
    for stream in [false, true] {
        let rig = Rig::new(3);
        rig.fleet
            .plays(0, [Script::error(500, "x")])
            .plays(1, [Script::hangs_up()])
            .plays(2, [Script::answer("two ", stream)]);
        let got = rig.ask(layer(), &question("auto", stream)).await.unwrap();
        assert_eq!(got.tried(), [FailureClass::Provider; 2]);
        assert_eq!(got.outcome().attempt(), 3);
        assert!(got.outcome().failure().is_none());
        assert!(got.extensions.get::<Failure>().is_none());
        let finished = got.outcome().finished().await;
        assert!(finished.exact && finished.ending.as_str() == "complete");
        rig.fleet.plays(0, [Script::answer("zero ", stream)]);
        let got = rig.ask(layer(), &question("auto", stream)).await.unwrap();
        assert!(got.extensions.get::<Tried>().is_none());
        assert_eq!(got.outcome().attempt(), 1);
    }
}

/// In a plan of many no more than eight are asked, each once; a short plan is gone through again; and what was said
/// counts.
#[tokio::test]
async fn attempts_are_counted() {
    for (models, attempts, asked) in [
        (1, None, 3),
        (2, None, 3),
        (3, None, 3),
        (5, None, 5),
        (8, None, 8),
        (10, None, 8),
        (5, Some(2), 2),
        (2, Some(7), 7),
        (10, Some(10), 10),
        (3, Some(0), 1),
        (3, Some(1), 1),
    ] {
        let rig = Rig::new(models);
        for i in 0..models {
            rig.fleet.plays(i, [Script::error(503, "x")]);
        }
        let layer = match attempts {
            Some(most) => layer().attempts(most),
            None => layer(),
        };
        let got = rig.ask(layer, &question("auto", false)).await.unwrap();
        assert_eq!(got.status, 503);
        assert_eq!(rig.fleet.order().len(), asked, "{models} {attempts:?}");
        // Everyone once before anyone twice.
        let first: Vec<_> = (0..models.min(asked)).collect();
        assert_eq!(rig.fleet.order()[..first.len()], first);
        let numbers: Vec<_> = rig.fleet.asked().iter().map(|one| one.number).collect();
        let counted: Vec<_> = (1..).map(Some).take(asked).collect();
        assert_eq!(numbers, counted);
        rig.settled().await;
    }
    // Every attempt is sent the same question, but for the name of the model.
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [Script::error(503, "x")])
        .plays(1, [Script::whole("one ", 3)]);
    rig.ask(layer(), &question("auto", false)).await.unwrap();
    let bodies: Vec<serde_json::Value> = rig
        .fleet
        .asked()
        .iter()
        .map(|one| serde_json::from_slice(&one.body).unwrap())
        .collect();
    assert_eq!(
        (&bodies[0]["model"], &bodies[1]["model"]),
        (&"m0".into(), &"m1".into())
    );
    let without = |body: &serde_json::Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove("model");
        body
    };
    assert_eq!(without(&bodies[0]), without(&bodies[1]));
}
