use crate::support::{CHAT, Gateway, MESSAGES, Script, catalog, hello};

const SERVERS: &str = r#"
    [[provider]]
    name = "azure"
    dialect = "openai"
    base_url = "https://azure.test/openai/deployments/d1"
    key_header = "api-key"
    query = "api-version=2024-10-21"

    [[model]]
    name = "on-azure"
    provider = "azure"
    price = { input = "1.00", output = "2.00" }

    [[provider]]
    name = "mistral"
    dialect = "openai"
    base_url = "https://mistral.test/v1"
    tool_ids = "nine"

    [[model]]
    name = "large"
    provider = "mistral"
    price = { input = "1.00", output = "2.00" }

    [[provider]]
    name = "deepseek"
    dialect = "openai"
    base_url = "https://deepseek.test"
    thinking_field = "reasoning_content"
    reasoning = "switch"
    lacks = ["logit_bias"]

    [[model]]
    name = "seek"
    provider = "deepseek"
    price = { input = "1.00", output = "2.00" }
"#;

#[tokio::test]
async fn azure_s_key_and_version_stand_where_it_wants_them() {
    let script = Script::of([hello("openai")]);
    let body = r#"{"model":"on-azure","messages":[{"role":"user","content":"Hi"}]}"#;
    let said = Gateway::new(&script, catalog(SERVERS))
        .call(CHAT, body)
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
    let got = script.last();
    let uri = "https://azure.test/openai/deployments/d1/chat/completions?api-version=2024-10-21";
    assert_eq!(got.uri, uri);
    assert_eq!(got.header("api-key"), "sk-provider-canary");
    assert_eq!(got.header("authorization"), "");
}

#[tokio::test]
async fn ids_that_mistral_does_not_take_are_rewritten_alike() {
    let body = r#"{"model":"large","tools":[{"type":"function","function":{"name":"f"}}],"messages":[
        {"role":"user","content":"Hi"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"call_abc","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"call_abc","content":"done"}]}"#;
    let script = Script::of([hello("openai")]);
    let said = Gateway::new(&script, catalog(SERVERS))
        .call(CHAT, body)
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last().json();
    let id = sent["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
    assert!(
        id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()),
        "{id}"
    );
    assert_eq!(sent["messages"][2]["tool_call_id"], id);
}

#[tokio::test]
async fn a_server_s_gaps_leave_it_out_also_for_callers_of_its_own_format() {
    let script = Script::default();
    let body =
        r#"{"model":"seek","messages":[{"role":"user","content":"Hi"}],"logit_bias":{"1":5}}"#;
    let said = Gateway::new(&script, catalog(SERVERS))
        .call(CHAT, body)
        .await;
    assert_eq!(said.status, 400, "{}", said.text);
    assert!(said.text.contains("logit_bias"));
}

#[tokio::test]
async fn thinking_goes_out_and_back_under_deepseek_s_own_name() {
    let answer = r#"{"id":"1","object":"chat.completion","created":1796000000,"model":"seek","choices":[{"index":0,
        "message":{"role":"assistant","content":null,"reasoning_content":"I must look.","tool_calls":[
        {"id":"call_1","type":"function","function":{"name":"look","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}"#;
    let script = Script::of([crate::support::Answer::json(answer), hello("openai")]);
    let gateway = Gateway::new(&script, catalog(SERVERS));
    let tools = serde_json::json!([{ "name": "look", "input_schema": { "type": "object" } }]);
    let mut body = serde_json::json!({
        "model": "seek", "max_tokens": 4096, "tools": tools,
        "thinking": { "type": "enabled", "budget_tokens": 1024 },
        "messages": [{ "role": "user", "content": "Where is it?" }],
    });
    let said = gateway.call(MESSAGES, &body.to_string()).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last().json();
    assert_eq!(sent["thinking"]["type"], "enabled", "{sent}");
    let answer = said.json();
    assert_eq!(answer["content"][0]["thinking"], "I must look.", "{answer}");
    let turns = body["messages"].as_array_mut().unwrap();
    let id = answer["content"][1]["id"].clone();
    turns.push(serde_json::json!({ "role": "assistant", "content": answer["content"] }));
    turns.push(serde_json::json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": id, "content": "It is here." }] }));
    let said = gateway.call(MESSAGES, &body.to_string()).await;
    assert_eq!(said.status, 200, "{}", said.text);
    let sent = script.last().json();
    assert_eq!(
        sent["messages"][1]["reasoning_content"], "I must look.",
        "{sent}"
    );
}
