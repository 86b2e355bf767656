//! Every class of failure, and what follows from it.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use tower_genai::{
    fallback::{Backoff, FallbackLayer, Tried},
    observe::{Failure, FailureClass, Outcome},
    query::Refusal,
    sim::{Fault, Times},
};

use crate::{
    fleet::{Script, content, delta, done, event, role, stop},
    sims::{Sims, dead},
    support::{Got, Rig, ask, catalog, in_memory_with, question},
};

fn at_once() -> FallbackLayer {
    let none = Backoff::new(Duration::ZERO, Duration::ZERO);
    FallbackLayer::new().backoff(none)
}

fn status(status: u16) -> Fault {
    Fault::status(status)
}

fn coded(status: u16, code: &str) -> Fault {
    Fault::Status {
        status,
        code: Some(code.to_owned()),
        message: None,
        retry_after: None,
    }
}

fn raw(status: u16, content_type: &'static str, body: &'static str) -> Fault {
    Fault::Raw {
        status: StatusCode::from_u16(status).unwrap(),
        content_type: HeaderValue::from_static(content_type),
        body: body.into(),
    }
}

/// The model that the answer says it is from.
fn from(got: &Got, model: &str) -> bool {
    got.text.contains(&format!("\"model\":\"{model}\"")) && got.status == 200
}

#[tokio::test]
async fn what_another_may_mend_is_mended_by_the_next() {
    use FailureClass::{Credential, Malformed, ModelGone, Provider, Rate, Unsupported};
    let json = "application/json";
    let events = "text/event-stream";
    // Whether nothing can have been billed.
    let cases = [
        (status(401), Credential, true),
        (status(402), Credential, true),
        (status(403), Credential, true),
        (coded(429, "insufficient_quota"), Credential, true),
        (coded(429, "1113"), Credential, true),
        (status(404), ModelGone, true),
        (status(410), ModelGone, true),
        (coded(400, "model_not_found"), ModelGone, true),
        (coded(400, "unsupported_parameter"), Unsupported, true),
        (coded(400, "unsupported_value"), Unsupported, true),
        (status(408), Provider, true),
        (status(409), Provider, true),
        (status(425), Provider, true),
        (status(429), Rate, true),
        (coded(429, "1302"), Rate, true),
        (status(500), Provider, true),
        (status(502), Provider, true),
        (status(503), Provider, true),
        (status(504), Provider, true),
        (status(529), Provider, true),
        (status(599), Provider, true),
        (
            raw(502, "text/html", "<html>Bad Gateway</html>"),
            Provider,
            true,
        ),
        (raw(503, json, ""), Provider, true),
        (raw(429, json, r#"{"error":"slow down"}"#), Rate, true),
        (raw(429, json, r#"[1, 2"#), Rate, true),
        (Fault::Html, Malformed, false),
        (Fault::Empty, Malformed, false),
        (
            Fault::Redirect("http://127.0.0.1:1/".into()),
            Malformed,
            true,
        ),
        (
            Fault::Redirect("/v1/chat/completions".into()),
            Malformed,
            true,
        ),
        (Fault::WrongContentType, Malformed, false),
        (raw(200, json, "null"), Malformed, false),
        (raw(200, json, "{}"), Malformed, false),
        (raw(200, json, r#"{"choices":[]}"#), Malformed, false),
        (
            raw(200, json, r#"{"choices":[{"index":0,"mess"#),
            Malformed,
            false,
        ),
        (raw(200, json, "\u{feff}{\"choices\":{}}"), Malformed, false),
        (raw(200, events, ""), Malformed, false),
        (
            raw(200, "application/octet-stream", "\0\0\0"),
            Malformed,
            false,
        ),
        (
            raw(
                200,
                json,
                r#"{"error":{"code":"server_error","message":"x"}}"#,
            ),
            Provider,
            true,
        ),
        (raw(200, json, r#"{"error":"overloaded"}"#), Provider, true),
        (raw(200, json, r#"{"error":{"code":429}}"#), Rate, true),
        (
            raw(200, json, r#"{"error":{"code":401}}"#),
            Credential,
            true,
        ),
        (raw(200, json, r#"{"error":{"code":"1302"}}"#), Rate, true),
        (
            raw(200, json, r#"{"error":{"type":"insufficient_quota"}}"#),
            Credential,
            true,
        ),
        (Fault::ErrorEventAfter(0), Provider, true),
        (Fault::HangUp, Provider, false),
    ];
    let sims = Sims::start(2).await;
    for stream in [false, true] {
        for (fault, class, free) in &cases {
            let what = format!("{fault:?}, streamed: {stream}");
            sims.servers[0].heal();
            sims.servers[0].fail(fault.clone(), Times::Always);
            let before = (sims.calls(), sims.rig.spent(), sims.billed());
            let got = sims
                .ask(FallbackLayer::new(), &question("auto", stream))
                .await;
            let got = got.expect("an answer");
            assert!(from(&got, "m1") && got.clean, "{what}: {}", got.text);
            // What an empty stream is told by is its end.
            let ended = matches!(fault, Fault::Raw { content_type, .. } if content_type == events);
            let class = if ended && stream { Provider } else { *class };
            assert_eq!(got.tried(), [class], "{what}");
            let calls = sims.calls();
            assert_eq!(calls, [before.0[0] + 1, before.0[1] + 1], "{what}");
            assert_eq!(got.outcome().attempt(), 2, "{what}");
            sims.rig.watched.assert_at_rest();
            let (spent, billed) = (sims.rig.spent() - before.1, sims.billed() - before.2);
            assert!(spent >= billed, "{what}: spent {spent}, billed {billed}");
            if *free {
                assert_eq!(spent, billed, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_nobody_can_mend_is_told_at_once() {
    use FailureClass::{Caller, Filtered};
    let json = "application/json";
    let cases = [
        (status(400), Caller, 400),
        (coded(400, "invalid_value"), Caller, 400),
        (status(413), Caller, 413),
        (status(422), Caller, 422),
        (raw(400, "text/html", "<html>"), Caller, 400),
        (raw(422, json, r#"{"detail":[{"msg":"x"}]}"#), Caller, 422),
        (coded(400, "content_filter"), Filtered, 400),
        (coded(400, "content_policy_violation"), Filtered, 400),
        (coded(403, "content_filter"), Filtered, 403),
        (coded(400, "1301"), Filtered, 400),
        (
            raw(200, json, r#"{"error":{"code":400,"message":"no"}}"#),
            Caller,
            502,
        ),
    ];
    let sims = Sims::start(3).await;
    for stream in [false, true] {
        for (fault, class, told) in &cases {
            let what = format!("{fault:?}, streamed: {stream}");
            sims.servers[0].heal();
            sims.servers[0].fail(fault.clone(), Times::Always);
            let before = (sims.calls(), sims.rig.spent());
            let got = sims
                .ask(FallbackLayer::new(), &question("auto", stream))
                .await;
            let got = got.expect("an answer");
            assert_eq!(got.status, *told, "{what}: {}", got.text);
            assert!(got.json()["error"].is_object(), "{what}: {}", got.text);
            assert_eq!(got.tried(), [*class], "{what}");
            let failure = got.extensions.get::<Failure>().unwrap();
            assert_eq!(failure.class, *class, "{what}");
            let calls = sims.calls();
            assert_eq!(calls, [before.0[0] + 1, before.0[1], before.0[2]], "{what}");
            sims.rig.watched.assert_at_rest();
            assert_eq!(sims.rig.spent(), before.1, "{what}: nothing was billed");
        }
        // An earlier failure is no excuse for asking on.
        sims.servers[0].heal();
        sims.servers[0].fail(status(500), Times::Always);
        sims.servers[1].fail(status(400), Times::Once);
        let before = sims.calls();
        let got = sims
            .ask(FallbackLayer::new(), &question("auto", stream))
            .await;
        let got = got.unwrap();
        assert_eq!(got.status, 400);
        assert_eq!(got.tried(), [FailureClass::Provider, Caller]);
        assert_eq!(sims.calls(), [before[0] + 1, before[1] + 1, before[2]]);
    }
}

#[tokio::test]
async fn a_long_prompt_goes_to_larger_contexts_only() {
    let contexts = [100_000, 50_000, 100_000, 200_000, 400_000];
    let more = |i: usize| (format!("context = {}", contexts[i]), String::new());
    let sims = Sims::start_with(5, more).await;
    let message = "This model's maximum context length is 4 tokens. However, you requested more";
    let by_message = |status: u16| Fault::Status {
        status,
        code: Some("bad".to_owned()),
        message: Some(message.to_owned()),
        retry_after: None,
    };
    for stream in [false, true] {
        for fault in [
            coded(400, "context_length_exceeded"),
            coded(400, "exceed_context_size_error"),
            coded(413, "prompt_too_long"),
            by_message(400),
            by_message(422),
        ] {
            let what = format!("{fault:?}, streamed: {stream}");
            for server in &sims.servers {
                server.heal();
            }
            sims.servers[0].fail(fault.clone(), Times::Always);
            let before = sims.calls();
            let question = question("auto", stream);
            let ask = || sims.ask(FallbackLayer::new(), &question);
            let got = ask().await.unwrap();
            assert!(from(&got, "m3"), "{what}: {}", got.text);
            assert_eq!(got.tried(), [FailureClass::ContextTooLong], "{what}");
            let asked: Vec<_> = sims
                .calls()
                .iter()
                .zip(before)
                .map(|(a, b)| a - b)
                .collect();
            assert_eq!(asked, [1, 0, 0, 1, 0], "{what}");

            sims.servers[3].fail(fault.clone(), Times::Always);
            sims.servers[4].fail(fault.clone(), Times::Always);
            let got = ask().await.unwrap();
            assert_eq!(got.tried().len(), 3, "{what}");
            assert_eq!(got.status / 100, 4, "{what}");
            // Official packages would not try again, and are not asked to.
            assert_ne!(got.header("x-should-retry"), "true");
        }
        sims.rig.watched.assert_at_rest();
        assert_eq!(sims.rig.spent(), sims.billed());
    }
}

/// In a stream the same is told by its first event.
#[tokio::test]
async fn an_error_event_before_the_answer_has_its_class() {
    let error = |code: &str| event(&format!(r#"{{"error":{{"message":"m","code":{code}}}}}"#));
    for (code, class, next) in [
        (
            "\"context_length_exceeded\"",
            FailureClass::ContextTooLong,
            2,
        ),
        ("\"rate_limit_exceeded\"", FailureClass::Rate, 1),
        ("429", FailureClass::Rate, 1),
        ("503", FailureClass::Provider, 1),
        ("\"1302\"", FailureClass::Rate, 1),
        ("\"insufficient_quota\"", FailureClass::Credential, 1),
        ("402", FailureClass::Credential, 1),
        ("null", FailureClass::Provider, 1),
        ("[1]", FailureClass::Provider, 1),
    ] {
        let contexts = [100_000, 100_000, 200_000];
        let catalog = in_memory_with(3, |i| (format!("context = {}", contexts[i]), String::new()));
        let rig = Rig::over(catalog, "10");
        let first = [role(), error(code), content("bad ")].concat();
        let mut broken = Script::events(&[&first]);
        broken.free = true;
        rig.fleet
            .plays(0, [broken])
            .plays(1, [Script::stream("one ", 3)])
            .plays(2, [Script::stream("two ", 3)]);
        let got = rig
            .ask(FallbackLayer::new(), &question("auto", true))
            .await
            .unwrap();
        got.is_whole(["", "one ", "two "][next], true);
        assert_eq!(got.tried(), [class], "{code}");
        assert_eq!(rig.fleet.order(), [0, next], "{code}");
        rig.settled().await;
    }
    // And a 4xx is the caller's fault there, too.
    for code in ["400", "422"] {
        let rig = Rig::new(2);
        let mut broken = Script::events(&[&[role(), error(code)].concat()]);
        broken.free = true;
        rig.fleet
            .plays(0, [broken])
            .plays(1, [Script::stream("one ", 3)]);
        let got = rig
            .ask(FallbackLayer::new(), &question("auto", true))
            .await
            .unwrap();
        assert_eq!(
            (got.status, got.tried()),
            (400, vec![FailureClass::Caller]),
            "{code}"
        );
        assert_eq!(rig.fleet.order(), [0], "{code}");
    }
}

#[tokio::test]
async fn a_filtered_answer_is_an_answer_unless_others_may_be_asked() {
    let filtered = r#""content_filter""#;
    let whole = r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":9,"completion_tokens":0}}"#;
    for stream in [false, true] {
        let filtering = if stream {
            let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0}}"#;
            Script::events(&[&role(), &delta("{}", filtered), &event(usage), &done()])
        } else {
            let mut script = Script::raw(200, "application/json", whole);
            script.free = false;
            script
        };
        let rig = Rig::new(3);
        rig.fleet
            .plays(0, [filtering.clone()])
            .plays(1, [filtering.clone()])
            .plays(2, [Script::answer("two ", stream)]);
        let got = rig.ask(at_once(), &question("auto", stream)).await.unwrap();
        assert_eq!((got.status, got.clean), (200, true));
        assert!(got.text.contains("content_filter"), "{}", got.text);
        assert_eq!(got.dones(), usize::from(stream));
        assert_eq!(got.tried(), []);
        let failure = got.outcome().failure().unwrap();
        assert_eq!(failure.class, FailureClass::Filtered);
        assert_eq!(rig.fleet.order(), [0]);
        rig.settled().await;

        let past = at_once().past_filters(true);
        rig.fleet.forget();
        let got = rig
            .ask(past.clone(), &question("auto", stream))
            .await
            .unwrap();
        got.is_whole("two ", stream);
        assert_eq!(got.tried(), [FailureClass::Filtered; 2]);
        assert_eq!(rig.fleet.order(), [0, 1, 2]);
        // The prompt was read and is paid for, each time.
        let cost = got.extensions.get::<Tried>().unwrap().cost().nanos();
        assert_eq!(cost, 9 * 1_000 + 9 * 2_000);
        rig.settled().await;

        // Where all filter, the last one's answer is what the caller gets.
        rig.fleet.forget();
        rig.fleet.plays(2, [filtering.clone()]);
        let got = rig
            .ask(past.clone(), &question("auto", stream))
            .await
            .unwrap();
        assert_eq!((got.status, got.clean), (200, true), "{}", got.text);
        assert!(got.text.contains("content_filter"), "{}", got.text);
        assert_eq!(got.dones(), usize::from(stream));
        assert_eq!(got.tried(), [FailureClass::Filtered; 3]);
        rig.settled().await;

        // A 400 is told, and with leave passed by.
        rig.fleet.forget();
        rig.fleet
            .plays(0, [Script::error(400, "content_filter")])
            .plays(2, [Script::answer("two ", stream)]);
        let got = rig.ask(at_once(), &question("auto", stream)).await.unwrap();
        assert_eq!((got.status, rig.fleet.order()), (400, vec![0]));
        rig.fleet.forget();
        let got = rig.ask(past, &question("auto", stream)).await.unwrap();
        got.is_whole("two ", stream);
        assert_eq!(rig.fleet.order(), [0, 1, 2]);
    }
    // What was said before the filter came is the answer.
    let rig = Rig::new(2);
    let cut_short = Script::events(&[&role(), &content("so "), &delta("{}", filtered), &done()]);
    rig.fleet
        .plays(0, [cut_short])
        .plays(1, [Script::stream("one ", 3)]);
    let past = at_once().past_filters(true);
    let got = rig.ask(past, &question("auto", true)).await.unwrap();
    assert_eq!((got.words().as_str(), got.dones()), ("so ", 1));
    assert_eq!(rig.fleet.order(), [0]);
    rig.at_rest().await;
}

#[tokio::test]
async fn a_key_that_fails_bars_its_whole_provider() {
    // m0, m1 and m3 are at p0.
    let more = |i: usize| {
        let provider = if [1, 3].contains(&i) { "none" } else { "" };
        (String::new(), provider.replace("none", "# none"))
    };
    let sims = Sims::start_with(4, more).await;
    for stream in [false, true] {
        for fault in [
            status(401),
            status(402),
            status(403),
            coded(429, "insufficient_quota"),
            coded(429, "1309"),
        ] {
            let what = format!("{fault:?}");
            sims.servers[0].heal();
            sims.servers[2].heal();
            sims.servers[0].fail(fault, Times::Always);
            let before = sims.calls();
            let got = sims
                .ask(at_once(), &question("auto", stream))
                .await
                .unwrap();
            assert!(from(&got, "m2"), "{what}: {}", got.text);
            assert_eq!(got.tried(), [FailureClass::Credential], "{what}");
            assert_eq!(sims.calls()[0], before[0] + 1, "{what}");

            // Whose key it is, and why it failed, is not the caller's to know.
            sims.servers[2].fail(status(401), Times::Always);
            let got = sims
                .ask(at_once(), &question("auto", stream))
                .await
                .unwrap();
            assert_eq!(got.status, 502, "{what}: {}", got.text);
            assert_eq!(got.tried(), [FailureClass::Credential; 2], "{what}");
            assert_eq!(got.header("x-should-retry"), "false", "{what}");
        }
    }
    sims.rig.watched.assert_at_rest();
    assert_eq!(sims.rig.spent(), sims.billed());
}

#[tokio::test]
async fn a_named_model_that_is_gone_is_stood_in_for_by_its_successor() {
    let more = |i: usize| {
        let next = ["successor = \"m2\"", "", ""][i];
        (next.to_owned(), String::new())
    };
    let sims = Sims::start_with(3, more).await;
    for stream in [false, true] {
        for fault in [
            status(404),
            coded(404, "model_not_found"),
            coded(400, "1211"),
        ] {
            for server in &sims.servers {
                server.heal();
                server.fail(fault.clone(), Times::Always);
            }
            sims.servers[2].heal();
            let before = sims.calls();
            let got = sims.ask(at_once(), &question("m0", stream)).await.unwrap();
            assert!(from(&got, "m2"), "{}", got.text);
            assert_eq!(got.tried(), [FailureClass::ModelGone]);
            assert_eq!(got.outcome().candidate().model().name(), "m2");
            assert_eq!(sims.calls(), [before[0] + 1, before[1], before[2] + 1]);

            // Without a successor the caller is told.
            let got = sims.ask(at_once(), &question("m1", stream)).await.unwrap();
            assert_eq!(
                got.status,
                if matches!(&fault, Fault::Status { status: 400, .. }) {
                    400
                } else {
                    404
                }
            );
            assert_eq!(got.tried(), [FailureClass::ModelGone]);

            // Both gone.
            sims.servers[2].fail(fault, Times::Always);
            let got = sims.ask(at_once(), &question("m0", stream)).await.unwrap();
            assert_eq!(got.tried(), [FailureClass::ModelGone; 2]);
            assert_eq!(got.status / 100, 4);
        }
        // For anything else nobody stands in.
        for fault in [
            status(500),
            status(429),
            status(401),
            status(400),
            Fault::HangUp,
        ] {
            for server in &sims.servers {
                server.heal();
            }
            sims.servers[0].fail(fault, Times::Always);
            let before = sims.calls();
            let _ = sims.ask(at_once(), &question("m0", stream)).await;
            assert_eq!(sims.calls()[2], before[2], "the successor was asked");
        }
    }
    sims.rig.watched.assert_at_rest();
}

#[tokio::test]
async fn a_named_model_is_tried_again() {
    let sims = Sims::start(2).await;
    for stream in [false, true] {
        for fault in [
            status(429),
            status(500),
            Fault::Html,
            Fault::HangUp,
            Fault::ErrorEventAfter(0),
        ] {
            let what = format!("{fault:?}, streamed: {stream}");
            sims.servers[0].fail(fault.clone(), Times::Next(2));
            let got = sims.ask(at_once(), &question("m0", stream)).await.unwrap();
            assert!(from(&got, "m0"), "{what}: {}", got.text);
            assert_eq!(got.tried().len(), 2, "{what}");
            let before = sims.calls();
            sims.servers[0].fail(fault.clone(), Times::Next(3));
            let failed = sims.ask(at_once(), &question("m0", stream)).await;
            assert!(failed.is_err() || failed.unwrap().status >= 400, "{what}");
            assert_eq!(sims.calls(), [before[0] + 3, before[1]], "{what}");
        }
        for fault in [
            status(400),
            status(401),
            status(404),
            coded(400, "content_filter"),
        ] {
            let what = format!("{fault:?}, streamed: {stream}");
            let before = sims.calls();
            sims.servers[0].fail(fault, Times::Once);
            let got = sims.ask(at_once(), &question("m0", stream)).await.unwrap();
            assert!(got.status >= 400, "{what}");
            assert_eq!(sims.calls(), [before[0] + 1, before[1]], "{what}");
        }
    }
    sims.rig.watched.assert_at_rest();
}

#[tokio::test]
async fn hosts_that_are_dead_are_passed_by_free_of_charge() {
    let sims = Sims::start(5).await;
    let (_nobody, gone) = dead();
    let base = |i: usize| {
        if i < 4 {
            gone.clone()
        } else {
            sims.servers[4].base_url()
        }
    };
    let catalog = catalog(5, base, |_| Default::default());
    for stream in [false, true] {
        let stack = sims.stack_of(catalog.clone(), at_once());
        let got = ask(stack.boxed(), &question("auto", stream)).await.unwrap();
        assert!(from(&got, "m4"), "{}", got.text);
        assert_eq!(got.tried(), [FailureClass::Provider; 4]);
        assert_eq!(got.outcome().attempt(), 5);
        sims.rig.watched.assert_at_rest();
        assert_eq!(sims.rig.spent(), sims.billed());
    }
    let spent = sims.rig.spent();
    let stack = sims.stack_of(catalog, at_once());
    let error = ask(stack.boxed(), &question("m0", false))
        .await
        .unwrap_err();
    assert!(error.contains("Connect"), "{error}");
    assert_eq!(sims.rig.spent(), spent);
    sims.rig.watched.assert_at_rest();
}

/// A provider whose key is missing, or whose dialect nobody speaks, is passed by before anything is sent.
#[tokio::test]
async fn what_cannot_be_sent_is_sent_to_others() {
    use tower::ServiceBuilder;
    use tower_genai::{
        Body,
        budget::BudgetLayer,
        classify::ClassifyLayer,
        dispatch::{DispatchLayer, Key},
        select::{SelectLayer, Selector},
    };
    let foreign = |i: usize| {
        let dialect = if i == 1 { "dialect = \"morse\"" } else { "" };
        (String::new(), dialect.to_owned())
    };
    for stream in [false, true] {
        for later in [false, true] {
            let rig = Rig::over(in_memory_with(3, foreign), "10");
            let keys =
                move |provider: &tower_genai::catalog::Provider, _: Option<&_>| match provider
                    .name()
                {
                    "p2" => Key::Ready(None),
                    _ if later => Key::Later(Box::pin(async { Err("no key".to_owned()) })),
                    _ => Key::Missing("no key".to_owned()),
                };
            rig.fleet
                .plays(0, [Script::answer("zero ", stream)])
                .plays(1, [Script::answer("one ", stream)])
                .plays(2, [Script::answer("two ", stream)]);
            // One attempt that is sent is enough.
            let service = ServiceBuilder::new()
                .map_response(|response: http::Response<_>| response.map(Body::new))
                .layer(BudgetLayer::new(rig.budget.clone()))
                .layer(ClassifyLayer::new())
                .layer(SelectLayer::new(Selector::new(rig.catalog.clone())))
                .layer(
                    FallbackLayer::new()
                        .attempts(1)
                        .total_timeout(Duration::from_secs(60)),
                )
                .layer(DispatchLayer::new().credential(keys))
                .service(rig.fleet.clone());
            let got = ask(service.clone(), &question("auto", stream))
                .await
                .unwrap();
            got.is_whole("two ", stream);
            assert_eq!(rig.fleet.order(), [2]);
            assert_eq!(got.tried(), [FailureClass::Credential; 2]);
            let tried = got.extensions.get::<Tried>().unwrap();
            assert!(
                tried
                    .tries()
                    .iter()
                    .all(|one| !one.failure.sent && one.outcome.is_none())
            );
            rig.settled().await;

            for model in ["m0", "m1"] {
                let got = ask(service.clone(), &question(model, stream))
                    .await
                    .unwrap();
                assert_eq!((got.status, got.code().as_str()), (500, "misconfigured"));
                assert_eq!(got.header("x-should-retry"), "false");
                assert!(got.header("x-request-id").starts_with("gen_"));
                assert_eq!(got.tried(), [FailureClass::Credential]);
                assert!(got.extensions.get::<Refusal>().is_some());
                assert!(got.extensions.get::<Outcome>().is_none());
            }
            assert_eq!(rig.fleet.order(), [2]);
        }
    }
}

/// Calls that pass through, and bodies that nobody has read, are sent once.
#[tokio::test]
async fn what_is_not_understood_is_sent_once() {
    use http::Request;
    use http_body_util::Full;
    use tower::ServiceExt;
    for script in [
        Script::error(503, "x"),
        Script::error(429, "x"),
        Script::hangs_up(),
    ] {
        let rig = Rig::new(2);
        rig.fleet.plays(0, [script]);
        let stack = tower_genai::stack::Stack::client_with(rig.fleet.clone(), rig.catalog.clone())
            .fallback(at_once())
            .boxed();
        // A model that the catalog does not know.
        let unknown = ask(stack.clone(), &question("stranger", false)).await;
        if let Ok(got) = &unknown {
            assert!(got.extensions.get::<Tried>().is_none());
            assert_eq!(got.header("x-should-retry"), "");
        }
        assert_eq!(rig.fleet.order(), [0]);
        // A path that nobody reads.
        let upload = Request::post("http://p0.test/v1/files")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Full::from("--x--"))
            .unwrap();
        let _ = stack.clone().oneshot(upload).await;
        assert_eq!(rig.fleet.order(), [0, 0]);
        // A body that nobody reads.
        for (name, value) in [
            ("content-type", "multipart/form-data; boundary=x"),
            ("content-encoding", "zstd"),
        ] {
            rig.fleet.forget();
            let unread = Request::post("http://p0.test/v1/chat/completions")
                .header(name, value)
                .body(Full::from("--x--"))
                .unwrap();
            let _ = stack.clone().oneshot(unread).await;
            assert_eq!(rig.fleet.order(), [0], "{name}");
        }
    }
}

/// A whole answer to who asked for a stream is paid for, and is none.
#[tokio::test]
async fn what_comes_in_another_form_is_no_answer() {
    for (stream, other) in [
        (true, Script::whole("zero ", 3)),
        (false, Script::stream("zero ", 3)),
    ] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [other])
            .plays(1, [Script::answer("one ", stream)]);
        let got = rig.ask(at_once(), &question("auto", stream)).await.unwrap();
        got.is_whole("one ", stream);
        assert_eq!(got.tried(), [FailureClass::Malformed]);
        rig.at_rest().await;
    }
}

/// Ends that say the provider failed are no ends of answers.
#[tokio::test]
async fn a_finish_that_is_a_fault_is_no_finish() {
    for reason in ["insufficient_system_resource", "network_error", "error"] {
        let whole = format!(
            r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"half"}},"finish_reason":"{reason}"}}],"usage":{{"prompt_tokens":9,"completion_tokens":1}}}}"#
        );
        let rig = Rig::new(2);
        let mut failing = Script::raw(200, "application/json", &whole);
        (failing.free, failing.frames[0].1) = (false, 1);
        rig.fleet
            .plays(0, [failing.clone()])
            .plays(1, [Script::whole("one ", 3)]);
        let got = rig.ask(at_once(), &question("auto", false)).await.unwrap();
        got.is_whole("one ", false);
        assert_eq!(got.tried(), [FailureClass::Provider]);
        assert_eq!(
            got.extensions.get::<Tried>().unwrap().cost().nanos(),
            9_000 + 2_000
        );
        rig.settled().await;

        // Where nobody else answers, it is told as an error.
        rig.fleet.plays(1, [failing]);
        let got = rig
            .ask(at_once().attempts(2), &question("auto", false))
            .await
            .unwrap();
        assert_eq!(got.status, 502);
        assert!(got.json()["error"]["message"].is_string(), "{}", got.text);
        rig.settled().await;

        // Before the first content of a stream the next one answers.
        let finish = delta("{}", &format!("{reason:?}"));
        let rig = Rig::new(2);
        let mut failing = Script::events(&[&role(), &finish, &done()]);
        failing.free = true;
        rig.fleet
            .plays(0, [failing])
            .plays(1, [Script::stream("one ", 3)]);
        let got = rig.ask(at_once(), &question("auto", true)).await.unwrap();
        got.is_whole("one ", true);
        rig.settled().await;

        // After it the caller is told in its own dialect.
        let failing = Script::events(&[&role(), &content("half "), &finish, &done()]);
        rig.fleet.plays(0, [failing]);
        let got = rig.ask(at_once(), &question("auto", true)).await.unwrap();
        assert_eq!(
            (got.words().as_str(), got.clean, got.dones()),
            ("half ", false, 0)
        );
        assert!(got.ends_with_error_event(), "{reason}: {}", got.text);
        rig.at_rest().await;
    }
    // An ordinary end without a word is an answer.
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [Script::events(&[&role(), &stop(), &done()])]);
    let got = rig.ask(at_once(), &question("auto", true)).await.unwrap();
    assert_eq!((got.status, got.clean, got.dones()), (200, true, 1));
}
