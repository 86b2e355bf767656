//! What is promised of a stack over reqwest.

use std::{
    convert::Infallible,
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{Router, response::Response, routing::post};
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tower::{Service, ServiceExt};
use tower_genai::{
    Body,
    budget::{Allowance, Budget, Window},
    catalog::Catalog,
    client::{ForReqwest, OverReqwest},
    dispatch::Sent,
    fallback::FallbackLayer,
    sim::{self, Dialect, Event, Fault, Pace, Times},
    stack::{ClientSide, Stack},
};

fn catalog(dialect: &str, base_url: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "{dialect}"
        base_url = "{base_url}"
        api_key_env = "PATH" # anything that is there

        [[model]]
        name = "m"
        provider = "p"
        price = {{ input = "1.00", output = "3.20" }}
        can = ["stream"]
        "#
    );
    Catalog::from_toml(&text).unwrap()
}

fn stack(catalog: Catalog, budget: &Budget) -> Stack<OverReqwest, ClientSide> {
    let client = OverReqwest::build(reqwest::Client::builder()).unwrap();
    Stack::client_with(client, catalog)
        .budget(budget.clone())
        .fallback(FallbackLayer::new().attempts(1))
}

fn request(stream: bool) -> Request<Full<Bytes>> {
    let body = format!(
        r#"{{"model":"m","max_tokens":50,"stream":{stream},"messages":[{{"role":"user","content":"Hello?"}}]}}"#
    );
    Request::post("http://localhost/v1/chat/completions")
        .body(Full::from(body))
        .unwrap()
}

fn budget() -> Budget {
    Budget::new("b").limit("1".parse().unwrap(), Window::Total)
}

fn allowance(budget: &Budget) -> Allowance {
    budget.scope().allowance().unwrap()
}

async fn provider(dialect: Dialect, pace: Pace) -> sim::Server {
    let model = sim::Model::new("m").price("1.00", "3.20");
    let provider = sim::Provider::new("p").dialect(dialect).model(model);
    provider.pace(pace).start().await.unwrap()
}

#[tokio::test]
async fn its_readiness_is_asked_before_it_is_called() {
    let (mock, mut handle) = tower_test::mock::pair::<reqwest::Request, reqwest::Response>();
    let mut client = OverReqwest::around(mock);
    handle.allow(0);
    assert!(!is_ready::<_, Request<Body>>(&mut client));
    handle.allow(1);
    assert!(is_ready::<_, Request<Body>>(&mut client));
    let answer = client.call(Request::new(Body::empty())).await;
    assert!(answer.is_err(), "`/` is no address");
}

/// Whether it is ready now.
fn is_ready<S: Service<R>, R>(service: &mut S) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    matches!(service.poll_ready(&mut cx), Poll::Ready(Ok(())))
}

#[tokio::test]
async fn bytes_stay_bytes_and_streams_stream() {
    let bytes = reqwest::Body::from(Body::from(Bytes::from("whole")));
    assert_eq!(bytes.as_bytes(), Some(&b"whole"[..]));
    assert_eq!(
        reqwest::Body::from(Body::empty()).as_bytes(),
        Some(&b""[..])
    );
    let slices = Body::from_iter([Bytes::from("in "), Bytes::from("slices")]);
    let streamed = reqwest::Body::from(slices);
    assert_eq!(streamed.as_bytes(), None);
    assert_eq!(streamed.collect().await.unwrap().to_bytes(), "in slices");
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    async fn echo(request: Request<axum::body::Body>) -> Response<axum::body::Body> {
        let whole = request.into_body().collect().await.unwrap();
        let mut trailers = HeaderMap::new();
        let length = whole.to_bytes().len();
        trailers.insert("x-length", length.into());
        let frames = [Frame::data(Bytes::from("data")), Frame::trailers(trailers)];
        let frames = frames.map(Ok::<_, Infallible>);
        Response::new(axum::body::Body::new(StreamBody::new(stream::iter(frames))))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().route("/", post(echo))).into_future());

    let client = OverReqwest::build(reqwest::Client::builder().http2_prior_knowledge()).unwrap();
    let request = Request::post(&url)
        .body(Body::from(Bytes::from("four")))
        .unwrap();
    let answer = client.clone().oneshot(request).await.unwrap();
    let whole = answer.into_body().collect().await.unwrap();
    assert_eq!(whole.trailers().unwrap()["x-length"], "4");

    // And out again, to what speaks reqwest.
    let back = ForReqwest::new(client);
    let request = reqwest::Client::new()
        .post(&url)
        .body("three")
        .build()
        .unwrap();
    let answer = http::Response::from(back.oneshot(request).await.unwrap());
    let whole = answer.into_body().collect().await.unwrap();
    assert_eq!(whole.trailers().unwrap()["x-length"], "5");
    assert_eq!(whole.to_bytes(), "data");
}

#[tokio::test]
async fn what_was_never_sent_costs_nothing_and_what_was_costs_its_bound() {
    // Bound, and nobody listens.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("http://{}/v1", socket.local_addr().unwrap());
    let money = budget();
    let stack_to_nobody = stack(catalog("openai", &nobody), &money).boxed();
    let error = stack_to_nobody.oneshot(request(false)).await.unwrap_err();
    assert_eq!(Sent::of(&error), Sent::Never);
    assert_eq!(allowance(&money).left(), allowance(&money).limit());

    let provider = provider(Dialect::OpenAi, Pace::default()).await;
    provider.fail(Fault::HangUp, Times::Once);
    let stack = stack(catalog("openai", &provider.base_url()), &money).boxed();
    let error = stack.clone().oneshot(request(false)).await.unwrap_err();
    assert_eq!(Sent::of(&error), Sent::Perhaps);
    let bound = allowance(&money).spent();
    assert!(bound.nanos() > 0 && allowance(&money).held().nanos() == 0);

    let answer = stack.oneshot(request(false)).await.unwrap();
    answer.into_body().collect().await.unwrap();
    let billed = allowance(&money).spent().nanos() - bound.nanos();
    assert_eq!(billed, provider.bill().total_nano_usd());
}

#[tokio::test]
async fn a_request_that_the_provider_refuses_to_look_at_is_free() {
    let provider = provider(Dialect::OpenAi, Pace::default()).await;
    provider.fail(Fault::Refused, Times::Once);
    let money = budget();
    let http = reqwest::Client::builder().http2_prior_knowledge();
    let client = OverReqwest::build(http).unwrap();
    let catalog = catalog("openai", &provider.base_url());
    let stack = Stack::client_with(client, catalog)
        .budget(money.clone())
        .boxed();
    let answer = stack.oneshot(request(false)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.into_body().collect().await.unwrap();
    assert_eq!(
        allowance(&money).spent().nanos(),
        provider.bill().total_nano_usd()
    );
}

#[tokio::test]
async fn a_caller_that_leaves_is_noticed_by_the_provider_at_once() {
    let slow = Pace::Every(Duration::from_millis(50));
    let provider = provider(Dialect::OpenAi, slow).await;
    let money = budget();
    let stack = stack(catalog("openai", &provider.base_url()), &money).boxed();
    let mut answer = stack.oneshot(request(true)).await.unwrap();
    answer.body_mut().frame().await.unwrap().unwrap();
    drop(answer);
    let gone = provider.event(|event| matches!(event, Event::ClientGone { .. }));
    tokio::time::timeout(Duration::from_secs(5), gone)
        .await
        .unwrap();
    assert_eq!(allowance(&money).held().nanos(), 0);
    assert!(allowance(&money).spent().nanos() >= provider.bill().total_nano_usd());
}

#[tokio::test]
async fn keys_are_not_taken_along_to_where_a_provider_redirects() {
    for (name, dialect) in [
        ("openai", Dialect::OpenAi),
        ("anthropic", Dialect::Anthropic),
        ("gemini", Dialect::Gemini),
    ] {
        let [provider, thief] = [
            provider(dialect, Pace::default()).await,
            provider(dialect, Pace::default()).await,
        ];
        let elsewhere = format!("{}/chat/completions", thief.base_url());
        provider.fail(Fault::Redirect(elsewhere), Times::Always);
        let stack = stack(catalog(name, &provider.base_url()), &budget()).boxed();
        let answer = stack.oneshot(request(false)).await.unwrap();
        assert!(!answer.status().is_success());
        assert_eq!(
            (provider.calls().len(), thief.calls().len()),
            (1, 0),
            "{name}"
        );
    }
}
