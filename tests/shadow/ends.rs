use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_genai::sim::{Event, Fault, Gate, Pace, Times};

use crate::support::{House, THREE, all, ample, ask, call, let_go, spent, until};

#[tokio::test]
async fn who_leaves_is_not_compared() {
    let gate = Gate::new();
    let pace = gate.clone();
    let mut house = House::start_with(THREE, |name, model| match name {
        "cheap" => model.pace(Pace::Gated(pace.clone())),
        _ => model,
    })
    .await;
    let stack = house.stack(all(&ample()).at_once(1)).boxed();
    gate.open(3);
    let response = stack.clone().oneshot(call("x", true)).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    until(house.sim("cheap"), |event| {
        matches!(event, Event::ClientGone { call: 1 })
    })
    .await;
    gate.open_all();
    // Its place is free.
    ask(&stack, call("y", true)).await;
    house.shadowed().await;
    assert!(house.is_quiet());
    assert_eq!(house.calls("dear"), 1);
}

#[tokio::test]
async fn what_breaks_off_or_fails_is_not_compared() {
    let mut house = House::start(&THREE[..2]).await;
    let stack = house.stack(all(&ample()).at_once(1)).boxed();
    house.sim("cheap").fail(Fault::CutAfter(4), Times::Once);
    let response = stack.clone().oneshot(call("x", true)).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    assert_eq!(house.calls("dear"), 0);
    // Where the answer is the other's own, there is nobody left to compare with but the one that has failed.
    house.sim("cheap").fail(Fault::status(500), Times::Once);
    assert_eq!(ask(&stack, call("x", false)).await.by(), "dear");
    let one = house.shadowed().await;
    assert_eq!(one.answered.to_string(), "dear");
    assert_eq!(one.candidate.to_string(), "cheap");
}

#[tokio::test]
async fn when_the_stack_goes_what_is_under_way_ends() {
    let gate = Gate::new();
    let pace = gate.clone();
    let house = House::start_with(THREE, |name, model| match name {
        "dear" => model.pace(Pace::Gated(pace.clone())),
        _ => model,
    })
    .await;
    let budget = ample();
    let stack = house.stack(all(&budget)).boxed();
    ask(&stack, call("x", true)).await;
    until(house.sim("dear"), |event| {
        matches!(event, Event::Received { call: 1 })
    })
    .await;
    drop(stack);
    until(house.sim("dear"), |event| {
        matches!(event, Event::ClientGone { call: 1 })
    })
    .await;
    let_go(&budget).await;
}

#[tokio::test]
async fn what_is_too_long_is_not_kept() {
    let mut house = House::start_with(THREE, |name, model| match name {
        "cheap" => model.exact_output(100),
        _ => model,
    })
    .await;
    let budget = ample();
    let stack = house.stack(all(&budget).most(200).at_once(1)).boxed();
    for stream in [false, true] {
        ask(&stack, call("x", stream)).await;
    }
    assert_eq!(house.calls("dear"), 0);
    let short = serde_json::json!({
        "model": "auto", "max_completion_tokens": 12,
        "messages": [{"role": "user", "content": "x"}],
    });
    ask(&stack, crate::support::body(&short)).await;
    assert_eq!(house.shadowed().await.agreement, Some(0.5));
    assert!(house.is_quiet());
}

#[tokio::test]
async fn an_answer_of_the_others_that_is_too_long_is_told_without_a_verdict() {
    let mut house = House::start_with(THREE, |name, model| match name {
        "dear" => model.exact_output(100),
        _ => model,
    })
    .await;
    let budget = ample();
    let stack = house.stack(all(&budget).most(200)).boxed();
    ask(&stack, call("x", false)).await;
    let one = house.shadowed().await;
    assert_eq!(one.agreement, None);
    assert_eq!(one.cost.unwrap().nanos(), spent(&budget));
    assert_eq!(spent(&budget), house.billed("dear"));
}

#[tokio::test]
async fn so_many_at_once_and_no_more() {
    let gate = Gate::new();
    let pace = gate.clone();
    let mut house = House::start_with(THREE, |name, model| match name {
        "dear" => model.pace(Pace::Gated(pace.clone())),
        _ => model,
    })
    .await;
    let stack = house.stack(all(&ample()).at_once(2)).boxed();
    for n in 0..6 {
        ask(&stack, call(&format!("{n}"), false)).await;
    }
    gate.open_all();
    house.shadowed().await;
    house.shadowed().await;
    assert!(house.is_quiet());
    assert_eq!((house.calls("cheap"), house.calls("dear")), (6, 2));
}

#[tokio::test]
async fn a_judge_that_panics_harms_nobody() {
    let mut house = House::start(THREE).await;
    let first = std::sync::atomic::AtomicBool::new(true);
    let judge = move |_: &tower_genai::shadow::Comparison<'_>| {
        assert!(
            !first.swap(false, std::sync::atomic::Ordering::Relaxed),
            "on purpose"
        );
        Some(tower_genai::shadow::Verdict::new(1.0))
    };
    let stack = house.stack(all(&ample()).judge(judge)).boxed();
    assert_eq!(ask(&stack, call("x", false)).await.by(), "cheap");
    until(house.sim("dear"), |event| {
        matches!(event, Event::Finished { call: 1 })
    })
    .await;
    ask(&stack, call("y", false)).await;
    house.shadowed().await;
    assert!(house.is_quiet());
}
