//! The raw client that the tests share.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::time::Duration;
use tower_genai::sim::{Event, Model, Provider, Server};

pub(crate) type Http = Client<HttpConnector, Full<Bytes>>;

pub(crate) fn http1() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

pub(crate) fn http2() -> Http {
    Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http()
}

/// 1000 nano-USD per token in, 200 cached, 3200 out.
pub(crate) fn glm() -> Model {
    Model::new("glm-5")
        .price("1.00", "3.20")
        .cached_price("0.20")
}

pub(crate) async fn start(model: Model) -> Server {
    Provider::new("zai").model(model).start().await.unwrap()
}

pub(crate) fn ask() -> Value {
    json!({"model": "glm-5", "messages": [{"role": "user", "content": "Hello you"}]})
}

pub(crate) fn with(mut base: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    base.as_object_mut().unwrap().extend(more);
    base
}

pub(crate) fn stream() -> Value {
    with(
        ask(),
        json!({"stream": true, "stream_options": {"include_usage": true}}),
    )
}

pub(crate) async fn try_post(
    http: &Http,
    server: &Server,
    body: &Value,
) -> Option<Response<Incoming>> {
    let request = Request::post(format!("{}/chat/completions", server.base_url()))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer sk-test")
        .body(Full::from(body.to_string()))
        .unwrap();
    http.request(request).await.ok()
}

pub(crate) async fn post(server: &Server, body: &Value) -> Response<Incoming> {
    try_post(&http1(), server, body).await.unwrap()
}

pub(crate) async fn whole(response: Response<Incoming>) -> Value {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

pub(crate) async fn answer(server: &Server, body: &Value) -> Value {
    let response = post(server, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    whole(response).await
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.into()).unwrap()
}

/// The data of each event of a stream.
pub(crate) fn events(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    blocks
        .filter(|block| !block.starts_with(':'))
        .map(|block| block.strip_prefix("data: ").unwrap().to_owned())
        .collect()
}

/// The chunks of a stream that ends as it should.
pub(crate) async fn chunks(server: &Server, body: &Value) -> Vec<Value> {
    let response = post(server, body).await;
    let kind = &response.headers()["content-type"];
    assert_eq!(kind, "text/event-stream; charset=utf-8");
    let mut events = events(&text(response).await);
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    let chunks = events.iter();
    chunks.map(|e| serde_json::from_str(e).unwrap()).collect()
}

pub(crate) fn content(chunks: &[Value]) -> String {
    let contents = chunks.iter().map(|c| &c["choices"][0]["delta"]["content"]);
    contents.filter_map(Value::as_str).collect()
}

/// Waits for an event, and fails where it does not come.
pub(crate) async fn happens(server: &Server, wanted: impl FnMut(&Event) -> bool) -> Event {
    let limit = Duration::from_secs(20);
    let event = tokio::time::timeout(limit, server.event(wanted)).await;
    event.expect("the event comes")
}

/// Reads up to `n` frames; what ends sooner or breaks says so by fewer.
pub(crate) async fn frames(body: &mut Incoming, n: usize) -> usize {
    for read in 0..n {
        match body.frame().await {
            Some(Ok(_)) => {}
            _ => return read,
        }
    }
    n
}

/// Sends a body to a path below the server's address, with these headers.
pub(crate) async fn send(
    server: &Server,
    method: http::Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Response<Incoming> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", server.addr()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = request.body(Full::from(body)).unwrap();
    http1().request(request).await.unwrap()
}

/// A small PNG in base64.
pub(crate) const PNG: &str = "iVBORw0KGgo=";
