//! Decisions that can be looked up, by those whose they are.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tower_genai::sim::{Fault, Times};

use crate::support::{Answer, TWO_TENANTS, Up, ask};

async fn look_up(up: &Up, key: &str, id: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    let path = format!("/v1/decisions/{id}");
    up.send(Method::GET, &path, &headers, "").await
}

fn id(answer: &Answer) -> &str {
    answer.headers["x-request-id"].to_str().unwrap()
}

#[tokio::test]
async fn anthropic_s_clients_look_up_by_the_id_that_they_know() {
    let lines = format!("explain_headers = true\n{TWO_TENANTS}");
    let up = Up::start(&lines).await;
    let headers = [("x-api-key", "sk-a"), ("anthropic-version", "2023-06-01")];
    for (sim, status) in [("", 200), ("[[sim: status=500]]", 500)] {
        let mut body = ask("glm-5");
        body["messages"][0]["content"] = json!(format!("Hi {sim}"));
        let answer = up
            .send(Method::POST, "/v1/messages", &headers, body.to_string())
            .await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let id = answer.headers["request-id"].to_str().unwrap();
        assert_eq!(answer.headers["x-genai-decision"], id);
        if status == 500 {
            assert_eq!(answer.json()["request_id"], id);
        }
        let found = look_up(&up, "sk-a", id).await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.text);
        assert_eq!(found.json()["asked"], "glm-5");
    }
}

#[tokio::test]
async fn a_decision_tells_what_was_tried_and_what_it_cost() {
    let lines = format!("explain_headers = true\n{TWO_TENANTS}");
    let up = Up::start(&lines).await;
    up.zai.fail(Fault::status(500), Times::Once);
    let mut body = ask("house");
    body["messages"][0]["content"] = json!("canary words");
    let answer = up.chat("sk-a", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["x-genai-attempts"], "2");
    assert_eq!(answer.headers["x-genai-model"], "gpt-5.4");

    let found = look_up(&up, "sk-a", id(&answer)).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    assert_eq!(found.headers["content-type"], "application/json");
    assert!(!found.text.contains("canary") && !found.text.contains("sk-"));
    let json = found.json();
    assert_eq!(json["id"], id(&answer));
    assert_eq!(
        (&json["asked"], &json["alias"]),
        (&json!("house"), &json!("house"))
    );
    assert_eq!(json["route"], json!(["glm-5", "gpt-5.4"]));
    let attempts = json["attempts"].as_array().unwrap();
    let seen = |at: usize, key: &str| attempts[at][key].clone();
    assert_eq!(attempts.len(), 2, "{json}");
    assert_eq!(seen(0, "failure"), "provider");
    assert_eq!(seen(0, "ending"), "rejected");
    assert_eq!(seen(1, "failure"), Value::Null);
    assert_eq!(seen(1, "ending"), "complete");
    assert_eq!(seen(1, "finish_reasons"), json!(["length"]));
    assert_eq!(
        json["cost_usd"],
        answer.headers["x-genai-cost"].to_str().unwrap()
    );

    // It exists for nobody else.
    for (key, name) in [("sk-b", id(&answer)), ("sk-a", "gen_0"), ("sk-a", "")] {
        let refused = look_up(&up, key, name).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_ne!(refused.error().0, "");
    }
    let stranger = look_up(&up, "sk-x", id(&answer)).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_answer_from_the_cache_tells_of_its_past() {
    let up = Up::start("explain_headers = true\ncache.kind = \"memory\"").await;
    let mut body = ask("glm-5");
    body.as_object_mut().unwrap().remove("max_tokens");
    let first = up.chat("any", &body).await;
    let second = up.chat("any", &body).await;
    assert_eq!(up.sent(), 1);
    assert_ne!(id(&first), id(&second));
    assert_eq!(
        second.headers["x-genai-decision"],
        second.headers["x-request-id"]
    );
    let json = look_up(&up, "any", id(&second)).await.json();
    assert_eq!(json["cached"]["of"], id(&first));
    assert_eq!(json["attempts"], json!([]));
    assert_eq!(json["cost_usd"], "0.00");
    let json = look_up(&up, "any", id(&first)).await.json();
    assert_eq!(json["cached"], Value::Null);
    assert_ne!(json["cost_usd"], "0.00");
}

/// Where no provider is reached, the call has its decision's name all the same.
#[tokio::test]
async fn a_call_that_reached_nobody_can_be_looked_up() {
    let up = Up::start("").await;
    up.zai.fail(Fault::HangUp, Times::Always);
    let answer = up.chat("any", &ask("glm-5")).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    let json = look_up(&up, "any", id(&answer)).await.json();
    assert_eq!(json["attempts"].as_array().unwrap().len(), 3, "{json}");
}
