use serde_json::{Value, json};

use crate::support::{Answer, CHAT, Gateway, MESSAGES, Script, catalog, generate, hello};

/// Claude thinks, signs, and calls a tool.
fn thinking_call() -> Answer {
    Answer::json(
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[
        {"type":"thinking","thinking":"I must look.","signature":"EqQBsigned"},
        {"type":"tool_use","id":"toolu_1","name":"look","input":{"where":"here"}}],
        "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":30}}"#,
    )
}

/// Gemini calls a tool and signs the call.
fn signed_call() -> Answer {
    Answer::json(
        r#"{"candidates":[{"content":{"role":"model","parts":[
        {"functionCall":{"name":"look","args":{"where":"here"}},"thoughtSignature":"R2VtaW5pU2ln"}]},"finishReason":"STOP","index":0}],
        "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":13},"modelVersion":"gemini","responseId":"r1"}"#,
    )
}

fn tools() -> Value {
    json!([{ "type": "function", "function": { "name": "look", "parameters": { "type": "object", "properties": {} } } }])
}

fn ask(model: &str) -> Value {
    json!({
        "model": model, "reasoning_effort": "high", "tools": tools(),
        "messages": [{ "role": "user", "content": "Where is it?" }],
    })
}

/// The next turn of an OpenAI caller, who sends back the message it got.
fn result(model: &str, answer: &Value) -> String {
    let message = answer["choices"][0]["message"].clone();
    let id = message["tool_calls"][0]["id"].clone();
    let mut body = ask(model);
    let turns = body["messages"].as_array_mut().unwrap();
    turns.push(message);
    turns.push(json!({ "role": "tool", "tool_call_id": id, "content": "It is here." }));
    body.to_string()
}

#[tokio::test]
async fn an_openai_caller_s_tool_turn_takes_claude_s_thinking_back_with_it() {
    let script = Script::of([thinking_call(), hello("anthropic")]);
    let gateway = Gateway::new(&script, catalog(""));
    let said = gateway.call(CHAT, &ask("claude").to_string()).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let answer = said.json();
    assert!(
        !said.text.contains("EqQBsigned"),
        "OpenAI's form has no place for it"
    );
    let said = gateway.call(CHAT, &result("claude", &answer)).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last().json();
    let blocks = &sent["messages"][1]["content"];
    assert_eq!(blocks[0]["type"], "thinking", "{sent}");
    assert_eq!(blocks[0]["thinking"], "I must look.");
    assert_eq!(blocks[0]["signature"], "EqQBsigned");
    assert_eq!(blocks[1]["type"], "tool_use");
    assert_eq!(
        sent["messages"][2]["content"][0]["tool_use_id"],
        blocks[1]["id"]
    );
    assert!(said.dropped().is_empty(), "{:?}", said.dropped());
}

#[tokio::test]
async fn another_tenant_s_turn_gets_none_of_it() {
    let script = Script::of([thinking_call(), hello("anthropic")]);
    let gateway = Gateway::new(&script, catalog(""));
    let answer = gateway.call(CHAT, &ask("claude").to_string()).await.json();
    let said = gateway
        .call_as("key-b", CHAT, &result("claude", &answer))
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last();
    assert!(!String::from_utf8_lossy(&sent.bytes).contains("I must look"));
}

#[tokio::test]
async fn a_signed_call_of_gemini_s_goes_back_signed_whoever_the_caller_is() {
    let script = Script::of([signed_call(), hello("gemini")]);
    let gateway = Gateway::new(&script, catalog(""));
    let answer = gateway.call(CHAT, &ask("gemini").to_string()).await.json();
    gateway.call(CHAT, &result("gemini", &answer)).await;
    let sent = script.last().json();
    let part = &sent["contents"][1]["parts"][0];
    assert_eq!(part["thoughtSignature"], "R2VtaW5pU2ln", "{sent}");
    assert_eq!(part["functionCall"]["name"], "look");

    let script = Script::of([signed_call(), hello("gemini")]);
    let gateway = Gateway::new(&script, catalog(""));
    let tools = json!([{ "name": "look", "input_schema": { "type": "object" } }]);
    let mut body = json!({
        "model": "gemini", "max_tokens": 1024, "tools": tools,
        "messages": [{ "role": "user", "content": "Where is it?" }],
    });
    let answer = gateway.call(MESSAGES, &body.to_string()).await.json();
    let id = answer["content"][0]["id"].clone();
    let turns = body["messages"].as_array_mut().unwrap();
    turns.push(json!({ "role": "assistant", "content": answer["content"] }));
    turns.push(json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": id, "content": "It is here." }] }));
    let said = gateway.call(MESSAGES, &body.to_string()).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last().json();
    assert_eq!(
        sent["contents"][1]["parts"][0]["thoughtSignature"], "R2VtaW5pU2ln",
        "{sent}"
    );
}

#[tokio::test]
async fn at_another_model_signed_thinking_is_left_out_and_that_is_said() {
    let body = json!({
        "model": "gpt", "max_tokens": 1024,
        "messages": [
            { "role": "user", "content": "Where is it?" },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "Hm.", "signature": "EqQBsigned" },
                { "type": "text", "text": "Here." }] },
            { "role": "user", "content": "And now?" }],
    });
    let script = Script::of([hello("openai")]);
    let said = Gateway::new(&script, catalog(""))
        .call(MESSAGES, &body.to_string())
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last();
    assert!(!String::from_utf8_lossy(&sent.bytes).contains("Hm."));
    assert!(
        said.dropped().iter().any(|what| what.contains("thinking")),
        "{:?}",
        said.dropped()
    );
    assert!(said.header("x-genai-dropped").contains("thinking"));
}

#[tokio::test]
async fn a_gemini_caller_over_claude_gets_a_token_that_comes_back_as_the_signature() {
    let script = Script::of([thinking_call(), hello("anthropic")]);
    let gateway = Gateway::new(&script, catalog(""));
    let tools = json!([{ "functionDeclarations": [{ "name": "look" }] }]);
    let thinking =
        json!({ "thinkingConfig": { "includeThoughts": true, "thinkingLevel": "HIGH" } });
    let mut body = json!({
        "tools": tools, "generationConfig": thinking,
        "contents": [{ "role": "user", "parts": [{ "text": "Where is it?" }] }],
    });
    let answer = gateway
        .call(&generate("claude"), &body.to_string())
        .await
        .json();
    let parts = answer["candidates"][0]["content"]["parts"].clone();
    assert!(!parts.to_string().contains("EqQBsigned"), "{parts}");
    let turns = body["contents"].as_array_mut().unwrap();
    turns.push(json!({ "role": "model", "parts": parts }));
    turns.push(json!({ "role": "user", "parts": [
        { "functionResponse": { "name": "look", "response": { "result": "It is here." } } }] }));
    let said = gateway.call(&generate("claude"), &body.to_string()).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last().json();
    let block = &sent["messages"][1]["content"][0];
    assert_eq!(block["signature"], "EqQBsigned", "{sent}");
    assert_eq!(block["thinking"], "I must look.");
}

#[tokio::test]
async fn what_goes_back_counts_for_what_a_call_may_cost() {
    const CHEAP: &str = r#"
        [[alias]]
        name = "cheap"
        models = ["claude"]
        max_cost = "0.01"
    "#;
    let words = "word ".repeat(4_000);
    for (thought, status) in [("I must look.", 200), (words.as_str(), 400)] {
        let answer = thinking_call().with("I must look.", thought);
        let script = Script::of([answer, hello("anthropic")]);
        let gateway = Gateway::new(&script, catalog(CHEAP));
        let mut first = ask("cheap");
        first["max_completion_tokens"] = 100.into();
        let said = gateway.call(CHAT, &first.to_string()).await;
        assert_eq!(said.status, 200, "{}", said.text);
        let mut next: Value = serde_json::from_str(&result("cheap", &said.json())).unwrap();
        next["max_completion_tokens"] = 100.into();
        let said = gateway.call(CHAT, &next.to_string()).await;
        assert_eq!(said.status, status, "{}", said.text);
        assert_eq!(script.calls(), if status == 200 { 2 } else { 1 });
    }
}
