//! tower's and tower-http's layers around a stack that is a client, and around the client that it calls.

use std::{convert::Infallible, io::Write, time::Duration};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{
    HeaderName, HeaderValue, Request, Response,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use tower::{
    BoxError, Layer, Service, ServiceBuilder, ServiceExt, buffer::Buffer, limit::RateLimit,
    service_fn,
};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    sim,
    stack::Stack,
};
use tower_http::{decompression::DecompressionLayer, set_header::SetRequestHeaderLayer};

const CATALOG: &str = r#"
    provider = [{ name = "p", dialect = "openai", base_url = "BASE_URL" }]
    model = [{ name = "m", provider = "p", price = { input = "1.00", output = "2.00" }, can = ["stream"], context = 10000, max_output = 100 }]
"#;

fn catalog(base_url: &str) -> Catalog {
    Catalog::from_toml(&CATALOG.replace("BASE_URL", base_url)).unwrap()
}

async fn provider() -> sim::Server {
    let model = sim::Model::new("m").price("1.00", "2.00");
    let provider = sim::Provider::new("p").model(model);
    provider.start().await.unwrap()
}

fn http() -> legacy::Client<legacy::connect::HttpConnector, Body> {
    legacy::Client::builder(TokioExecutor::new()).build_http()
}

fn ask(stream: bool) -> Request<Full<Bytes>> {
    let body = format!(
        r#"{{"model":"m","stream":{stream},"messages":[{{"role":"user","content":"Why?"}}]}}"#
    );
    Request::post("/v1/chat/completions")
        .body(Full::from(body))
        .unwrap()
}

async fn read<B>(response: Response<B>) -> (u16, Result<String, BoxError>)
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>>,
{
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(Into::into);
    let text = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
    (status, text)
}

#[tokio::test]
async fn a_header_for_providers_is_set_below_dispatch() {
    let provider = provider().await;
    let name = HeaderName::from_static("x-project");
    let value = HeaderValue::from_static("blue");
    let sets = || SetRequestHeaderLayer::overriding(name.clone(), value.clone());
    let below = Stack::client_with(sets().layer(http()), catalog(&provider.base_url()));
    let around = Stack::client_with(http(), catalog(&provider.base_url()));
    let around = sets().layer(around.service());
    assert_eq!(
        read(below.service().oneshot(ask(false)).await.unwrap())
            .await
            .0,
        200
    );
    assert_eq!(read(around.oneshot(ask(false)).await.unwrap()).await.0, 200);
    let calls = provider.calls();
    assert_eq!(calls[0].headers.get(&name), Some(&value));
    assert_eq!(calls[1].headers.get(&name), None);
}

/// One call at a time goes into what is no `Clone`; many callers share it.
#[tokio::test]
async fn a_buffer_shares_what_is_no_clone() {
    let provider = provider().await;
    let budget = Budget::new("b").limit("1".parse().unwrap(), Window::Total);
    let stack = Stack::client_with(http(), catalog(&provider.base_url())).budget(budget.clone());
    let rate = tower::limit::rate::Rate::new(1_000, Duration::from_secs(1));
    let limited = RateLimit::new(stack.service(), rate);
    let shared = Buffer::new(limited, 64);
    let calls = (0..40).map(|at| {
        let mut shared = shared.clone();
        tokio::spawn(async move {
            let ready = shared.ready().await?;
            let (status, text) = read(ready.call(ask(at % 2 == 0)).await?).await;
            Ok::<_, BoxError>((status, text?.len() > 20))
        })
    });
    for call in futures::future::join_all(calls).await {
        assert_eq!(call.unwrap().unwrap(), (200, true));
    }
    let allowance = budget.scope().allowance().unwrap();
    assert_eq!(allowance.held().nanos(), 0);
    assert_eq!(allowance.spent().nanos(), provider.bill().total_nano_usd());
}

/// A provider that packs its answers, whatever it is asked for.
async fn packing(request: Request<Body>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.headers()[ACCEPT_ENCODING], "identity");
    let asked = request.into_body().collect().await.unwrap().to_bytes();
    let streams = String::from_utf8_lossy(&asked).contains("\"stream\":true");
    let (kind, text) = if streams {
        let text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Because.\"},\"finish_reason\":\"stop\"}]}\n\n\
            data: {\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
        ("text/event-stream", text)
    } else {
        let text = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Because.\"},\"finish_reason\":\"stop\"}],\
            \"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2}}";
        ("application/json", text)
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let response = Response::builder()
        .header(CONTENT_TYPE, kind)
        .header(CONTENT_ENCODING, "gzip")
        .header(CONTENT_LENGTH, packed.len());
    Ok(response.body(Full::from(packed)).unwrap())
}

#[tokio::test]
async fn what_providers_pack_is_unpacked_below_dispatch() {
    for stream in [false, true] {
        let budget = Budget::new("b").limit("1".parse().unwrap(), Window::Total);
        let client = ServiceBuilder::new()
            // Dispatch asks for plain answers, and says so itself.
            .layer(DecompressionLayer::new())
            .layer(SetRequestHeaderLayer::overriding(
                ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            ))
            .service(service_fn(packing));
        let stack = Stack::client_with(client, catalog("http://p.test/v1")).budget(budget.clone());
        let (status, text) = read(stack.service().oneshot(ask(stream)).await.unwrap()).await;
        assert_eq!(status, 200);
        assert!(text.unwrap().contains("Because."));
        let allowance = budget.scope().allowance().unwrap();
        // 4 tokens in, 2 out.
        assert_eq!(
            (allowance.spent().nanos(), allowance.held().nanos()),
            (8_000, 0)
        );

        let budget = Budget::new("b").limit("1".parse().unwrap(), Window::Total);
        let plain = Stack::client_with(service_fn(packing), catalog("http://p.test/v1"));
        let plain = plain.budget(budget.clone()).service();
        let outside = DecompressionLayer::new().layer(plain);
        let (status, text) = read(outside.oneshot(ask(stream)).await.unwrap()).await;
        assert_eq!(status, 502, "outside of Dispatch is too late: {text:?}");
        let allowance = budget.scope().allowance().unwrap();
        assert!(
            allowance.spent().nanos() > 8_000,
            "what it cost is not known"
        );
    }
}
