//! HTTP/2 in and HTTP/1.1 out, and the other way round.

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_genai::{
    Body,
    catalog::{Catalog, Source},
    sim::{Model, Provider, Server},
    stack::{Stack, Tenants},
};

use crate::{
    streams::serve,
    support::{HyperClient, hyper_client},
};

async fn provider() -> (Server, Catalog) {
    let model = Model::new("m").price("1", "3.20").exact_output(5);
    let server = Provider::new("acme").model(model).start().await.unwrap();
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "{}"
        [[model]]
        name = "m"
        provider = "acme"
        price = {{ input = "1", output = "3.20" }}
        context = 200_000
        max_output = 32_000
        "#,
        server.base_url()
    );
    let catalog = Catalog::parse(&[Source::text("h2.toml", text)]).unwrap();
    (server, catalog)
}

fn body(stream: bool) -> String {
    json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": "Hi"}]})
        .to_string()
}

fn http2() -> HyperClient {
    Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http::<Body>()
}

#[tokio::test]
async fn http_2_in_and_http_1_out() {
    let (server, catalog) = provider().await;
    let stack = Stack::server(hyper_client(), catalog, Tenants::single()).boxed();
    let addr = serve(stack).await;
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    for stream in [false, true] {
        let request = Request::post(format!("http://{addr}/v1/chat/completions"))
            .version(Version::HTTP_2)
            .header("te", "trailers")
            .header("content-type", "application/json")
            .body(Full::from(body(stream)))
            .unwrap();
        let response = client.request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.version(), Version::HTTP_2);
        for name in ["connection", "transfer-encoding", "keep-alive"] {
            assert!(!response.headers().contains_key(name), "{name}");
        }
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(bytes.ends_with(b"data: [DONE]\n\n"), stream);
        let sent = server.calls().pop().unwrap();
        assert_eq!(sent.version, Version::HTTP_11);
        assert_eq!(sent.authority, Some(server.addr().to_string()));
        assert_eq!(sent.headers.get_all("host").iter().count(), 1);
        assert!(!sent.headers.contains_key("te"));
    }
}

#[tokio::test]
async fn http_1_in_and_http_2_out() {
    let (server, catalog) = provider().await;
    let stack = Stack::server(http2(), catalog, Tenants::single()).boxed();
    let addr = serve(stack).await;
    for stream in [false, true] {
        let body = body(stream);
        let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: canary.test\r\nConnection: close, x-secret\r\n\
             X-Secret: canary\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(answer.contains("data: [DONE]"), stream);
        let sent = server.calls().pop().unwrap();
        assert_eq!(sent.version, Version::HTTP_2);
        assert_eq!(sent.authority, Some(server.addr().to_string()));
        for name in [
            "host",
            "connection",
            "te",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "x-secret",
        ] {
            assert!(!sent.headers.contains_key(name), "{name}");
        }
        assert!(sent.headers.values().all(|value| value != "canary.test"));
    }
}

/// A provider that ends a stream with a reset is no clean end either.
#[tokio::test]
async fn a_cut_over_http_2_is_a_cut() {
    use tower_genai::sim::{Fault, Times};
    let (server, catalog) = provider().await;
    let stack = Stack::server(http2(), catalog, Tenants::single()).boxed();
    let addr = serve(stack).await;
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    server.fail(Fault::CutAfter(3), Times::Once);
    let request = Request::post(format!("http://{addr}/v1/chat/completions"))
        .version(Version::HTTP_2)
        .body(Full::from(body(true)))
        .unwrap();
    let response = client.request(request).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
}
