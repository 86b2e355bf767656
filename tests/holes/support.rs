//! Catalogs of one model, calls of it, providers in memory, and what a budget says afterwards.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    observe::{Finished, Outcome},
    stack::{Caller, Stack, Tenants},
};

use crate::fake::{End, Fake, Script};

pub(crate) const PATH: &str = "/v1/chat/completions";
pub(crate) const CALL: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
pub(crate) const STREAM: &str =
    r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

/// One and two dollars a million tokens: 3 000 000 nanos for what [`ANSWER`] says was used.
pub(crate) const PRICED: &str = r#"
    price = { input = "1.00", output = "2.00" }
    can = ["tools", "stream", "vision", "n"]"#;
/// The provider runs no further when its caller leaves.
pub(crate) const STOPS: &str = r#"on_disconnect = "stops""#;

/// A whole answer with a thousand tokens in and a thousand out.
pub(crate) const ANSWER: &str = r#"{"model":"m",
    "choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":1000,"completion_tokens":1000}}"#;

/// The provider `acme` with the model `m`, and more lines for each.
pub(crate) fn catalog(provider: &str, model: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        {provider}

        [[model]]
        name = "m"
        provider = "acme"
        context = 200_000
        max_output = 1_000
        {model}
        "#
    );
    Catalog::from_toml(&text).unwrap()
}

pub(crate) fn event(json: &str) -> String {
    format!("data: {json}\n\n")
}

pub(crate) fn content(text: &str) -> String {
    event(&format!(
        r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#
    ))
}

pub(crate) fn stop() -> String {
    event(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
}

/// A provider that answers in one piece.
pub(crate) fn whole(status: u16, json: &str) -> Fake {
    Fake::new(Script {
        status: StatusCode::from_u16(status).unwrap(),
        ..Script::raw("application/json", &[json])
    })
}

/// A provider that streams these chunks.
pub(crate) fn streamed(chunks: &[String]) -> Fake {
    Fake::new(stream(chunks))
}

/// A provider that streams these chunks and then says nothing more.
pub(crate) fn stalling(chunks: &[String]) -> Fake {
    Fake::new(Script {
        end: End::Never,
        ..stream(chunks)
    })
}

fn stream(chunks: &[String]) -> Script {
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    Script::raw("text/event-stream", &chunks)
}

/// The bodies that a provider was sent.
pub(crate) fn sent(fake: &Fake) -> Vec<String> {
    let bodies = fake.requests().into_iter().map(|(_, body)| body.into());
    bodies
        .map(|body| String::from_utf8(body).unwrap())
        .collect()
}

pub(crate) fn call(body: &str) -> Request<Full<Bytes>> {
    Request::post(PATH)
        .header("content-type", "application/json")
        .body(Full::from(body.to_owned()))
        .unwrap()
}

pub(crate) fn call_with(key: &str, body: &str) -> Request<Full<Bytes>> {
    let mut request = call(body);
    let bearer = format!("Bearer {key}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    request
}

/// A tenant of this name whose key is its name, with what it may do.
pub(crate) fn tenants<const N: usize>(
    names: [&'static str; N],
    may: impl Fn(Caller) -> Caller,
) -> Tenants {
    Tenants::keys(names.map(|name| (name, may(Caller::new(Tenant::new(name).unwrap())))))
}

pub(crate) fn budget(limit: &str) -> Budget {
    Budget::new("b").limit(limit.parse().unwrap(), Window::Day)
}

pub(crate) fn held(budget: &Budget) -> u64 {
    budget.scope().allowance().unwrap().held().nanos()
}

pub(crate) fn spent(budget: &Budget) -> u64 {
    budget.scope().allowance().unwrap().spent().nanos()
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.into()).unwrap()
}

/// Makes a call, reads its answer to the end, and says how it ended.
pub(crate) async fn finish(stack: Stack<Fake>, body: &str) -> Finished {
    let response = stack.boxed().oneshot(call(body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let outcome = response.extensions().get::<Outcome>().unwrap().clone();
    text(response).await;
    outcome.finished().await.clone()
}
