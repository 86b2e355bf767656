//! Callers that leave in the middle and come back: the call is made once, and its answer is there.

use http::StatusCode;
use tower_genai::{
    idempotency::IdempotencyLayer,
    sim::{Event, Fault, Gate, Pace, Times},
};

use crate::support::{Up, everyone, openai, read_until};

#[tokio::test]
async fn who_leaves_before_the_answer_begins_finds_it_later() {
    let mut up = Up::start(IdempotencyLayer::new()).await;
    for (n, call) in everyone().iter().enumerate() {
        let (gate, key) = (Gate::new(), format!("key-{n}"));
        up.provider.fail(Fault::Hold(gate.clone()), Times::Once);
        let caller = up.begin(&key, call).await;
        let nth = n as u64 + 1;
        let received = |event: &Event| *event == Event::Received { call: nth };
        up.provider.event(received).await;
        up.leave(caller).await;
        let early = up.ask(&key, call).await;
        assert_eq!(
            early.status,
            StatusCode::CONFLICT,
            "{}: it runs on",
            call.name
        );
        gate.open(1);
        let answer = up.ask_until_answered(&key, call).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{}: {}",
            call.name,
            answer.text
        );
        assert!(answer.is_replay(), "{}", call.name);
        assert_eq!(up.calls(), n + 1, "{}", call.name);
        up.adds_up();
    }
}

#[tokio::test]
async fn who_leaves_in_the_middle_of_a_stream_finds_all_of_it() {
    let gate = Gate::new();
    let paced = |provider: tower_genai::sim::Provider| provider.pace(Pace::Gated(gate.clone()));
    let mut up = Up::start_with(IdempotencyLayer::new(), paced, |stack| stack).await;
    let call = openai(true);
    let mut caller = up.begin("k", &call).await;
    // The role, and the first word.
    gate.open(2);
    read_until(&mut caller, "\"content\":").await;
    up.leave(caller).await;
    assert_eq!(up.ask("k", &call).await.status, StatusCode::CONFLICT);
    gate.open_all();
    let answer = up.ask_until_answered("k", &call).await;
    assert!(answer.is_replay());
    assert!(answer.text.ends_with("data: [DONE]\n\n"), "{}", answer.text);
    assert_eq!(up.calls(), 1);
    assert!(!up.provider.bill().line(1).unwrap().cut);
    up.adds_up();
    // It is what it would have been.
    let words = |text: &str| -> String {
        let data = text
            .split("\n\n")
            .filter_map(|event| event.strip_prefix("data: {"));
        let chunks = data.map(|rest| serde_json::from_str(&format!("{{{rest}")).unwrap());
        let word = |chunk: serde_json::Value| {
            let word = chunk["choices"][0]["delta"]["content"].as_str();
            word.unwrap_or_default().to_owned()
        };
        chunks.map(word).collect()
    };
    let other = up.ask("other", &call).await;
    assert!(!words(&other.text).is_empty());
    assert_eq!(words(&answer.text), words(&other.text));
}

#[tokio::test]
async fn without_a_key_who_leaves_cancels_the_call() {
    let gate = Gate::new();
    let paced = |provider: tower_genai::sim::Provider| provider.pace(Pace::Gated(gate.clone()));
    let mut up = Up::start_with(IdempotencyLayer::new(), paced, |stack| stack).await;
    let call = openai(true);
    let mut caller = up.begin("", &call).await;
    gate.open(2);
    read_until(&mut caller, "\"content\":").await;
    up.leave(caller).await;
    up.provider
        .event(|event| *event == Event::ClientGone { call: 1 })
        .await;
}

#[tokio::test]
async fn where_it_may_not_run_on_the_call_is_cancelled_and_the_key_says_so() {
    let gate = Gate::new();
    let paced = |provider: tower_genai::sim::Provider| provider.pace(Pace::Gated(gate.clone()));
    let layer = IdempotencyLayer::new().run_on(std::time::Duration::ZERO);
    let mut up = Up::start_with(layer, paced, |stack| stack).await;
    let call = openai(true);
    let mut caller = up.begin("k", &call).await;
    gate.open(2);
    read_until(&mut caller, "\"content\":").await;
    up.leave(caller).await;
    up.provider
        .event(|event| *event == Event::ClientGone { call: 1 })
        .await;
    gate.open_all();
    let answer = up.ask("k", &call).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{}", answer.text);
    assert_eq!(answer.headers["x-should-retry"], "false");
    assert_eq!(up.calls(), 1);
    assert!(up.spent() > 0);
}

#[tokio::test]
async fn what_is_too_large_to_keep_is_not_read_on_for_nobody() {
    let gate = Gate::new();
    let paced = |provider: tower_genai::sim::Provider| provider.pace(Pace::Gated(gate.clone()));
    let layer = IdempotencyLayer::new().largest(2_500);
    let mut up = Up::start_with(layer, paced, |stack| stack).await;
    let call = openai(true);
    let mut caller = up.begin("k", &call).await;
    gate.open(2);
    read_until(&mut caller, "\"content\":").await;
    up.leave(caller).await;
    // All but the end: more than is kept.
    gate.open(9);
    up.provider
        .event(|event| *event == Event::ClientGone { call: 1 })
        .await;
    let answer = up.ask("k", &call).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    assert_eq!(answer.headers["x-should-retry"], "false");
    assert_eq!(up.calls(), 1);
}
