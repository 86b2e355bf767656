//! Bounds by an exact count of tokens, where bytes would not do.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::{
    context::Context,
    query::{Api, CountTokens, O200k, Query, Wish},
    select::{Call, Selector},
    stack::Stack,
};

use crate::support::{budget, call, catalog, held, spent, text, whole};

const MODEL: &str = r#"
    price = { input = "1.00", output = "2.00" }
    tokenizer = "o200k""#;

/// Six hundred bytes, about a hundred and thirty tokens.
fn prompt() -> String {
    "The quick brown fox jumps over the lazy dog. ".repeat(14)
}

fn ask(more: &str) -> String {
    format!(
        r#"{{"model":"m"{more},"messages":[{{"role":"user","content":"{}"}}]}}"#,
        prompt()
    )
}

const ANSWER: &str = r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":148,"completion_tokens":100}}"#;

/// Counts how often it is asked.
#[derive(Clone, Default)]
struct Asked(Arc<AtomicU64>);

impl CountTokens for Asked {
    fn count(&self, vocabulary: &str, text: &str) -> Option<u64> {
        self.0.fetch_add(1, Ordering::Relaxed);
        O200k::new().count(vocabulary, text)
    }
}

async fn status(limit: &str, model: &str, more: &str, counter: Option<Asked>) -> StatusCode {
    let budget = budget(limit);
    let mut stack =
        Stack::client_with(whole(200, ANSWER), catalog("", model)).budget(budget.clone());
    if let Some(counter) = counter {
        stack = stack.count_tokens(counter);
    }
    let response = stack.boxed().oneshot(call(&ask(more))).await.unwrap();
    let status = response.status();
    text(response).await;
    assert_eq!(held(&budget), 0);
    if status == StatusCode::OK {
        assert_eq!(spent(&budget), 148_000 + 200_000);
    }
    status
}

#[tokio::test]
async fn a_call_that_fits_by_tokens_and_not_by_bytes_is_sent() {
    // 200 000 for the answer; bytes would be some 790 000 for the prompt, and tokens are some 300 000.
    let tight = "0.0007";
    let limit = r#","max_tokens":100"#;
    assert_eq!(
        status(tight, MODEL, limit, None).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        status(tight, MODEL, limit, Some(Asked::default())).await,
        StatusCode::OK
    );
    // Without the name of a vocabulary nobody is asked, and another vocabulary is not this one.
    for model in [
        MODEL.replace(r#"tokenizer = "o200k""#, ""),
        MODEL.replace("o200k", "another"),
    ] {
        let refused = status(tight, &model, limit, Some(Asked::default())).await;
        assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn nobody_is_asked_where_there_is_plenty() {
    let asked = Asked::default();
    assert_eq!(
        status("10", MODEL, r#","max_tokens":100"#, Some(asked.clone())).await,
        StatusCode::OK
    );
    assert_eq!(asked.0.load(Ordering::Relaxed), 0);
    let stack =
        Stack::client_with(whole(200, ANSWER), catalog("", MODEL)).count_tokens(asked.clone());
    let response = stack.boxed().oneshot(call(&ask(""))).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(asked.0.load(Ordering::Relaxed), 0, "no budget, no question");
}

#[test]
fn nobody_is_asked_for_a_limit_that_is_no_budget() {
    let asked = Asked::default();
    let selector = Selector::new(catalog("", MODEL)).count_tokens(asked.clone());
    let body = ask(r#","max_tokens":100"#);
    let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
    let (context, wish) = (
        Context::new(),
        Wish::new().with_max_cost("0.0007".parse().unwrap()),
    );
    let call = Call::new(&query, &context)
        .wish(Some(&wish))
        .bytes(Some(body.as_bytes()));
    assert!(selector.plan(&call).is_err(), "too dear by its bytes");
    assert_eq!(asked.0.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_limit_of_output_is_lowered_less() {
    let limit = |counter: Option<O200k>| async move {
        let fake = whole(200, ANSWER);
        let model = format!("{MODEL}\ncan = [\"stream\"]")
            .replace("1.00", "100.00")
            .replace("2.00", "50.00");
        let budget = budget("1.5");
        let mut stack = Stack::client_with(fake.clone(), catalog("", &model)).budget(budget);
        if let Some(counter) = counter {
            stack = stack.count_tokens(counter);
        }
        let response = stack.boxed().oneshot(call(&ask(""))).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let body = fake.requests()[0].1.clone();
        let sent: serde_json::Value = serde_json::from_slice(&body).unwrap();
        sent["max_tokens"].as_u64().unwrap()
    };
    let (bytes, tokens) = (limit(None).await, limit(Some(O200k::new())).await);
    assert!(tokens > bytes, "{tokens} {bytes}");
}

#[test]
fn closures_count_and_bounds_never_fall_below_the_count() {
    let counter = |vocabulary: &str, text: &str| (vocabulary == "v").then_some(text.len() as u64);
    assert_eq!(CountTokens::count(&counter, "v", "abc"), Some(3));
    let query = Query::read(Api::OpenAiChat, ask("").as_bytes()).unwrap();
    assert_eq!(query.tokens().text_bytes, prompt().len() as u64);
    assert!(
        query.tokens().input_bound > query.tokens().text_bytes,
        "overheads stay"
    );
}
