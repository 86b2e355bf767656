use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tower::{ServiceExt, service_fn};
use tower_genai::{
    Body,
    shadow::ShadowLayer,
    sim::{Event, Gate, Pace},
    stack::{ClientSide, Stack},
};

use crate::support::{House, THREE, all, ample, ask, call, catalog};

#[tokio::test]
async fn the_caller_does_not_wait_for_the_other() {
    let gate = Gate::new();
    let pace = gate.clone();
    let mut house = House::start_with(THREE, |name, model| match name {
        "dear" => model.pace(Pace::Gated(pace.clone())),
        _ => model,
    })
    .await;
    let stack = house.stack(all(&ample())).boxed();
    for stream in [false, true] {
        // To its end, while the other cannot answer.
        let answer = ask(&stack, call("x", stream)).await;
        assert_eq!(answer.by(), "cheap");
    }
    assert!(house.is_quiet());
    gate.open_all();
    house.shadowed().await;
    house.shadowed().await;
}

#[tokio::test]
async fn the_other_is_asked_after_the_answer_has_ended() {
    let gate = Gate::new();
    let pace = gate.clone();
    let mut house = House::start_with(THREE, |name, model| match name {
        "cheap" => model.pace(Pace::Gated(pace.clone())),
        _ => model,
    })
    .await;
    let stack = house.stack(all(&ample())).boxed();
    let response = stack.clone().oneshot(call("x", true));
    gate.open(3);
    let mut body = response.await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(house.calls("dear"), 0);
    gate.open_all();
    body.collect().await.unwrap();
    house.shadowed().await;
}

const STREAM: [&str; 5] = [
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\nda",
    "ta: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Gr\u{fc}\"},\"finish_reason\":null}]}\r\n\r\n: a comment\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"odd\":[1],\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":1,\"total_tokens\":5}}\n\n",
    "data: [DONE]\n\n",
];

async fn answer(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let pieces =
        STREAM.map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::from_static(piece.as_bytes()))));
    let body = Body::new(StreamBody::new(futures::stream::iter(pieces)));
    let response = Response::builder().header("content-type", "text/event-stream");
    Ok(response.body(body).unwrap())
}

/// Frame by frame, as they come.
async fn frames(
    stack: Stack<
        impl tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
        ClientSide,
    >,
) -> Vec<Bytes> {
    let response = stack.boxed().oneshot(call("x", true)).await.unwrap();
    let mut body = response.into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        frames.push(frame.unwrap().into_data().unwrap());
    }
    frames
}

#[tokio::test]
async fn not_a_byte_is_changed_or_held_back() {
    let plain = || Stack::client_with(service_fn(answer), catalog(THREE, |_| "http://x/v1".into()));
    let without = frames(plain()).await;
    assert!(without.len() > 2, "several frames");
    assert_eq!(frames(plain().shadow(all(&ample()))).await, without);
    // Nor by one that gives up reading in the middle.
    assert_eq!(frames(plain().shadow(all(&ample()).most(1))).await, without);
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_given_up() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let client = service_fn(move |request: Request<Body>| {
        let tell = tell.clone();
        async move {
            let dear = request
                .uri()
                .authority()
                .is_some_and(|at| at.as_str() == "dear");
            if dear {
                tell.send(tokio::time::Instant::now()).unwrap();
                std::future::pending::<()>().await;
            }
            answer(request).await
        }
    });
    let urls = ["http://cheap/v1", "http://dear/v1", "http://weak/v1"];
    let catalog = catalog(THREE, |at| urls[at].into());
    let shadow = all(&ample())
        .at_once(1)
        .longest(Duration::from_millis(8_500));
    let stack = Stack::client_with(client, catalog).shadow(shadow).boxed();
    let begun = tokio::time::Instant::now();
    for _ in 0..12 {
        ask(&stack, call("x", true)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // The second has found the only place free again.
    let asked: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    let after: Vec<_> = asked.iter().map(|at| (*at - begun).as_secs()).collect();
    assert_eq!(after, [0, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_not_met_with_another_attempt() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let client = service_fn(move |request: Request<Body>| {
        let tell = tell.clone();
        async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            let mut response = answer(request).await?;
            if host == "dear" {
                *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            }
            tell.send(host).unwrap();
            Ok::<_, Infallible>(response)
        }
    });
    let urls = ["http://cheap/v1", "http://dear/v1", "http://weak/v1"];
    let catalog = catalog(THREE, |at| urls[at].into());
    let stack = Stack::client_with(client, catalog);
    let stack = stack.shadow(all(&ample())).boxed();
    ask(&stack, call("x", true)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let asked: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    assert_eq!(asked, ["cheap", "dear"]);
}

#[tokio::test]
async fn by_hand_it_stands_between_select_and_fallback() {
    use tower::ServiceBuilder;
    use tower_genai::{
        classify::ClassifyLayer,
        dispatch::DispatchLayer,
        fallback::FallbackLayer,
        select::{SelectLayer, Selector},
    };
    let house = House::start(THREE).await;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let service = ServiceBuilder::new()
        .layer(ClassifyLayer::new())
        .layer(SelectLayer::new(Selector::new(house.catalog.clone())))
        .layer(ShadowLayer::new(1.0, ample()))
        .layer(FallbackLayer::new())
        .layer(DispatchLayer::new())
        .service(client.build_http::<Body>());
    let answer = service.clone().oneshot(call("x", false)).await.unwrap();
    answer.into_body().collect().await.unwrap();
    crate::support::until(house.sim("dear"), |event| {
        matches!(event, Event::Finished { call: 1 })
    })
    .await;
    drop(service);
}
