use serde_json::{Value, json};

use crate::{
    http::{id, score},
    support::{TWO_TENANTS, Up},
};

async fn up(learning: &str) -> Up {
    Up::start(&format!("{TWO_TENANTS}\n[learning]\n{learning}")).await
}

async fn chat(up: &Up, key: &str, text: &str, limit: bool) -> String {
    let mut body = json!({"model": "house", "messages": [{"role": "user", "content": text}]});
    if limit {
        body["max_tokens"] = json!(5);
    }
    let answer = up.chat(key, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    id(&answer)
}

/// What a tenant's stream has learned.
fn labels(up: &Up, tenant: &str) -> u64 {
    let report = up.config.profile().unwrap().report();
    let mut streams = report.streams.iter();
    let of = streams.find(|one| {
        one.tenant
            .as_ref()
            .is_some_and(|one| one.as_str() == tenant)
    });
    of.map_or(0, |stream| stream.labels)
}

#[tokio::test]
async fn refusals_and_cut_answers_speak_against_who_gave_them() {
    let up = up("").await;
    chat(&up, "sk-a", "Hello", false).await;
    assert_eq!(
        labels(&up, "team-a"),
        0,
        "a whole answer alone says nothing"
    );
    chat(&up, "sk-a", "Hello [[sim: refusal]]", false).await;
    assert_eq!(labels(&up, "team-a"), 1);
    chat(&up, "sk-b", "Hello [[sim: filter]]", false).await;
    assert_eq!(labels(&up, "team-b"), 1);
    let report = up.config.profile().unwrap().report();
    let scored: Vec<_> = report.streams.iter().flat_map(|one| &one.rows).collect();
    assert!(
        scored
            .iter()
            .all(|row| row.score.is_none_or(|score| score == 0.0)),
        "{report}"
    );
    // An explicit score counts besides.
    let answer = chat(&up, "sk-b", "Hello again [[sim: filter]]", false).await;
    let before = labels(&up, "team-b");
    let said = json!({"decision": answer, "score": 1}).to_string();
    assert_eq!(score(&up, "sk-b", &said).await.status, 204);
    assert_eq!(labels(&up, "team-b"), before + 1);
}

#[tokio::test]
async fn an_answer_that_is_cut_where_the_caller_wants_it_to_be_is_none_the_worse() {
    let up = up("").await;
    chat(&up, "sk-a", "Tell me all", true).await;
    assert_eq!(labels(&up, "team-a"), 0);
    chat(&up, "sk-a", "Tell me more [[sim: length=3]]", false).await;
    assert_eq!(labels(&up, "team-a"), 1);
}

#[tokio::test]
async fn what_is_asked_again_at_once_was_not_answered_well() {
    let up = up("").await;
    let first = chat(&up, "sk-a", "What is the capital?", false).await;
    chat(&up, "sk-b", "What is the capital?", false).await;
    chat(&up, "sk-a", "What is the weather?", false).await;
    assert_eq!((labels(&up, "team-a"), labels(&up, "team-b")), (0, 0));
    chat(&up, "sk-a", "What is the capital?", false).await;
    assert_eq!((labels(&up, "team-a"), labels(&up, "team-b")), (1, 0));
    let said = json!({"decision": first, "score": 1}).to_string();
    assert_eq!(score(&up, "sk-a", &said).await.status, 204);
}

#[tokio::test]
async fn an_explicit_score_stands() {
    let up = up("").await;
    let first = chat(&up, "sk-a", "What is the capital?", false).await;
    let said = json!({"decision": first, "score": 1}).to_string();
    assert_eq!(score(&up, "sk-a", &said).await.status, 204);
    chat(&up, "sk-a", "What is the capital?", false).await;
    assert_eq!(
        labels(&up, "team-a"),
        1,
        "that it was asked again adds nothing"
    );
}

#[tokio::test]
async fn signals_can_be_switched_off() {
    let up = up("signals = false").await;
    for _ in 0..2 {
        chat(&up, "sk-a", "Hello [[sim: refusal]]", false).await;
    }
    assert_eq!(labels(&up, "team-a"), 0);
    let report = up.config.profile().unwrap().report().to_json();
    let rows = report["streams"][0]["rows"].as_array().unwrap();
    let refusals: f64 = rows.iter().filter_map(|row| row["refusals"].as_f64()).sum();
    assert!((refusals - 2.0).abs() < 0.01, "they are observed: {report}");
    assert_ne!(rows[0]["prior"], Value::Null);
}
