use ::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, TWO_TENANTS, Up, ask};

async fn up(learning: &str) -> Up {
    Up::start(&format!("{TWO_TENANTS}\n{learning}")).await
}

pub(crate) async fn score(up: &Up, key: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    let body = body.to_owned();
    up.send(Method::POST, "/v1/feedback", &headers, body).await
}

pub(crate) fn id(answer: &Answer) -> String {
    answer.headers["x-request-id"].to_str().unwrap().to_owned()
}

fn of(id: &str, score: f64) -> String {
    json!({ "decision": id, "score": score }).to_string()
}

#[tokio::test]
async fn an_answer_is_scored_once_by_its_own_tenant() {
    let up = up("[learning]").await;
    let answer = up.chat("sk-a", &ask("house")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let id = id(&answer);

    let others = score(&up, "sk-b", &of(&id, 0.0)).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND, "{}", others.text);
    assert_eq!(others.error().1, "decision");
    let own = score(&up, "sk-a", &of(&id, 0.75)).await;
    assert_eq!((own.status, &*own.text), (StatusCode::NO_CONTENT, ""));
    assert!(own.headers.contains_key("x-request-id"));
    let twice = score(&up, "sk-a", &of(&id, 0.75)).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.text);
    assert_eq!(twice.error(), ("already_scored".into(), "decision".into()));

    let report = up.config.profile().unwrap().report().to_json();
    let stream = &report["streams"][0];
    assert_eq!(report["streams"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(
        (&stream["tenant"], &stream["alias"]),
        (&json!("team-a"), &json!("house"))
    );
    assert_eq!(stream["labels"], 1, "{report}");
    let model = answer.json()["model"].clone();
    let rows = stream["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{report}");
    for row in rows {
        let scored = row["model"] == model;
        assert_eq!(row["labels"], u64::from(scored), "{report}");
        let expected = if scored { json!(0.75) } else { Value::Null };
        assert_eq!(row["score"], expected, "{report}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_score_is_named() {
    let up = up("[learning]").await;
    let answer = up.chat("sk-a", &ask("house")).await;
    let id = id(&answer);
    let unknown = format!("gen_{}", "0".repeat(32));
    let long = json!({ "decision": id, "score": 1, "comment": "x".repeat(5_000) }).to_string();
    let cases = [
        ("", 400, ""),
        ("[]", 400, ""),
        ("{\"decision\"", 400, ""),
        ("{}", 400, "decision"),
        (&*format!("{{\"decision\": {id:?}}}"), 400, "score"),
        (
            &*format!("{{\"decision\": {id:?}, \"score\": \"1\"}}"),
            400,
            "score",
        ),
        (
            &*format!("{{\"decision\": {id:?}, \"score\": null}}"),
            400,
            "score",
        ),
        (&*of(&id, 1.000_001), 400, "score"),
        (&*of(&id, -0.1), 400, "score"),
        (&*of("gen_1", 1.0), 400, "decision"),
        ("{\"decision\": 1, \"score\": 1}", 400, "decision"),
        (&*of(&unknown, 1.0), 404, "decision"),
        (&*"[".repeat(4_000), 400, ""),
        (&*long, 413, ""),
    ];
    for (body, status, param) in cases {
        let told = score(&up, "sk-a", body).await;
        assert_eq!(told.status, status, "{body}: {}", told.text);
        assert_eq!(told.error().1, param, "{body}: {}", told.text);
    }
    let stranger = score(&up, "sk-c", &of(&id, 1.0)).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    // None of them has counted.
    let right = score(&up, "sk-a", &of(&id, 1.0)).await;
    assert_eq!(right.status, StatusCode::NO_CONTENT, "{}", right.text);
}

#[tokio::test]
async fn a_call_without_an_answer_cannot_be_scored() {
    let up = up("[learning]").await;
    let mut body = ask("house");
    body["messages"][0]["content"] = json!("Hi [[sim: status=400]]");
    let failed = up.chat("sk-a", &body).await;
    assert_eq!(failed.status, StatusCode::BAD_REQUEST, "{}", failed.text);
    let told = score(&up, "sk-a", &of(&id(&failed), 0.0)).await;
    assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.text);
    assert_eq!(told.error(), ("not_answered".into(), "decision".into()));
}

#[tokio::test]
async fn without_learning_there_is_no_such_path() {
    for learning in ["", "[learning]\nenabled = false"] {
        let up = up(learning).await;
        assert!(up.config.profile().is_none());
        let told = score(&up, "sk-a", "{}").await;
        assert_eq!(told.status, StatusCode::NOT_FOUND, "{}", told.text);
        assert_eq!(told.error().0, "unknown_url");
    }
    let up = up("[learning]").await;
    let headers = [("authorization", "Bearer sk-a")];
    let read = up.send(Method::GET, "/v1/feedback", &headers, "").await;
    assert_eq!(read.status, StatusCode::NOT_FOUND, "{}", read.text);
}

#[tokio::test]
async fn too_many_scores_are_told_to_come_later() {
    let up = up("[learning]\nlabels_per_minute = 2").await;
    for (at, status) in [204, 204, 429].into_iter().enumerate() {
        let mut body = ask("house");
        body["messages"][0]["content"] = json!(format!("Question {at}"));
        let answer = up.chat("sk-a", &body).await;
        let told = score(&up, "sk-a", &of(&id(&answer), 1.0)).await;
        assert_eq!(told.status, status, "{}", told.text);
        if status == 429 {
            assert_eq!(told.error().0, "rate_limit_exceeded");
            assert_eq!(told.headers["retry-after"], "60");
            // Another tenant has its own.
            let answer = up.chat("sk-b", &body).await;
            let told = score(&up, "sk-b", &of(&id(&answer), 1.0)).await;
            assert_eq!(told.status, StatusCode::NO_CONTENT, "{}", told.text);
        }
    }
}
