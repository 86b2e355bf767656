//! What calls cost, and what becomes of their connections, that are cut or left.

use std::time::Duration;

use futures::FutureExt;
use http::StatusCode;
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_genai::{
    dispatch::Drain,
    observe::{Ending, Outcome},
    stack::Stack,
};

use crate::support::{
    PRICED, STOPS, STREAM, budget, call, catalog, content, event, held, spent, stalling, stop,
    streamed,
};

/// What it costs to leave a provider that stops, after all that it has sent was read.
async fn left(model: &str, body: &str, chunks: &[String]) -> u64 {
    let budget = budget("10");
    let stack = Stack::client_with(stalling(chunks), catalog(STOPS, model)).budget(budget.clone());
    let response = stack.boxed().oneshot(call(body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let outcome = response.extensions().get::<Outcome>().unwrap().clone();
    let mut body = response.into_body();
    let mut frames = 0;
    while let Some(frame) = body.frame().now_or_never() {
        frame.unwrap().unwrap();
        frames += 1;
    }
    assert!(frames > 0);
    drop(body);
    // Where only the usage is missing it is waited for, a little.
    let finished = outcome.finished().await;
    assert_eq!(finished.ending, Ending::Cancelled);
    assert_eq!(held(&budget), 0);
    spent(&budget)
}

#[tokio::test]
async fn what_is_left_is_charged_at_the_rate_of_its_tier() {
    let model = r#"
        price = { input = "1.00", output = "2.00" }
        rates = [{ tier = "priority", input = "10.00", output = "20.00" }]
        can = ["stream"]"#;
    let chunks = [content(&"x".repeat(500))];
    let plain = left(model, STREAM, &chunks).await;
    let body = STREAM.replacen('{', r#"{"service_tier":"priority","#, 1);
    let priority = left(model, &body, &chunks).await;
    assert!(plain > 0);
    assert!(priority >= 10 * plain, "{priority} {plain}");
}

#[tokio::test(start_paused = true)]
async fn leaving_at_the_end_costs_no_more_than_leaving_before_it() {
    let before = left(PRICED, STREAM, &[content("hello")]).await;
    let at = left(PRICED, STREAM, &[content("hello") + &stop()]).await;
    assert!(0 < at && at <= before, "{at} {before}");
}

#[tokio::test]
async fn what_was_predicted_is_charged_when_the_answer_is_left() {
    let model = r#"
        price = { input = "1.00", output = "2.00" }
        can = ["stream", "prediction"]"#;
    let body = format!(
        r#"{{"model":"m","stream":true,
            "prediction":{{"type":"content","content":"{}"}},
            "messages":[{{"role":"user","content":"hi"}}]}}"#,
        "word ".repeat(4000)
    );
    let cost = left(model, &body, &[content("x")]).await;
    // Rejected tokens cost as much as others, and each byte might be one.
    assert!(cost > 20_000_000, "{cost}");
}

#[tokio::test]
async fn an_observing_budget_counts_an_unbounded_call_that_is_left() {
    let budget = budget("10").observe();
    let stack =
        Stack::client_with(stalling(&[content("x")]), catalog("", PRICED)).budget(budget.clone());
    let body = STREAM.replacen('{', r#"{"my_field":1,"#, 1);
    let response = stack.boxed().oneshot(call(&body)).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert!(spent(&budget) > 0);
}

#[tokio::test]
async fn a_stream_that_is_cut_is_disconnected_while_its_caller_still_holds_the_body() {
    let failed = event(r#"{"error":{"message":"overloaded"}}"#);
    for chunk in [event("{garbage"), content("x") + &failed] {
        let fake = stalling(&[chunk]);
        let stack = Stack::client_with(fake.clone(), catalog(STOPS, PRICED)).boxed();
        let response = stack.oneshot(call(STREAM)).await.unwrap();
        let outcome = response.extensions().get::<Outcome>().unwrap().clone();
        let mut body = response.into_body();
        while let Some(Ok(_)) = body.frame().await {}
        assert!(outcome.get().is_some(), "it is settled");
        assert_eq!(fake.open(), 0);
        drop(body);
    }
}

#[tokio::test]
async fn draining_reads_a_last_event_that_the_end_of_the_body_cuts_off() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#;
    let chunks = [content("x"), stop(), format!("data: {usage}\n")];
    let budget = budget("10");
    let stack = Stack::client_with(streamed(&chunks), catalog("", PRICED))
        .budget(budget.clone())
        .drain(Drain::up_to(Duration::from_secs(1), 10_000));
    let response = stack.boxed().oneshot(call(STREAM)).await.unwrap();
    let outcome = response.extensions().get::<Outcome>().unwrap().clone();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert!(outcome.finished().await.exact);
    assert_eq!(spent(&budget), 9 * 1_000 + 2_000);
}
