//! What a provider records, its pace, its end.

use http::{Method, Version};
use http_body_util::BodyExt;
use std::time::Duration;
use tower_genai::sim::{Event, Gate, Pace, Provider};

use crate::client::{
    answer, ask, frames, glm, happens, http1, http2, post, start, stream, text, try_post,
};

#[tokio::test]
async fn requests_are_recorded_to_the_byte() {
    let server = start(glm()).await;
    let body = ask();
    post(&server, &body).await;
    try_post(&http2(), &server, &body).await.unwrap();
    let calls = server.calls();
    assert_eq!(calls[0].version, Version::HTTP_11);
    assert_eq!(calls[1].version, Version::HTTP_2);
    for call in &calls {
        assert_eq!(call.method, Method::POST);
        assert_eq!(call.path, "/v1/chat/completions");
        assert_eq!(call.query, None);
        assert_eq!(
            call.authority.as_deref(),
            Some(server.addr().to_string().as_str())
        );
        assert_eq!(call.headers["authorization"], "Bearer sk-test");
        assert_eq!(call.body, body.to_string());
        assert!(!format!("{call:?}").contains("sk-test"));
        assert!(!format!("{call:?}").contains("Hello"));
    }
}

#[tokio::test]
async fn connections_are_told_apart() {
    let server = start(glm()).await;
    let (kept, body) = (http1(), ask());
    for http in [&kept, &kept, &http2()] {
        text(try_post(http, &server, &body).await.unwrap()).await;
    }
    let connections: Vec<_> = server.calls().iter().map(|c| c.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[tokio::test]
async fn a_gate_lets_events_through_one_by_one() {
    let gate = Gate::new();
    let server = start(glm().exact_output(4).pace(Pace::Gated(gate.clone()))).await;
    let response = post(&server, &stream()).await;
    let mut body = response.into_body();
    gate.open(2);
    assert_eq!(frames(&mut body, 2).await, 2);
    let streamed = server.events();
    assert!(streamed.contains(&Event::Streamed { call: 1, events: 2 }));
    assert!(!streamed.contains(&Event::Streamed { call: 1, events: 3 }));
    gate.open_all();
    // Role, four words, finish, usage, [DONE]: six are left.
    assert_eq!(frames(&mut body, 7).await, 6);
    assert_eq!(server.events().last(), Some(&Event::Finished { call: 1 }));
}

#[tokio::test]
async fn a_whole_answer_passes_the_gate_once() {
    let gate = Gate::new();
    let server = start(glm().pace(Pace::Gated(gate.clone()))).await;
    let body = ask();
    let (_, answer) = tokio::join!(
        async {
            happens(&server, |e| matches!(e, Event::Received { .. })).await;
            assert_eq!(server.bill().billed(), 0);
            gate.open(1);
        },
        answer(&server, &body)
    );
    assert_eq!(answer["object"], "chat.completion");
}

#[tokio::test(start_paused = true)]
async fn a_pace_is_kept() {
    let pace = Pace::Every(Duration::from_millis(20));
    let server = start(glm().exact_output(4).pace(pace)).await;
    let before = tokio::time::Instant::now();
    text(post(&server, &stream()).await).await;
    // Eight events; the clock goes on by itself only while everything waits.
    assert!(before.elapsed() >= Duration::from_millis(160));
    let before = tokio::time::Instant::now();
    answer(&server, &ask()).await;
    assert!(before.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_stop_closes_what_is_open() {
    let gate = Gate::new();
    let server = start(glm().pace(Pace::Gated(gate))).await;
    let response = post(&server, &stream()).await;
    server.stop().await;
    assert!(response.into_body().collect().await.is_err());
    assert_eq!(server.events().last(), Some(&Event::Failed { call: 1 }));
    assert!(try_post(&http1(), &server, &ask()).await.is_none());
    server.stop().await;
}

#[tokio::test]
async fn the_last_handle_stops_the_server() {
    let server = start(glm()).await;
    let other = server.clone();
    let addr = server.addr();
    drop(server);
    answer(&other, &ask()).await;
    drop(other);
    // The abort reaches the task when it is next polled.
    tokio::task::yield_now().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn more_calls_than_there_is_room_for_are_refused() {
    let gate = Gate::new();
    let model = glm().pace(Pace::Gated(gate.clone()));
    let server = Provider::new("p")
        .at_once(1)
        .model(model)
        .start()
        .await
        .unwrap();
    let first = post(&server, &stream()).await;
    let second = post(&server, &ask()).await;
    assert_eq!(second.status(), 429);
    assert_eq!(second.headers()["retry-after"], "1");
    assert_eq!(
        server.bill().line(2).map(|l| (l.status, l.nano_usd)),
        Some((429, 0))
    );
    drop(first);
    happens(&server, |e| matches!(e, Event::ClientGone { .. })).await;
    gate.open_all();
    answer(&server, &ask()).await;
}
