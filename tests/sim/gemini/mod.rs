//! A provider that speaks Google's generateContent.

mod checks;
mod manners;
mod shapes;
mod signatures;

use http::{Method, Response};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Model, Provider, Server};

use crate::client::{send, text, whole};

const NAME: &str = "gemini-3.1-pro";

/// 2000 nano-USD per token in, 200 cached, 12000 out.
fn pro() -> Model {
    Model::new(NAME).price("2.00", "12.00").cached_price("0.20")
}

async fn start(model: Model) -> Server {
    let provider = Provider::new("google").dialect(Dialect::Gemini);
    provider.model(model).start().await.unwrap()
}

fn ask() -> Value {
    json!({"contents": [{"role": "user", "parts": [{"text": "Hello you"}]}]})
}

fn functions() -> Value {
    let parameters = json!({
        "type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"],
    });
    let weather = json!({"name": "get_weather", "parameters": parameters});
    json!([{"functionDeclarations": [weather, {"name": "now"}]}])
}

async fn post(server: &Server, method: &str, body: &Value) -> Response<Incoming> {
    let path = format!("/v1beta/models/{NAME}:{method}");
    send(server, Method::POST, &path, &[], body).await
}

async fn answer(server: &Server, body: &Value) -> Value {
    let response = post(server, "generateContent", body).await;
    let status = response.status();
    let answer = whole(response).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The message of the 400 that a body gets.
async fn refusal(server: &Server, body: &Value) -> String {
    let response = post(server, "generateContent", body).await;
    let status = response.status();
    let error = whole(response).await;
    assert_eq!(status, 400, "{body}: {error}");
    assert_eq!(error["error"]["code"], 400);
    assert_eq!(error["error"]["status"], "INVALID_ARGUMENT");
    error["error"]["message"].as_str().unwrap().to_owned()
}

/// The responses of a stream of events.
async fn events(server: &Server, body: &Value) -> Vec<Value> {
    let response = post(server, "streamGenerateContent?alt=sse", body).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = text(response).await;
    let blocks = text.split("\r\n\r\n").filter(|block| !block.is_empty());
    let data = blocks.map(|block| block.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// The parts of the first candidate.
fn parts(response: &Value) -> Vec<Value> {
    let parts = response["candidates"][0]["content"]["parts"].as_array();
    parts.cloned().unwrap_or_default()
}

/// The text of responses, or with `thought` that of their thoughts.
fn said(responses: &[Value], thought: bool) -> String {
    let parts = responses.iter().flat_map(parts);
    let own = parts.filter(|part| (part["thought"] == true) == thought);
    own.filter_map(|part| part["text"].as_str().map(str::to_owned))
        .collect()
}
