//! What kind of failure each of a provider's errors is: in every dialect, for callers of every API, told by status, code,
//! words or headers, and within an answer that says of itself that it is none.

use std::time::Duration;

use tower_genai::{
    fallback::FallbackLayer,
    observe::{Failure, FailureClass},
};

use crate::{
    classes_table::{IN_BAND, Row, STATUSES, TABLE},
    support::{Answer, CHAT, Gateway, MESSAGES, Script, catalog, generate},
};

/// The calls of the three vendors' clients for a model.
fn calls(model: &str, stream: bool) -> [(String, String); 3] {
    let stream_field = if stream { r#","stream":true"# } else { "" };
    let messages = r#""messages":[{"role":"user","content":"Hello?"}]"#;
    let google = match stream {
        true => format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
        false => generate(model),
    };
    let contents = r#"{"contents":[{"role":"user","parts":[{"text":"Hello?"}]}]}"#;
    [
        (
            CHAT.to_owned(),
            format!(r#"{{"model":"{model}",{messages}{stream_field}}}"#),
        ),
        (
            MESSAGES.to_owned(),
            format!(r#"{{"model":"{model}","max_tokens":64,{messages}{stream_field}}}"#),
        ),
        (google, contents.to_owned()),
    ]
}

fn model(dialect: &str) -> &'static str {
    match dialect {
        "openai" => "gpt",
        "anthropic" => "claude",
        _ => "gemini",
    }
}

/// How one attempt fails that is answered so.
async fn failure(answer: Answer, path: &str, body: &str) -> Failure {
    let script = Script::of([answer]);
    let once = FallbackLayer::new().attempts(1);
    let said = Gateway::with(&script, catalog(""), once)
        .call(path, body)
        .await;
    let outcome = said.outcome.as_ref().expect("it was sent");
    let failure = outcome.failure().cloned();
    failure.unwrap_or_else(|| panic!("no failure: {} {}", said.status, said.text))
}

#[track_caller]
fn check(row: &Row, failure: &Failure, what: &str) {
    assert_eq!(failure.class, row.class, "{what}");
    let after = row.after.map(Duration::from_millis);
    assert_eq!(failure.retry_after, after, "{what}");
    assert_eq!(failure.again, row.again, "{what}");
    assert!(failure.sent, "{what}");
}

#[tokio::test]
async fn an_error_status_has_the_class_that_all_it_says_comes_to() {
    for row in TABLE {
        for stream in [false, true] {
            for (path, body) in calls(model(row.dialect), stream) {
                let mut answer = Answer::json(row.body).status(row.status);
                for (name, value) in row.headers {
                    answer = answer.header(name, value);
                }
                let failure = failure(answer, &path, &body).await;
                check(row, &failure, &format!("{path}: {row:?}"));
            }
        }
    }
}

#[tokio::test]
async fn an_error_in_an_answer_that_says_200_has_a_class_too() {
    for row in IN_BAND {
        for (path, body) in calls(model(row.dialect), false) {
            let failure = failure(Answer::json(row.body), &path, &body).await;
            check(row, &failure, &format!("{path}: {row:?}"));
        }
        for (path, body) in calls(model(row.dialect), true) {
            let stream = Answer::events(&[row.body]).header("content-type", "text/event-stream");
            let failure = failure(stream, &path, &body).await;
            check(row, &failure, &format!("{path}, streamed: {row:?}"));
        }
    }
}

/// What no status but this one tells: a page, nothing, or JSON that is no error.
#[tokio::test]
async fn a_status_is_the_last_resort() {
    for (status, class) in STATUSES {
        for body in [
            "<html>No.</html>",
            "",
            "{}",
            r#"{"detail":[{"loc":["body"]}]}"#,
        ] {
            for dialect in ["openai", "anthropic", "gemini"] {
                for (path, question) in calls(model(dialect), false) {
                    let answer = Answer::json(body).status(*status);
                    let failure = failure(answer, &path, &question).await;
                    assert_eq!(failure.class, *class, "{path} {dialect}: {status} {body}");
                }
            }
        }
    }
    // But it is not the caller's fault where it helps to try again.
    let [(path, body), ..] = calls("gpt", false);
    let again = Answer::json("")
        .status(400)
        .header("x-should-retry", "true");
    let failure = failure(again, &path, &body).await;
    assert_eq!(failure.class, FailureClass::Provider);
}
