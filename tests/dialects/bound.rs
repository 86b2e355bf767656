use crate::support::{CHAT, Gateway, MESSAGES, Script, catalog, generate, hello};

const ALL: &str = r#"
    [[alias]]
    name = "any"
    models = ["gpt", "claude", "gemini"]
"#;

#[tokio::test]
async fn a_candidate_without_words_for_it_is_left_out_and_the_field_is_named() {
    for (path, body, model, field) in [
        (
            CHAT.to_owned(),
            r#"{"model":"claude","messages":[{"role":"user","content":"Hi"}],"logit_bias":{"50256":-100}}"#,
            "claude",
            "logit_bias",
        ),
        (
            CHAT.to_owned(),
            r#"{"model":"claude","messages":[{"role":"user","content":"Hi"}],"temperature":1.5}"#,
            "claude",
            "temperature",
        ),
        (
            CHAT.to_owned(),
            r#"{"model":"gemini","messages":[{"role":"user","content":"Hi"}],"parallel_tool_calls":false,
            "tools":[{"type":"function","function":{"name":"f"}}]}"#,
            "gemini",
            "parallel_tool_calls",
        ),
        (
            MESSAGES.to_owned(),
            r#"{"model":"gpt","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"stop_sequences":["a","b","c","d","e"]}"#,
            "gpt",
            "stop_sequences",
        ),
        (
            MESSAGES.to_owned(),
            r#"{"model":"gpt","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"top_k":5}"#,
            "gpt",
            "top_k",
        ),
        (
            generate("claude"),
            r#"{"contents":[{"parts":[{"text":"Hi"}]}],"cachedContent":"cachedContents/1"}"#,
            "claude",
            "cachedContent",
        ),
    ] {
        let script = Script::default();
        let said = Gateway::new(&script, catalog("")).call(&path, body).await;
        assert_eq!(said.status, 400, "{model} {field}: {}", said.text);
        assert!(said.text.contains(field), "{model} {field}: {}", said.text);
        assert_eq!(script.calls(), 0);
    }
}

#[tokio::test]
async fn among_several_the_others_answer() {
    let script = Script::of([hello("openai")]);
    let gateway = Gateway::new(&script, catalog(ALL));
    let body = r#"{"model":"any","messages":[{"role":"user","content":"Hi"}],"logit_bias":{"50256":-100}}"#;
    let said = gateway.call(CHAT, body).await;
    assert_eq!(said.status, 200, "{}", said.text);
    assert_eq!(said.header("x-genai-model"), "gpt");
    let decision = said.outcome.unwrap().decision().unwrap().clone();
    let dropped = decision
        .candidates
        .iter()
        .filter_map(|one| one.dropped.as_ref());
    let dropped: Vec<String> = dropped.map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        [
            "has no words for: logit_bias",
            "has no words for: logit_bias"
        ]
    );
}

#[tokio::test]
async fn what_lives_at_one_provider_keeps_a_call_there() {
    let script = Script::of([hello("anthropic")]);
    let gateway = Gateway::new(&script, catalog(ALL));
    let file = r#"{"model":"any","max_tokens":64,"messages":[{"role":"user","content":[
        {"type":"document","source":{"type":"file","file_id":"file_1"}},{"type":"text","text":"What is it?"}]}]}"#;
    let said = gateway.call(MESSAGES, file).await;
    assert_eq!(said.status, 200, "{}", said.text);
    assert_eq!(said.header("x-genai-model"), "claude");
}

#[tokio::test]
async fn what_changes_nothing_is_left_unsaid_and_named() {
    let script = Script::of([hello("anthropic")]);
    let body = r#"{"model":"claude","messages":[{"role":"user","content":"Hi"}],"seed":7,"store":true,"prompt_cache_key":"k"}"#;
    let said = Gateway::new(&script, catalog("")).call(CHAT, body).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let dropped = said.dropped();
    for what in ["seed", "store", "prompt_cache_key"] {
        assert!(dropped.contains(&what), "{what}: {dropped:?}");
        assert!(said.header("x-genai-dropped").contains(what), "{what}");
    }
}
