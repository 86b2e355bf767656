//! A provider that speaks Anthropic's messages.

mod checks;
mod manners;
mod shapes;
mod thinking;

use http::{Method, Response};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Model, Provider, Server};

use crate::client::{send, text, whole};

const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// 3000 nano-USD per token in, 300 cached, 3750 and 6000 written to the cache, 15000 out.
fn claude() -> Model {
    Model::new("claude-opus-4-6")
        .price("3.00", "15.00")
        .cached_price("0.30")
        .cache_write_price("3.75", "6.00")
}

async fn start(model: Model) -> Server {
    let provider = Provider::new("anthropic").dialect(Dialect::Anthropic);
    provider.model(model).start().await.unwrap()
}

fn ask() -> Value {
    json!({
        "model": "claude-opus-4-6",
        "max_tokens": 4_000,
        "messages": [{"role": "user", "content": "Hello you"}],
    })
}

fn tool() -> Value {
    json!({
        "name": "get_weather",
        "input_schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    })
}

async fn post(server: &Server, body: &Value) -> Response<Incoming> {
    send(server, Method::POST, "/v1/messages", &[VERSION], body).await
}

async fn answer(server: &Server, body: &Value) -> Value {
    let response = post(server, body).await;
    let status = response.status();
    let answer = whole(response).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The message of the 400 that a body gets.
async fn refusal(server: &Server, body: &Value) -> String {
    let response = post(server, body).await;
    let status = response.status();
    let error = whole(response).await;
    assert_eq!(status, 400, "{body}: {error}");
    assert_eq!(error["type"], "error");
    assert_eq!(error["error"]["type"], "invalid_request_error");
    error["error"]["message"].as_str().unwrap().to_owned()
}

/// The data of a stream's events, of which each has the name that its data tells.
async fn events(server: &Server, body: &Value) -> Vec<Value> {
    let response = post(server, body).await;
    let kind = &response.headers()["content-type"];
    assert_eq!(kind, "text/event-stream; charset=utf-8");
    parse(&text(response).await)
}

fn parse(text: &str) -> Vec<Value> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    blocks
        .map(|block| {
            let (name, data) = block.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
            data
        })
        .collect()
}

/// The message that a client makes of a stream's events: what is told later counts.
fn gathered(events: &[Value]) -> Value {
    let mut message = Value::Null;
    let mut inputs = Vec::new();
    for event in events {
        let index = event["index"].as_u64().unwrap_or(0) as usize;
        match event["type"].as_str().unwrap() {
            "message_start" => message = event["message"].clone(),
            "content_block_start" => {
                let blocks = message["content"].as_array_mut().unwrap();
                assert_eq!(blocks.len(), index);
                blocks.push(event["content_block"].clone());
                inputs.push(String::new());
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                let block = &mut message["content"][index];
                let mut add = |name: &str, more: &Value| {
                    let text = format!(
                        "{}{}",
                        block[name].as_str().unwrap(),
                        more.as_str().unwrap()
                    );
                    block[name] = text.into();
                };
                match delta["type"].as_str().unwrap() {
                    "text_delta" => add("text", &delta["text"]),
                    "thinking_delta" => add("thinking", &delta["thinking"]),
                    "signature_delta" => add("signature", &delta["signature"]),
                    "input_json_delta" => {
                        inputs[index].push_str(delta["partial_json"].as_str().unwrap());
                    }
                    "citations_delta" => block["citations"] = json!([delta["citation"]]),
                    other => panic!("{other}"),
                }
            }
            "message_delta" => {
                let members = event["delta"].as_object().unwrap().iter();
                members.for_each(|(name, value)| message[name] = value.clone());
                let counts = event["usage"].as_object().unwrap().iter();
                counts.for_each(|(name, value)| message["usage"][name] = value.clone());
            }
            _ => {}
        }
    }
    let blocks = message["content"].as_array_mut().unwrap().iter_mut();
    for (block, input) in blocks.zip(inputs) {
        if block["type"] == "tool_use" && !input.is_empty() {
            block["input"] = serde_json::from_str(&input).unwrap();
        }
    }
    message
}
