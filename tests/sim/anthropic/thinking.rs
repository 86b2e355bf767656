use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Fault, Manner, Provider, Times};

use super::{answer, ask, claude, events, gathered, refusal, start, tool};
use crate::client::with;

fn thinking() -> Value {
    with(
        ask(),
        json!({"thinking": {"type": "enabled", "budget_tokens": 1_024}}),
    )
}

#[tokio::test]
async fn thoughts_come_first_signed_and_are_billed() {
    let server = start(claude().reasoning(7)).await;
    let plain = answer(&server, &thinking()).await;
    let thought = &plain["content"][0];
    assert_eq!(thought["type"], "thinking");
    assert_eq!(thought["thinking"].as_str().unwrap().split(' ').count(), 7);
    assert!(thought["signature"].as_str().unwrap().len() > 40);
    assert_eq!(plain["content"][1]["type"], "text");
    assert_eq!(
        plain["usage"]["output_tokens_details"]["thinking_tokens"],
        7
    );
    let line = server.bill().line(1).unwrap().clone();
    assert_eq!(line.reasoning_tokens, 7);
    assert_eq!(plain["usage"]["output_tokens"], line.completion_tokens);
    let events = events(&server, &with(thinking(), json!({"stream": true}))).await;
    let deltas = events.iter().filter(|e| e["index"] == 0);
    let deltas: Vec<_> = deltas.filter_map(|e| e["delta"]["type"].as_str()).collect();
    assert_eq!(deltas.len(), 8);
    assert_eq!(deltas[6..], ["thinking_delta", "signature_delta"]);
    let streamed = gathered(&events);
    assert_eq!(streamed["content"][0], *thought);
    assert_eq!(streamed["content"][1]["text"], plain["content"][1]["text"]);
    assert_eq!(server.bill().line(2).unwrap().nano_usd, line.nano_usd);
}

#[tokio::test]
async fn nobody_thinks_unasked_and_adaptive_thinking_is_asked_for() {
    let server = start(claude().reasoning(7)).await;
    for body in [
        ask(),
        with(ask(), json!({"thinking": {"type": "disabled"}})),
    ] {
        let said = answer(&server, &body).await;
        assert_eq!(said["content"][0]["type"], "text");
        assert_eq!(said["usage"].get("output_tokens_details"), None);
    }
    let adaptive = |more: Value| {
        with(
            ask(),
            json!({"thinking": with(json!({"type": "adaptive"}), more)}),
        )
    };
    let said = answer(&server, &adaptive(json!({}))).await;
    assert_ne!(said["content"][0]["thinking"], "");
    let said = answer(&server, &adaptive(json!({"display": "omitted"}))).await;
    assert_eq!(said["content"][0]["thinking"], "");
    assert_eq!(said["usage"]["output_tokens_details"]["thinking_tokens"], 7);
}

#[tokio::test]
async fn thoughts_come_back_as_they_were() {
    let server = start(claude()).await;
    let said = answer(&server, &thinking()).await;
    let turn = |content: Value| {
        let messages = json!([
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": "y"},
        ]);
        with(thinking(), json!({"messages": messages}))
    };
    let mut content = said["content"].clone();
    content[1].as_object_mut().unwrap().remove("citations");
    answer(&server, &turn(content.clone())).await;
    let signature = "Invalid `signature` in `thinking` block";
    let mut other = content.clone();
    other[0]["thinking"] = "Something else.".into();
    assert_eq!(
        refusal(&server, &turn(other)).await,
        format!("messages.1.content.0: {signature}")
    );
    let mut other = content.clone();
    other[0]["signature"] = "c2ln".into();
    assert!(refusal(&server, &turn(other)).await.contains(signature));
    // Another version of the family takes them; another family or provider does not.
    let elsewhere = async |provider: &str, name: &str| {
        let model = tower_genai::sim::Model::new(name);
        let provider = Provider::new(provider)
            .dialect(Dialect::Anthropic)
            .model(model);
        provider.start().await.unwrap()
    };
    let at = |name: &str| with(turn(content.clone()), json!({"model": name}));
    let same = elsewhere("anthropic", "claude-opus-5").await;
    answer(&same, &at("claude-opus-5")).await;
    for (provider, model) in [("anthropic", "glm-5"), ("zai", "claude-opus-4-6")] {
        let other = elsewhere(provider, model).await;
        assert!(refusal(&other, &at(model)).await.contains(signature));
    }
}

#[tokio::test]
async fn a_turn_of_tools_keeps_its_thought() {
    let server = start(claude()).await;
    let body = with(thinking(), json!({"tools": [tool()]}));
    let called = answer(&server, &body).await;
    let kinds: Vec<_> = called["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["type"])
        .collect();
    assert_eq!(kinds, ["thinking", "tool_use"]);
    let call = called["content"][1].clone();
    let result = json!({"type": "tool_result", "tool_use_id": call["id"], "content": "y"});
    let turn = |content: &Value, thinking: Value| {
        let messages = json!([
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [result]},
        ]);
        with(
            body.clone(),
            json!({"messages": messages, "thinking": thinking}),
        )
    };
    let enabled = json!({"type": "enabled", "budget_tokens": 1_024});
    answer(&server, &turn(&called["content"], enabled.clone())).await;
    let bare = json!([call]);
    let told = refusal(&server, &turn(&bare, enabled.clone())).await;
    assert!(
        told.contains("Expected `thinking` or `redacted_thinking`"),
        "{told}"
    );
    answer(&server, &turn(&bare, json!({"type": "disabled"}))).await;
    // Adaptive thinking is not that strict, and neither is a turn that is over.
    answer(&server, &turn(&bare, json!({"type": "adaptive"}))).await;
    let mut over = turn(&bare, enabled);
    let more = [
        json!({"role": "assistant", "content": "It rains."}),
        json!({"role": "user", "content": "Thanks"}),
    ];
    over["messages"].as_array_mut().unwrap().extend(more);
    answer(&server, &over).await;
}

#[tokio::test]
async fn a_thought_can_be_hidden_by_the_provider() {
    let server = start(claude().reasoning(7)).await;
    server.fail(Fault::Manner(Manner::Redacted), Times::Next(2));
    let said = answer(&server, &thinking()).await;
    let block = said["content"][0].clone();
    assert_eq!(block["type"], "redacted_thinking");
    let streamed = events(&server, &with(thinking(), json!({"stream": true}))).await;
    assert_eq!(gathered(&streamed)["content"][0], block);
    let turn = |block: Value| {
        let messages = json!([
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": [block, {"type": "text", "text": "y"}]},
            {"role": "user", "content": "z"},
        ]);
        with(thinking(), json!({"messages": messages}))
    };
    answer(&server, &turn(block)).await;
    let forged = json!({"type": "redacted_thinking", "data": "c2ln"});
    assert!(
        refusal(&server, &turn(forged))
            .await
            .contains("Invalid `data`")
    );
}

#[tokio::test]
async fn thinking_has_its_own_conditions() {
    let server = start(claude()).await;
    let tools = json!({"tools": [tool()], "tool_choice": {"type": "any"}});
    for (change, said) in [
        (
            json!({"thinking": {"type": "enabled"}}),
            "budget_tokens: Field required",
        ),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 1_023}}),
            "greater than or equal to 1024",
        ),
        (
            json!({"max_tokens": 1_024}),
            "`max_tokens` must be greater than",
        ),
        (
            json!({"temperature": 0.5}),
            "`temperature` may only be set to 1",
        ),
        (json!({"top_k": 5}), "`top_k` must be unset"),
        (json!({"top_p": 0.5}), "`top_p` must be greater"),
        (
            json!({"thinking": {"type": "adaptive", "budget_tokens": 1_024}}),
            "Extra inputs",
        ),
        (json!({"thinking": {"type": "on"}}), "thinking.type"),
        (
            tools,
            "Thinking may not be enabled when tool_choice forces tool use",
        ),
    ] {
        let told = refusal(&server, &with(thinking(), change)).await;
        assert!(told.contains(said), "{told}");
    }
    answer(&server, &with(thinking(), json!({"temperature": 1}))).await;
}

#[tokio::test]
async fn a_limit_within_the_thought_cuts_it() {
    let server = start(claude().reasoning(2_000)).await;
    let body = with(thinking(), json!({"max_tokens": 1_025}));
    let said = answer(&server, &body).await;
    // The budget holds the thought to 1024 tokens, which leaves one.
    assert_eq!(
        said["usage"]["output_tokens_details"]["thinking_tokens"],
        1_024
    );
    assert_eq!(said["usage"]["output_tokens"], 1_025);
    assert_eq!(said["stop_reason"], "max_tokens");
}
