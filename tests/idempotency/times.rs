//! Over somebody's own service, by hand and in paused time: how long keys last, and what ends a call.

use std::{
    panic::AssertUnwindSafe,
    task::{Context, Waker},
    time::Duration,
};

use futures::FutureExt;
use http::StatusCode;
use http_body_util::BodyExt;
use tokio::time::advance;
use tower::{Layer, ServiceExt};
use tower_genai::{
    classify::ClassifyLayer,
    idempotency::{IdempotencyLayer, IdempotencyStatus},
};

use crate::hand::{begin, by_hand, given, question, settle, status, told};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_key_is_remembered_for_a_day_from_the_end_of_its_call() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(2);
    let mut call = begin(&service, "k");
    let (request, answer) = handle.next_request().await.unwrap();
    assert!(!request.headers().contains_key("idempotency-key"));
    let (giver, response) = given();
    answer.send_response(response);
    let body = call.as_mut().await.unwrap().into_body();
    giver.give("data: x\n\n");
    advance(MINUTE * 60 * 30).await;
    assert_eq!(status(&service, "k").await, IdempotencyStatus::InFlight);
    drop(giver);
    body.collect().await.unwrap();
    advance(MINUTE * (24 * 60) - Duration::from_millis(1)).await;
    let (again, code, text) = told(&service, "k").await;
    let age = MINUTE * (24 * 60) - Duration::from_millis(1);
    assert_eq!(again, IdempotencyStatus::Replayed { age });
    assert_eq!((code, text.as_str()), (StatusCode::OK, "data: x\n\n"));
    advance(Duration::from_millis(1)).await;
    let _call = begin(&service, "k");
    assert!(handle.next_request().await.is_some(), "it is made again");
}

#[tokio::test(start_paused = true)]
async fn who_has_left_is_waited_for_five_minutes() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(2);
    for (key, minutes) in [("in-time", 4), ("too-late", 6)] {
        let mut call = begin(&service, key);
        let (_, answer) = handle.next_request().await.unwrap();
        let (giver, response) = given();
        answer.send_response(response);
        let mut body = call.as_mut().await.unwrap().into_body();
        giver.give("one ");
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            "one "
        );
        drop((call, body));
        settle().await;
        assert!(giver.is_wanted(), "it runs on");
        advance(MINUTE * minutes).await;
        settle().await;
        assert_eq!(giver.is_wanted(), key == "in-time");
        if giver.is_wanted() {
            giver.give("two");
        }
        drop(giver);
        settle().await;
    }
    assert_eq!(told(&service, "in-time").await.2, "one two");
    let (failed, code, _) = told(&service, "too-late").await;
    assert_eq!(
        (failed, code),
        (IdempotencyStatus::Failed, StatusCode::BAD_GATEWAY)
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_left_before_its_answer_runs_on_too() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(1);
    drop(begin(&service, "k"));
    let (_, answer) = handle.next_request().await.unwrap();
    let (giver, response) = given();
    answer.send_response(response);
    giver.give("all");
    drop(giver);
    settle().await;
    assert_eq!(told(&service, "k").await.2, "all");
}

#[tokio::test(start_paused = true)]
async fn only_so_many_run_on_and_the_others_are_cancelled() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    let most = IdempotencyLayer::RUNNING_ON;
    handle.allow(most as u64 + 1);
    let mut answers = Vec::new();
    for n in 0..=most {
        let call = begin(&service, &format!("k{n}"));
        answers.push(handle.next_request().await.unwrap().1);
        drop(call);
    }
    assert_eq!(status(&service, "k0").await, IdempotencyStatus::InFlight);
    let last = format!("k{}", most - 1);
    assert_eq!(status(&service, &last).await, IdempotencyStatus::InFlight);
    let over = format!("k{most}");
    assert_eq!(status(&service, &over).await, IdempotencyStatus::Failed);
    // Whoever has ended makes room.
    for answer in answers {
        let (_, response) = given();
        answer.send_response(response);
    }
    settle().await;
    handle.allow(1);
    drop(begin(&service, "again"));
    handle
        .next_request()
        .await
        .unwrap()
        .1
        .send_response(given().1);
    settle().await;
    let replayed = status(&service, "again").await;
    assert!(matches!(replayed, IdempotencyStatus::Replayed { .. }));
}

#[test]
fn without_a_runtime_a_call_that_is_left_is_cancelled_and_its_key_says_so() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(1);
    let call = begin(&service, "k");
    let _answer = handle.next_request().now_or_never().unwrap().unwrap();
    let told = || status(&service, "k").now_or_never().unwrap();
    assert_eq!(told(), IdempotencyStatus::InFlight);
    drop(call);
    assert_eq!(told(), IdempotencyStatus::Failed);
}

#[test]
fn a_runtime_that_ends_leaves_no_key_under_way() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(1);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        drop(begin(&service, "k"));
        let answer = handle.next_request().await.unwrap();
        assert_eq!(status(&service, "k").await, IdempotencyStatus::InFlight);
        answer
    });
    drop(runtime);
    let told = status(&service, "k").now_or_never().unwrap();
    assert_eq!(told, IdempotencyStatus::Failed);
    drop(answer);
}

#[tokio::test]
async fn a_call_that_panics_leaves_no_key_under_way() {
    let inner = tower::service_fn(|_| async {
        if true {
            panic!("on purpose");
        }
        Err::<http::Response<tower_genai::Body>, std::io::Error>(std::io::Error::other("never"))
    });
    let layer = IdempotencyLayer::new();
    let service = ClassifyLayer::new().layer(layer.layer(inner));
    let call = || service.clone().oneshot(question(Some("a"), "k"));
    assert!(AssertUnwindSafe(call()).catch_unwind().await.is_err());
    let answer = call().await.unwrap();
    let told = answer.extensions().get::<IdempotencyStatus>();
    assert_eq!(told, Some(&IdempotencyStatus::Failed));
}

#[tokio::test]
async fn an_error_that_says_that_nothing_was_sent_frees_the_key_and_no_other_does() {
    use std::io::{Error, ErrorKind};
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(3);
    for (key, kind) in [
        ("refused", ErrorKind::ConnectionRefused),
        ("reset", ErrorKind::ConnectionReset),
    ] {
        let call = begin(&service, key);
        let (_, answer) = handle.next_request().await.unwrap();
        answer.send_error(Error::from(kind));
        let error = call.await.expect_err("the caller gets the error");
        assert_eq!(error.downcast_ref::<Error>().unwrap().kind(), kind);
    }
    assert_eq!(status(&service, "reset").await, IdempotencyStatus::Failed);
    let _made_again = begin(&service, "refused");
    assert!(handle.next_request().await.is_some());
}

#[tokio::test]
async fn over_a_service_of_somebody_s_an_error_status_frees_the_key_and_a_broken_answer_does_not() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(3);
    let call = begin(&service, "error");
    let (_, answer) = handle.next_request().await.unwrap();
    let (_, mut response) = given();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer.send_response(response);
    call.await.unwrap().into_body().collect().await.unwrap();

    let call = begin(&service, "broken");
    let (_, answer) = handle.next_request().await.unwrap();
    let (giver, response) = given();
    answer.send_response(response);
    giver.give("one ");
    giver.break_off();
    let told = call.await.unwrap().into_body().collect().await;
    assert_eq!(told.err().unwrap().to_string(), "the line broke");

    assert_eq!(status(&service, "broken").await, IdempotencyStatus::Failed);
    let _made_again = begin(&service, "error");
    assert!(handle.next_request().await.is_some());
}

#[tokio::test]
async fn the_first_bytes_are_the_caller_s_as_they_come() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(1);
    let call = begin(&service, "k");
    let (_, answer) = handle.next_request().await.unwrap();
    let (giver, response) = given();
    answer.send_response(response);
    let response = call.await.unwrap();
    let told = response.extensions().get::<IdempotencyStatus>();
    assert_eq!(told, Some(&IdempotencyStatus::First));
    let mut body = response.into_body();
    for text in ["data: a\n\n", "data: b\n\n"] {
        giver.give(text);
        let frame = body
            .frame()
            .now_or_never()
            .expect("it does not wait for more");
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), text);
        assert!(body.frame().now_or_never().is_none());
    }
    drop(giver);
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn answers_are_given_again_while_the_inner_service_is_not_ready() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(1);
    let call = begin(&service, "k");
    let (_, answer) = handle.next_request().await.unwrap();
    answer.send_response(given().1);
    call.await.unwrap().into_body().collect().await.unwrap();
    handle.allow(0);
    assert!(matches!(
        status(&service, "k").await,
        IdempotencyStatus::Replayed { .. }
    ));
    let mut other = begin(&service, "other");
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(other.as_mut().poll(cx).is_pending());
    // It has not been sent, but nobody can tell over a service of somebody's own.
    assert_eq!(status(&service, "other").await, IdempotencyStatus::InFlight);
}

#[tokio::test]
async fn a_call_without_a_tenant_has_its_key_passed_over() {
    let (service, mut handle) = by_hand(&IdempotencyLayer::new());
    handle.allow(2);
    for _ in 0..2 {
        let call = tokio::spawn(service.clone().oneshot(question(None, "k")));
        let (request, answer) = handle.next_request().await.unwrap();
        assert_eq!(request.headers()["idempotency-key"], "k");
        answer.send_response(given().1);
        let response = call.await.unwrap().unwrap();
        let told = response.extensions().get::<IdempotencyStatus>();
        assert_eq!(told, Some(&IdempotencyStatus::PassedOver));
    }
    let single = IdempotencyLayer::new().single_tenant(true);
    let (service, mut handle) = by_hand(&single);
    handle.allow(1);
    let call = tokio::spawn(service.clone().oneshot(question(None, "k")));
    handle
        .next_request()
        .await
        .unwrap()
        .1
        .send_response(given().1);
    call.await
        .unwrap()
        .unwrap()
        .into_body()
        .collect()
        .await
        .unwrap();
    let again = service.oneshot(question(None, "k")).await.unwrap();
    assert_eq!(again.headers()["idempotency-replayed"], "true");
}

#[tokio::test]
async fn nothing_shows_keys_or_words() {
    let layer = IdempotencyLayer::new();
    let (service, mut handle) = by_hand(&layer);
    handle.allow(1);
    let call = begin(&service, "canary-key");
    let (_, answer) = handle.next_request().await.unwrap();
    let (giver, response) = given();
    answer.send_response(response);
    giver.give("canary-words");
    let response = call.await.unwrap();
    assert!(!format!("{layer:?}{response:?}").contains("canary"));
    drop(giver);
    response.into_body().collect().await.unwrap();
    let again = service
        .clone()
        .oneshot(question(Some("a"), "canary-key"))
        .await;
    assert!(!format!("{layer:?}{:?}", again.unwrap()).contains("canary"));
}
