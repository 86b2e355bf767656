//! What becomes of a Gemini caller's own bytes.

use bytes::Bytes;
use http_body_util::BodyExt;

use super::candidate;
use crate::{
    dispatch::{Dialect, Outgoing, gemini::Gemini},
    query::{Api, Query},
};

/// The path and the body for a model with more lines of a catalog.
async fn sent(api: Api, more: &str, body: &'static str, most: Option<u32>) -> (String, String) {
    let query = Query::read_for(api, Some("auto"), body.as_bytes()).unwrap();
    let (bytes, candidate) = (Bytes::from_static(body.as_bytes()), candidate(more));
    let outgoing = Outgoing::new(&query, &bytes, &candidate).max_output(most);
    let encoded = Gemini::new().request(&outgoing).unwrap();
    assert!(encoded.dropped.is_empty());
    let sent = encoded.body.collect().await.unwrap().to_bytes();
    (encoded.path, String::from_utf8(sent.to_vec()).unwrap())
}

#[tokio::test]
async fn bytes_pass_as_they_are() {
    let body = r#" {"contents" : [{"parts": [{"text":"\u00e9", "new": 1.0}]}], "generation_config": {"topK": 1e0}}"#;
    for (api, path) in [
        (Api::GeminiGenerate, ":generateContent"),
        (Api::GeminiStream, ":streamGenerateContent?alt=sse"),
        (Api::GeminiStreamArray, ":streamGenerateContent?alt=sse"),
        (Api::GeminiCountTokens, ":countTokens"),
    ] {
        let sent = sent(api, "", body, None).await;
        assert_eq!(
            sent,
            (format!("/v1beta/models/gemini-x{path}"), body.to_owned())
        );
    }
}

#[tokio::test]
async fn a_limit_and_an_effort_are_written_into_what_is_there() {
    let high = r#"effort = [{ level = "high" }]"#;
    for (body, wanted) in [
        (
            r#"{"contents":[{"parts":[{"text":"x"}]}]}"#,
            r#"{"generationConfig":{"maxOutputTokens":9,"thinkingConfig":{"thinkingLevel":"HIGH"}},"contents":[{"parts":[{"text":"x"}]}]}"#,
        ),
        (
            r#"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":null}"#,
            r#"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":9,"thinkingConfig":{"thinkingLevel":"HIGH"}}}"#,
        ),
        (
            r#"{"generation_config": { "topP":1.0, "max_output_tokens" : null}, "contents":[{"parts":[{"text":"x"}]}]}"#,
            r#"{"generation_config": {"thinkingConfig":{"thinkingLevel":"HIGH"}, "topP":1.0, "max_output_tokens" : 9}, "contents":[{"parts":[{"text":"x"}]}]}"#,
        ),
        (
            r#"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":5}}}"#,
            r#"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":9,"thinkingConfig":{"thinkingBudget":5}}}"#,
        ),
    ] {
        let (_, sent) = sent(Api::GeminiGenerate, high, body, Some(9)).await;
        assert_eq!(sent, wanted);
    }
    let body = r#"{"contents":[{"parts":[{"text":"x"}]}]}"#;
    let budget = r#"effort = [{ level = "none" }]
        reasoning = "budget""#;
    let (_, sent) = sent(Api::GeminiGenerate, budget, body, None).await;
    assert!(
        sent.contains(r#"{"thinkingConfig":{"thinkingBudget":0}}"#),
        "{sent}"
    );
}

#[tokio::test]
async fn a_count_of_a_whole_request_names_the_model_that_is_asked() {
    let body = r#"{"generateContentRequest":{"model": "models/auto", "contents":[{"parts":[{"text":"x"}]}]}}"#;
    let (path, sent) = sent(Api::GeminiCountTokens, "", body, Some(9)).await;
    assert_eq!(path, "/v1beta/models/gemini-x:countTokens");
    assert_eq!(sent, body.replace("models/auto", "models/gemini-x"));
}
