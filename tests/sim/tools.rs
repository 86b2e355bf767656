//! Tools, their arguments, and the count of a prompt.

use serde_json::{Value, json};

use crate::client::{answer, ask, chunks, glm, start, stream, with};

fn weather(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
        "required": ["city", "unit"]}}})
}

#[tokio::test]
async fn tools_are_called_and_their_results_answered() {
    let server = start(glm()).await;
    let offer = with(ask(), json!({"tools": [weather("now"), weather("later")]}));
    let called = answer(&server, &offer).await;
    let choice = &called["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], Value::Null);
    let calls = choice["message"]["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["function"]["name"], "now");
    let arguments = calls[0]["function"]["arguments"].as_str().unwrap();
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({"city": "text", "unit": "C"}));

    let named = json!({"tool_choice": {"type": "function", "function": {"name": "later"}}});
    let named = answer(&server, &with(offer.clone(), named)).await;
    let call = &named["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"]["name"], "later");

    let none = answer(
        &server,
        &with(offer.clone(), json!({"tool_choice": "none"})),
    )
    .await;
    assert_eq!(none["choices"][0]["finish_reason"], "stop");

    let both = json!({"messages": [{"role": "user", "content": "Do both"}]});
    let both = with(offer.clone(), both);
    let two = answer(&server, &both).await;
    assert_eq!(
        two["choices"][0]["message"]["tool_calls"][1]["function"]["name"],
        "later"
    );
    let one = answer(&server, &with(both, json!({"parallel_tool_calls": false}))).await;
    assert_eq!(
        one["choices"][0]["message"]["tool_calls"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let back = json!({"messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": calls},
        {"role": "tool", "tool_call_id": calls[0]["id"], "content": "sunny"}]});
    let told = answer(&server, &with(offer, back)).await;
    assert_eq!(told["choices"][0]["finish_reason"], "stop");
    assert!(told["choices"][0]["message"].get("tool_calls").is_none());
}

#[tokio::test]
async fn tool_calls_are_streamed_in_pieces_by_index() {
    let server = start(glm()).await;
    let tools = json!({
        "tools": [weather("now"), weather("later")],
        "messages": [{"role": "user", "content": "both"}],
    });
    let chunks = chunks(&server, &with(stream(), tools)).await;
    let mut arguments = [String::new(), String::new()];
    let mut names = Vec::new();
    for chunk in &chunks {
        for call in chunk["choices"][0]["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let index = call["index"].as_u64().unwrap() as usize;
            if let Some(name) = call["function"]["name"].as_str() {
                assert!(call["id"].as_str().unwrap().starts_with("call_"));
                names.push(name.to_owned());
            }
            arguments[index].push_str(call["function"]["arguments"].as_str().unwrap());
        }
    }
    assert_eq!(names, ["now", "later"]);
    for arguments in arguments {
        let arguments: Value = serde_json::from_str(&arguments).unwrap();
        assert_eq!(arguments, json!({"city": "text", "unit": "C"}));
    }
    let finish = &chunks[chunks.len() - 2]["choices"][0]["finish_reason"];
    assert_eq!(finish, "tool_calls");
    let usage = &chunks.last().unwrap()["usage"];
    assert_eq!(
        usage["completion_tokens"],
        server.bill().line(1).unwrap().completion_tokens
    );
}

#[tokio::test]
async fn prompts_never_count_more_than_their_bytes() {
    let server = start(glm()).await;
    for words in ["", "a", "ab cd", "Grüße 🚀"] {
        let body = json!({"model": "glm-5", "max_tokens": 1, "tools": [weather("now")], "messages": [
            {"role": "system", "content": words},
            {"role": "user", "content": [{"type": "text", "text": words}]}]});
        let tokens = answer(&server, &body).await["usage"]["prompt_tokens"]
            .as_u64()
            .unwrap();
        let bytes = 2 * words.len() + 2 * 16 + body["tools"].to_string().len();
        assert!(
            (2..=bytes as u64).contains(&tokens),
            "{words}: {tokens} of {bytes}"
        );
    }
    let image = json!({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "What"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]});
    let seen = answer(&server, &with(ask(), image)).await;
    assert_eq!(seen["usage"]["prompt_tokens"], 3 + 1 + 85);
}
