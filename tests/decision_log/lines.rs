use std::time::Duration;

use serde_json::json;
use tower_genai::{
    context::Context,
    money::Usd,
    observe::{Event, Observer},
    profile::{Feedback, Source},
    sim,
};

use crate::support::{House, ask, question};

#[tokio::test]
async fn a_line_says_who_was_considered_who_answered_and_what_that_cost() {
    let house = House::start().await;
    let outcome = ask(house.stack(), question("Hello"), Context::new()).await;
    let decision = outcome.decision().unwrap();
    let feedback = Feedback::new(decision.id, 0.75);
    house.log.observe(&Event::Scored(&feedback));
    let lines = house.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["id"], decision.id.to_string());
    assert_eq!(line["alias"], "auto");
    assert_eq!(line["kind"], "policy");
    let candidates = line["candidates"].as_array().unwrap();
    let named = |name: &str| candidates.iter().find(|one| one["model"] == name).unwrap();
    let [good, cheap] = ["good", "cheap"].map(named);
    assert_eq!(
        (&good["model"], &good["probability"]),
        (&json!("good"), &json!(0.25))
    );
    assert_eq!(
        (&cheap["model"], &cheap["probability"]),
        (&json!("cheap"), &json!(0.75))
    );
    assert_eq!(good["quality"], 0.9);
    assert_eq!(good["able"], true);
    let chosen = line["chosen"].as_str().unwrap();
    assert_eq!(chosen, outcome.candidate().model().name());
    let expected = if chosen == "good" { 0.25 } else { 0.75 };
    assert_eq!(line["probability"], expected);
    assert_eq!(
        line["scores"],
        json!([{"score": 0.75, "source": "explicit"}])
    );

    // The provider's own bill says the same.
    let answer = &line["outcome"];
    let billed: Usd = house.sim.bill().total_usd().parse().unwrap();
    assert_eq!(line["cost_usd"], billed.to_string());
    assert_eq!(answer["cost_usd"], line["cost_usd"]);
    assert_eq!(answer["model"], chosen);
    assert_eq!(answer["ending"], "complete");
    assert!(answer["usage"]["input"].as_u64().unwrap() > 0);
    assert!(answer["usage"]["output"].as_u64().unwrap() > 0);
    assert!(answer["total_ms"].as_f64().unwrap() >= 0.0);
    assert_eq!(answer["finish_reasons"], json!(["stop"]));
}

#[tokio::test]
async fn attempts_that_failed_are_in_the_same_line() {
    let house = House::start().await;
    house.sim.fail(sim::Fault::status(503), sim::Times::Next(1));
    ask(house.stack(), question("Hello"), Context::new()).await;
    let lines = house.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let failed = lines[0]["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{lines:?}");
    assert_ne!(failed[0]["ending"], "complete");
    assert_eq!(lines[0]["outcome"]["ending"], "complete");
}

#[tokio::test]
async fn a_refused_call_has_its_line_too() {
    let house = House::start().await;
    let mut request = question("Hello");
    let wish = tower_genai::query::Wish::new().with_models(["nobody"]);
    request.extensions_mut().insert(wish);
    let answer = tower::ServiceExt::oneshot(house.stack().boxed(), request).await;
    assert!(answer.unwrap().status().is_client_error());
    let lines = house.lines();
    assert_eq!(lines[0]["kind"], "refused");
    assert_eq!(lines[0]["chosen"], json!(null));
    assert_eq!(lines[0]["outcome"], json!(null));
}

#[tokio::test]
async fn lines_come_without_being_asked_for() {
    let house = House::start().await;
    let outcome = ask(house.stack(), question("Hello"), Context::new()).await;
    let id = outcome.decision().unwrap().id;
    let written = async {
        while house.paper.text().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), written)
        .await
        .unwrap();
    assert_eq!(house.paper.lines()[0]["id"], id.to_string());

    // A score that comes when the line is written stands alone.
    let late = Feedback::new(id, 1.0).source(Source::Schema);
    house.log.feedback(&late);
    let lines = house.lines();
    assert_eq!(
        lines[1],
        json!({"decision": id.to_string(), "score": 1.0, "source": "schema"})
    );
}
