use crate::support::{Answer, CHAT, Gateway, MESSAGES, Script, catalog, generate, hello};

#[tokio::test]
async fn what_a_caller_says_in_the_provider_s_own_format_passes_byte_by_byte() {
    let messages = r#"{ "model":"claude", "max_tokens": 64,
        "messages":[{"role":"user","content":[{"type":"text","text":"Hé?","cache_control":{"type":"ephemeral","ttl":"1h"}}]}],
        "metadata":{"user_id":"u-1"}, "temperature":0.70 }"#;
    let script = Script::of([hello("anthropic")]);
    let said = Gateway::new(&script, catalog(""))
        .call(MESSAGES, messages)
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
    let got = script.last();
    assert_eq!(got.bytes, messages);
    assert_eq!(got.uri, "https://anthropic.test/v1/messages");
    assert_eq!(got.header("x-api-key"), "sk-provider-canary");
    assert_eq!(
        got.header("anthropic-version"),
        "2026-10-21",
        "the caller's own version"
    );
    assert_eq!(got.header("anthropic-beta"), "some-beta");
    assert_eq!(
        got.header("authorization"),
        "",
        "the caller's key is for here"
    );
    let answer = said.json();
    assert_eq!(answer["content"][0]["text"], "Hello!");
    assert_eq!(answer["usage"]["input_tokens"], 10);

    let contents = r#"{ "contents":[{"parts":[{"text":"Hé?"}]}], "generationConfig":{"temperature":1.50,"topK":40} }"#;
    let script = Script::of([hello("gemini")]);
    let said = Gateway::new(&script, catalog(""))
        .call(&generate("gemini"), contents)
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
    let got = script.last();
    assert_eq!(got.bytes, contents);
    assert_eq!(
        got.uri,
        "https://google.test/v1beta/models/gemini:generateContent"
    );
    assert_eq!(got.header("x-goog-api-key"), "sk-provider-canary");
    assert_eq!(got.header("anthropic-version"), "");
    assert_eq!(
        said.json()["candidates"][0]["content"]["parts"][0]["text"],
        "Hello!"
    );
}

#[tokio::test]
async fn a_stream_of_gemini_s_is_events_or_one_array_as_it_was_asked_for() {
    let events = [
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"index":0}],"responseId":"r1"}"#,
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"lo!"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":13}}"#,
    ];
    let question = r#"{"contents":[{"role":"user","parts":[{"text":"Hello?"}]}]}"#;
    let script = Script::of([Answer::events(&events), Answer::events(&events)]);
    let gateway = Gateway::new(&script, catalog(""));
    let path = "/v1beta/models/gemini:streamGenerateContent";
    let said = gateway.call(&format!("{path}?alt=sse"), question).await;
    assert_eq!(
        said.text,
        format!("data: {}\n\ndata: {}\n\n", events[0], events[1])
    );
    let asked = "https://google.test/v1beta/models/gemini:streamGenerateContent?alt=sse";
    assert_eq!(script.last().uri, asked);
    let said = gateway.call(path, question).await;
    assert_eq!(said.header("content-type"), "application/json");
    assert_eq!(said.text, format!("[{},\n{}\n]", events[0], events[1]));
    assert_eq!(script.last().uri, asked);
    let usage = said
        .outcome
        .unwrap()
        .finished()
        .await
        .usage
        .clone()
        .unwrap();
    assert_eq!((usage.prompt(), usage.answer()), (10, 3));
}

#[tokio::test]
async fn an_array_that_breaks_off_ends_with_an_error() {
    let event =
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"index":0}]}"#;
    let script = Script::of([Answer::events(&[event])]);
    let said = Gateway::new(&script, catalog(""))
        .call(
            "/v1beta/models/gemini:streamGenerateContent",
            r#"{"contents":[{"parts":[{"text":"Hello?"}]}]}"#,
        )
        .await;
    let array = said.json();
    assert_eq!(
        array[0]["candidates"][0]["content"]["parts"][0]["text"],
        "Hel"
    );
    assert_eq!(array[1]["error"]["status"], "UNAVAILABLE");
}

#[tokio::test]
async fn every_caller_gets_its_own_form_whoever_answers() {
    for (model, dialect) in [
        ("gpt", "openai"),
        ("claude", "anthropic"),
        ("gemini", "gemini"),
    ] {
        let script = Script::of([hello(dialect), hello(dialect), hello(dialect)]);
        let gateway = Gateway::new(&script, catalog(""));
        let chat =
            format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"Hello?"}}]}}"#);
        let said = gateway.call(CHAT, &chat).await;
        assert_eq!(said.status, 200, "{model}: {}", said.text);
        let answer = said.json();
        assert_eq!(answer["object"], "chat.completion", "{model}");
        assert_eq!(
            answer["choices"][0]["message"]["content"], "Hello!",
            "{model}"
        );
        assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{model}");
        assert_eq!(answer["usage"]["prompt_tokens"], 10, "{model}");
        assert!(!said.header("x-request-id").is_empty(), "{model}");

        let messages = format!(
            r#"{{"model":"{model}","max_tokens":64,"messages":[{{"role":"user","content":"Hello?"}}]}}"#
        );
        let said = gateway.call(MESSAGES, &messages).await;
        assert_eq!(said.status, 200, "{model}: {}", said.text);
        let answer = said.json();
        assert_eq!(answer["type"], "message", "{model}");
        assert_eq!(answer["content"][0]["text"], "Hello!", "{model}");
        assert_eq!(answer["stop_reason"], "end_turn", "{model}");
        assert_eq!(answer["usage"]["output_tokens"], 3, "{model}");
        assert!(!said.header("request-id").is_empty(), "{model}");
        assert_eq!(said.header("x-request-id"), "", "{model}: not Anthropic's");

        let contents = r#"{"contents":[{"parts":[{"text":"Hello?"}]}]}"#;
        let said = gateway.call(&generate(model), contents).await;
        assert_eq!(said.status, 200, "{model}: {}", said.text);
        let answer = said.json();
        let part = &answer["candidates"][0]["content"]["parts"][0];
        assert_eq!(part["text"], "Hello!", "{model}");
        assert_eq!(answer["candidates"][0]["finishReason"], "STOP", "{model}");
        assert_eq!(answer["usageMetadata"]["totalTokenCount"], 13, "{model}");
    }
}
