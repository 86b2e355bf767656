use std::time::Duration;

use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_genai::{
    fallback::FallbackLayer,
    sim::{Event, Fault, Manner, Times},
};

use super::rig::{Rig, STREAMS, TEXT, Who};
use crate::{
    told::{Told, form},
    way::{Caller, Form, Got, Vendor},
};

const OPENAI: Caller = Caller::new(Vendor::OpenAi, Form::Stream);

/// The caller has the beginning, an error in its own form, and no end.
#[track_caller]
fn is_told(caller: Caller, got: &Got, what: &str) {
    assert!(got.broken, "{what}: {}", got.text());
    assert!(!form::is_clean(caller, got), "{what}: {}", got.text());
    assert!(got.text().contains("\"error\""), "{what}: {}", got.text());
    if caller.form == Form::Stream {
        let events = crate::told::events(got.text());
        form::check_error(caller.vendor, &events.last().unwrap().1);
    }
}

/// What was told before the error.
fn text(caller: Caller, got: &Got) -> String {
    let told = Told::got(caller, got);
    told.choices
        .get(&0)
        .map(|choice| choice.text.clone())
        .unwrap_or_default()
}

/// Off unless it is asked for, and at nobody who is not known to be able.
#[tokio::test]
async fn nobody_goes_on_who_was_not_asked_to_or_cannot() {
    for vendor in Vendor::ALL {
        let able = Rig::start(&[Who(vendor, ""), Who(Vendor::Anthropic, "message")]).await;
        let unable = Rig::start(&[Who(vendor, ""), Who(Vendor::Anthropic, "")]).await;
        for caller in STREAMS {
            for (rig, layer) in [
                (&able, FallbackLayer::new()),
                (&able, Rig::layer().attempts(1)),
                (&unable, Rig::layer()),
            ] {
                rig.servers[0].fail(Fault::CutAfter(8), Times::Once);
                let before = rig.calls()[1];
                let got = rig.ask(layer, caller.request(caller.question())).await;
                is_told(caller, &got, &format!("{vendor:?} to {caller:?}"));
                let text = text(caller, &got);
                assert!(!text.is_empty() && TEXT.starts_with(&text), "{text}");
                assert_eq!(rig.calls()[1], before);
            }
        }
    }
}

/// It is gone on with once: by whoever says something new.
#[tokio::test]
async fn what_breaks_twice_is_told() {
    let who = [
        Who(Vendor::OpenAi, ""),
        Who(Vendor::Anthropic, "message"),
        Who(Vendor::Gemini, "message"),
    ];
    let rig = Rig::start(&who).await;
    // The message, its block and a ping say nothing yet.
    const SILENT: u64 = 3;
    for caller in STREAMS {
        for events in 0..10 {
            rig.servers[0].fail(Fault::CutAfter(5), Times::Once);
            rig.servers[1].fail(Fault::CutAfter(events), Times::Once);
            let before = rig.calls()[2];
            let got = rig
                .ask(Rig::layer(), caller.request(caller.question()))
                .await;
            let text = text(caller, &got);
            let seen = rig.take_events();
            if events <= SILENT {
                form::check(caller, &got);
                assert_eq!(text, TEXT, "after {events} to {caller:?}");
                let twice = ["m0 cut", "fell provider", "m1 cut", "fell provider"];
                assert_eq!(seen, [&twice[..], &["m2 complete"]].concat());
                continue;
            }
            is_told(caller, &got, &format!("after {events} to {caller:?}"));
            assert!(TEXT.starts_with(&text), "{text}");
            assert_eq!(rig.calls()[2], before);
            assert_eq!(seen, ["m0 cut", "fell provider", "m1 cut"]);
        }
    }
}

/// Whoever refuses to go on before it has begun is passed by.
#[tokio::test]
async fn the_next_one_that_can_goes_on() {
    let who = [
        Who(Vendor::OpenAi, ""),
        Who(Vendor::Gemini, ""),
        Who(Vendor::Anthropic, "message"),
        Who(Vendor::OpenAi, "prefix_flag"),
    ];
    let rig = Rig::start(&who).await;
    for caller in STREAMS {
        for fault in [
            Fault::status(503),
            Fault::status(400),
            Fault::HangUp,
            Fault::Html,
        ] {
            rig.servers[0].fail(Fault::CutAfter(5), Times::Once);
            rig.servers[2].fail(fault, Times::Once);
            let got = rig
                .ask(Rig::layer(), caller.request(caller.question()))
                .await;
            form::check(caller, &got);
            assert_eq!(text(caller, &got), TEXT);
        }
    }
    assert_eq!(rig.calls()[1], 0, "it cannot go on");
    assert_eq!(rig.calls()[3], 16);
}

/// The hold of the second comes first: without it nothing is asked.
#[tokio::test]
async fn a_budget_for_one_is_not_overspent_by_two() {
    let rig = Rig::start(&[Who(Vendor::OpenAi, ""), Who(Vendor::OpenAi, "prefix_flag")]).await;
    rig.servers[0].fail(Fault::CutAfter(8), Times::Once);
    let budget = Rig::budget("0.0015");
    let body = r#"{"model":"m","max_tokens":500,"messages":[{"role":"user","content":"Why?"}]}"#;
    let got = rig
        .ask_within(&budget, Rig::layer(), OPENAI.request(body))
        .await;
    is_told(OPENAI, &got, "no money");
    rig.settled(&budget).await;
    assert_eq!(rig.calls(), [1, 0]);
}

/// What cannot be gone on with ends as without anybody who could.
#[tokio::test]
async fn what_is_no_plain_text_is_told() {
    let who = [Who(Vendor::OpenAi, ""), Who(Vendor::OpenAi, "prefix_flag")];
    let rig = Rig::start(&who).await;
    let ask = |more: &str| {
        let body = r#"{"model":"m","messages":[{"role":"user","content":"Why?"}],MORE}"#;
        OPENAI.request(&body.replace("MORE", more))
    };
    for more in [
        r#""response_format":{"type":"json_object"}"#,
        r#""n":2"#,
        r#""logprobs":true"#,
        // What is used up, by bytes: a token may be as short.
        r#""max_tokens":20"#,
        // It ends with the first letters of this.
        r#""stop":["\n  2 9"]"#,
    ] {
        rig.servers[0].fail(Fault::CutAfter(8), Times::Once);
        let got = rig.ask(Rig::layer(), ask(more)).await;
        is_told(OPENAI, &got, more);
        assert_eq!(rig.calls()[1], 0, "{more}");
    }
    rig.servers[0].fail(Fault::CutAfter(8), Times::Once);
    let got = rig
        .ask(Rig::layer(), ask(r#""stop":["nowhere"],"max_tokens":400"#))
        .await;
    form::check(OPENAI, &got);
    assert_eq!(text(OPENAI, &got), TEXT);

    let calling = Rig::saying(&who, Manner::Preamble).await;
    let tools = r#""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}}]"#;
    calling.servers[0].fail(Fault::CutAfter(9), Times::Once);
    let got = calling.ask(Rig::layer(), ask(tools)).await;
    assert!(got.text().contains("tool_calls"), "{}", got.text());
    is_told(OPENAI, &got, "a call has begun");
    assert_eq!(calling.calls()[1], 0);
}

/// A caller with the beginning of an answer of its own is answered from there.
#[tokio::test]
async fn a_beginning_of_the_caller_s_own_is_gone_on_with() {
    let who = [
        Who(Vendor::Anthropic, ""),
        Who(Vendor::Anthropic, "message"),
    ];
    let rig = Rig::start(&who).await;
    let caller = Caller::new(Vendor::Anthropic, Form::Stream);
    let (begun, rest) = TEXT.split_at(TEXT.find(" first").unwrap());
    let begun = serde_json::to_string(begun).unwrap();
    let body = format!(
        r#"{{"model":"m","max_tokens":500,"messages":[{{"role":"user","content":"Why?"}},{{"role":"assistant","content":{begun}}}]}}"#
    );
    for events in 4..12 {
        rig.servers[0].fail(Fault::CutAfter(events), Times::Once);
        let got = rig.ask(Rig::layer(), caller.request(&body)).await;
        form::check(caller, &got);
        assert_eq!(text(caller, &got), rest);
    }
    assert_eq!(rig.calls(), [8, 8]);
}

/// A provider that falls silent is one that breaks off.
#[tokio::test]
async fn silence_is_gone_on_from() {
    let rig = Rig::start(&[Who(Vendor::Gemini, ""), Who(Vendor::OpenAi, "prefix_flag")]).await;
    for caller in STREAMS {
        rig.servers[0].fail(Fault::StallAfter(3), Times::Once);
        let budget = Rig::budget("1");
        let stack = rig
            .stack(Rig::layer(), &budget)
            .idle_timeout(Duration::from_millis(200));
        let response = stack.boxed().oneshot(caller.request(caller.question()));
        let got = crate::way::read(response.await.unwrap()).await;
        form::check(caller, &got);
        assert_eq!(text(caller, &got), TEXT);
        assert_eq!(rig.take_events(), ["m0 cut", "fell timeout", "m1 complete"]);
    }
}

/// Whoever leaves takes with it what is under way.
#[tokio::test]
async fn a_caller_that_leaves_cancels_whoever_goes_on() {
    let rig = Rig::start(&[Who(Vendor::OpenAi, ""), Who(Vendor::OpenAi, "prefix_flag")]).await;
    for stall in [0, 3] {
        rig.servers[0].fail(Fault::CutAfter(5), Times::Once);
        rig.servers[1].fail(Fault::StallAfter(stall), Times::Once);
        let budget = Rig::budget("1");
        let stack = rig.stack(Rig::layer(), &budget).boxed();
        let response = stack
            .oneshot(OPENAI.request(OPENAI.question()))
            .await
            .unwrap();
        let mut body = response.into_body();
        let wait = Duration::from_millis(300);
        while let Ok(Some(frame)) = tokio::time::timeout(wait, body.frame()).await {
            frame.expect("somebody goes on");
        }
        drop(body);
        assert_eq!(
            rig.take_events(),
            ["m0 cut", "fell provider", "m1 cancelled"]
        );
        rig.settled(&budget).await;
        let left = |event: &Event| matches!(event, Event::ClientGone { .. });
        for _ in 0..200 {
            if rig.servers[1].events().iter().any(left) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(rig.servers[1].events().iter().any(left));
    }
}
