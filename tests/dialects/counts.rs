use crate::support::{Answer, Gateway, Script, catalog};

const COUNT: &str = "/v1/messages/count_tokens";

#[tokio::test]
async fn who_can_count_is_asked_and_nothing_is_charged() {
    let messages = r#"{"model":"MODEL","messages":[{"role":"user","content":"How long am I?"}]}"#;
    let contents = r#"{"contents":[{"parts":[{"text":"How long am I?"}]}]}"#;
    let anthropic = || Answer::json(r#"{"input_tokens":11}"#);
    let google = || Answer::json(r#"{"totalTokens":7}"#);
    let script = Script::of([anthropic(), google(), google(), anthropic()]);
    let gateway = Gateway::new(&script, catalog(""));

    let said = gateway
        .call(COUNT, &messages.replace("MODEL", "claude"))
        .await;
    assert_eq!(said.json()["input_tokens"], 11, "{}", said.text);
    let got = script.last();
    assert_eq!(got.uri, "https://anthropic.test/v1/messages/count_tokens");
    let finished = said.outcome.unwrap();
    let finished = finished.finished().await;
    assert_eq!(finished.cost.unwrap().nanos(), 0, "counting is free");

    let said = gateway
        .call("/v1beta/models/gemini:countTokens", contents)
        .await;
    assert_eq!(said.json()["totalTokens"], 7, "{}", said.text);

    let said = gateway
        .call(COUNT, &messages.replace("MODEL", "gemini"))
        .await;
    assert_eq!(said.json()["input_tokens"], 7, "{}", said.text);
    assert_eq!(
        script.last().uri,
        "https://google.test/v1beta/models/gemini:countTokens"
    );

    let said = gateway
        .call("/v1/models/claude:countTokens", contents)
        .await;
    assert_eq!(said.json()["totalTokens"], 11, "{}", said.text);
}

#[tokio::test]
async fn where_nobody_can_count_it_is_estimated() {
    let script = Script::default();
    let gateway = Gateway::new(&script, catalog(""));
    let words = "word ".repeat(400);
    let body = format!(r#"{{"model":"gpt","messages":[{{"role":"user","content":"{words}"}}]}}"#);
    let said = gateway.call(COUNT, &body).await;
    let tokens = said.json()["input_tokens"].as_u64().unwrap();
    assert!((300..1_000).contains(&tokens), "{}", said.text);
    let body = format!(r#"{{"contents":[{{"parts":[{{"text":"{words}"}}]}}]}}"#);
    let said = gateway.call("/v1beta/models/gpt:countTokens", &body).await;
    let tokens = said.json()["totalTokens"].as_u64().unwrap();
    assert!((300..1_000).contains(&tokens), "{}", said.text);
    assert_eq!(script.calls(), 0);
}
