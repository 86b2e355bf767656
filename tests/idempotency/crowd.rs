//! Many at once, some of which leave and come back.

use std::sync::Arc;

use futures::future::join_all;
use http::StatusCode;
use tower_genai::{idempotency::IdempotencyLayer, sim::Fault, sim::Times};

use crate::support::{Up, everyone, openai};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_with_one_key_makes_one_call() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for (n, stream) in [false, true].into_iter().enumerate() {
        let (key, call) = (format!("key-{n}"), openai(stream));
        let answers = join_all((0..64).map(|_| up.ask_until_answered(&key, &call))).await;
        let first = answers.iter().filter(|answer| !answer.is_replay());
        assert_eq!(first.count(), 1);
        for answer in &answers {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            assert_eq!(answer.text, answers[0].text);
        }
        assert_eq!(up.calls(), n + 1);
        up.adds_up();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_leave_and_come_back_pay_once_each() {
    let up = Arc::new(Up::start(IdempotencyLayer::new()).await);
    let calls = everyone();
    let each = (0..70).map(|n: usize| {
        let (up, call) = (Arc::clone(&up), calls[n % calls.len()].clone());
        tokio::spawn(async move {
            let key = format!("key-{n}");
            let mut dice = fastrand::Rng::with_seed(n as u64);
            for _ in 0..dice.u8(0..4) {
                let caller = up.begin(&key, &call).await;
                for _ in 0..dice.u8(0..20) {
                    tokio::task::yield_now().await;
                }
                drop(caller);
            }
            let answer = up.ask_until_answered(&key, &call).await;
            assert_eq!(
                answer.status,
                StatusCode::OK,
                "{}: {}",
                call.name,
                answer.text
            );
            let again = up.ask(&key, &call).await;
            assert!(
                again.is_replay() && again.text == answer.text,
                "{}",
                call.name
            );
        })
    });
    for one in join_all(each).await {
        one.unwrap();
    }
    assert_eq!(up.calls(), 70);
    up.adds_up();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_the_provider_fails_now_and_then_a_crowd_still_pays_once() {
    let up = Up::start(IdempotencyLayer::new()).await;
    let call = openai(true);
    up.provider.fail(Fault::status(500), Times::Next(3));
    // An error is not to be waited for: who gets it asks again.
    let ask = async || {
        for _ in 0..20 {
            let answer = up.ask_until_answered("k", &call).await;
            if answer.status.is_success() {
                return answer;
            }
        }
        panic!("it is never answered");
    };
    let answers = join_all((0..32).map(|_| ask())).await;
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    assert_eq!(up.calls(), 4, "three that failed, and one");
    up.adds_up();
}
