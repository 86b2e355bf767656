//! The whole way over real sockets: what is billed, who pays, who is told.

use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    cache::{CacheLayer, CacheStatus},
    money::Usd,
    observe::{Ending, Event, FinishReason, Outcome},
    sim::{Fault, Gate, Times},
};

use crate::support::{Way, ask, of, question, read, request, streaming};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_is_billed_for_one_call() {
    let way = Way::start(CacheLayer::new()).await;
    for (seed, stream) in [(1, false), (2, true)] {
        let mut question = if stream { streaming() } else { question() };
        question["seed"] = seed.into();
        let (bill, calls) = (way.provider.bill().total_nano_usd(), way.calls());
        let callers = (0..64).map(|_| {
            let (stack, question) = (way.stack.clone(), question.clone());
            tokio::spawn(async move { ask(&stack, request(&question)).await })
        });
        let callers: Vec<_> = callers.collect();
        let mut texts = Vec::new();
        for caller in callers {
            texts.push(caller.await.unwrap().text);
        }
        for _ in 0..50 {
            texts.push(ask(&way.stack, request(&question)).await.text);
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "all have the same bytes");
        assert_eq!(way.calls(), calls + 1);
        let line = way.provider.bill().total_nano_usd() - bill;
        assert!(line > 0);
        // Another tenant asks for itself.
        ask(&way.stack, of(Some("b"), question.to_string())).await;
        assert_eq!(way.calls(), calls + 2);
        assert_eq!(way.provider.bill().total_nano_usd(), bill + 2 * line);
    }
}

#[tokio::test]
async fn a_hit_costs_nothing_and_its_outcome_says_so() {
    let way = Way::start(CacheLayer::new()).await;
    let miss = ask(&way.stack, request(&question())).await;
    let hit = ask(&way.stack, request(&question())).await;
    let first = miss.extensions.get::<Outcome>().unwrap();
    let outcome = hit.extensions.get::<Outcome>().unwrap();
    assert_eq!((first.attempt(), outcome.attempt()), (1, 0));
    assert!(first.finished().await.cost.unwrap() > Usd::ZERO);
    let finished = outcome.get().expect("there is nothing to wait for");
    assert_eq!(finished.ending, Ending::Complete);
    assert_eq!((finished.cost, finished.exact), (Some(Usd::ZERO), true));
    assert_eq!(finished.usage, None);
    assert!(finished.finish_reasons.has(FinishReason::Stop));
    assert_eq!(finished.served_model.as_deref(), Some("m"));
    assert_eq!(outcome.candidate(), first.candidate());
    assert!(Arc::ptr_eq(
        outcome.decision().unwrap(),
        first.decision().unwrap()
    ));
    assert!(outcome.scopes().is_empty());
    assert_ne!(hit.headers["x-request-id"], miss.headers["x-request-id"]);
}

#[tokio::test]
async fn a_budget_is_not_charged_for_hits_and_gives_them_when_it_is_spent() {
    let budget = Budget::new("app").limit("0.002".parse().unwrap(), Window::Total);
    let way = Way::start_within(CacheLayer::new(), Some(&budget)).await;
    let mut limited = question();
    limited["max_tokens"] = 500.into();
    assert_eq!(ask(&way.stack, request(&limited)).await.code, 200);
    let spent = budget.scope().allowance().unwrap().spent();
    assert_eq!(spent.nanos(), way.provider.bill().total_nano_usd());
    // Used up by others, until nothing fits any more.
    for seed in 0..100 {
        let mut other = limited.clone();
        other["seed"] = seed.into();
        if ask(&way.stack, request(&other)).await.code == 429 {
            break;
        }
        assert!(seed < 99);
    }
    let spent = budget.scope().allowance().unwrap().spent();
    for _ in 0..10 {
        let hit = ask(&way.stack, request(&limited)).await;
        assert!(matches!(hit.status, CacheStatus::Hit { .. }));
    }
    assert_eq!(budget.scope().allowance().unwrap().spent(), spent);
    assert_eq!(spent.nanos(), way.provider.bill().total_nano_usd());
}

#[tokio::test]
async fn the_first_caller_pays_also_when_it_has_left() {
    let budget = Budget::new("app").limit("1".parse().unwrap(), Window::Total);
    let way = Way::start_within(CacheLayer::new(), Some(&budget)).await;
    let gate = Gate::new();
    way.provider.fail(Fault::Hold(gate.clone()), Times::Once);
    let mut first = Box::pin(way.stack.clone().oneshot(request(&streaming())));
    assert!(futures::poll!(&mut first).is_pending());
    let second = tokio::spawn(way.stack.clone().oneshot(request(&streaming())));
    // Until the provider has it.
    way.provider
        .event(|event| matches!(event, tower_genai::sim::Event::Received { .. }))
        .await;
    drop(first);
    gate.open(1);
    let answer = read(second.await.unwrap().unwrap()).await;
    assert_eq!(answer.status, CacheStatus::Collapsed);
    let outcome = answer.extensions.get::<Outcome>().unwrap();
    let finished = outcome.get().unwrap();
    assert_eq!(
        (finished.ending, finished.cost),
        (Ending::Complete, Some(Usd::ZERO))
    );
    let allowance = budget.scope().allowance().unwrap();
    assert_eq!(
        allowance.spent().nanos(),
        way.provider.bill().total_nano_usd()
    );
    assert!(allowance.spent() > Usd::ZERO && allowance.held() == Usd::ZERO);
}

#[tokio::test]
async fn observers_are_told_of_every_answer_that_was_not_asked_for() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let layer = CacheLayer::new().observer({
        let told = Arc::clone(&told);
        move |event: &Event<'_>| {
            if let Event::Cached(cached) = event {
                let ending = cached
                    .outcome
                    .as_ref()
                    .map(|outcome| outcome.get().unwrap().ending);
                let tenant = cached.tenant.as_ref().unwrap().to_string();
                told.lock()
                    .unwrap()
                    .push((cached.id, tenant, cached.age.is_some(), ending));
            }
        }
    });
    let way = Way::start(layer).await;
    ask(&way.stack, request(&question())).await;
    assert!(told.lock().unwrap().is_empty(), "a miss is none of it");
    let hit = ask(&way.stack, request(&question())).await;
    let one = told.lock().unwrap().pop().unwrap();
    assert_eq!(
        one.0.to_string(),
        hit.headers["x-request-id"].to_str().unwrap()
    );
    assert_eq!(
        (one.1.as_str(), one.2, one.3),
        ("a", true, Some(Ending::Complete))
    );

    // Those who read along: one to the end, one not.
    let mut other = streaming();
    other["seed"] = 1.into();
    let first = way.stack.clone().oneshot(request(&other)).await.unwrap();
    let mut first = first.into_body();
    first.frame().await.unwrap().unwrap();
    let second = way.stack.clone().oneshot(request(&other)).await.unwrap();
    let third = way.stack.clone().oneshot(request(&other)).await.unwrap();
    assert!(told.lock().unwrap().is_empty());
    drop(third);
    assert_eq!(
        told.lock().unwrap().pop().unwrap().3,
        Some(Ending::Cancelled)
    );
    let second = read(second).await;
    let one = told.lock().unwrap().pop().unwrap();
    assert_eq!((one.2, one.3), (false, Some(Ending::Complete)));
    assert_eq!(
        one.0.to_string(),
        second.headers["x-request-id"].to_str().unwrap()
    );
    let outcome = second.extensions.get::<Outcome>().unwrap();
    assert!(
        outcome
            .get()
            .unwrap()
            .finish_reasons
            .has(FinishReason::Stop)
    );
    assert!(told.lock().unwrap().is_empty());
    assert_eq!(way.calls(), 2);
}

#[tokio::test]
async fn refusals_are_each_caller_s_own() {
    // No call fits, so each of those at the same time is refused, and told by its own words.
    let budget = Budget::new("app").limit("0.0000001".parse().unwrap(), Window::Total);
    let way = Way::start_within(CacheLayer::new(), Some(&budget)).await;
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let stack = way.stack.clone();
            tokio::spawn(async move { ask(&stack, request(&question())).await })
        })
        .collect();
    for caller in callers {
        let answer = caller.await.unwrap();
        assert_ne!(answer.code, 200);
        assert!(!matches!(
            answer.status,
            CacheStatus::Hit { .. } | CacheStatus::Collapsed
        ));
    }
    assert_eq!(way.calls(), 0);
}

#[tokio::test]
async fn nothing_shows_words_or_tenants_keys() {
    let layer = CacheLayer::new();
    let way = Way::start(layer.clone()).await;
    let mut secret = question();
    secret["messages"] = json!([{"role": "user", "content": "canary"}]);
    let future = way.stack.clone().oneshot(request(&secret));
    let response = future.await.unwrap();
    assert!(!format!("{layer:?}{response:?}").contains("canary"));
    read(response).await;
    assert!(!format!("{layer:?}").contains("canary"));
}
