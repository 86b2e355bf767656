//! Clients that leave.

use http_body_util::BodyExt;
use tower_genai::sim::{Event, Fault, Gate, OnDisconnect, Pace, Provider, Times};

use crate::client::{Http, ask, frames, glm, happens, http1, http2, start, stream, try_post};

/// A client of `http` leaves after `events` events; the line that it is left with.
async fn leave(http: Http, then: OnDisconnect, events: usize) -> (u64, u64, bool) {
    let gate = Gate::new();
    let model = glm().prompt_tokens(100).reasoning(5).exact_output(20);
    let provider = Provider::new("p").clients_leave(then).model(model);
    let provider = provider.pace(Pace::Gated(gate.clone()));
    let server = provider.start().await.unwrap();
    let response = try_post(&http, &server, &stream()).await.unwrap();
    gate.open(events);
    let mut body = response.into_body();
    assert_eq!(frames(&mut body, events).await, events);
    drop(body);
    drop(http);
    happens(&server, |e| *e == Event::ClientGone { call: 1 }).await;
    let bill = server.bill();
    let line = bill.line(1).unwrap();
    assert_eq!(bill.total_nano_usd(), line.nano_usd);
    (line.completion_tokens, line.nano_usd, line.cut)
}

#[tokio::test]
async fn a_client_that_leaves_pays_for_what_was_written() {
    // Role, then the reasoning and the first word, then another.
    for http in [http1(), http2()] {
        let left = leave(http, OnDisconnect::Stops, 3).await;
        assert_eq!(left, (7, 100 * 1_000 + 7 * 3_200, true));
    }
    let left = leave(http1(), OnDisconnect::Stops, 0).await;
    assert_eq!(left, (0, 100_000, true));
}

#[tokio::test]
async fn a_client_that_leaves_pays_for_everything_where_the_provider_runs_on() {
    for http in [http1(), http2()] {
        let left = leave(http, OnDisconnect::RunsOn, 3).await;
        assert_eq!(left, (20, 100 * 1_000 + 20 * 3_200, true));
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_is_noticed() {
    for http in [http1(), http2()] {
        let server = start(glm()).await;
        server.fail(Fault::Hold(Gate::new()), Times::Once);
        let body = ask();
        let call = try_post(&http, &server, &body);
        tokio::select! {
            _ = call => panic!("the head was held"),
            _ = happens(&server, |e| matches!(e, Event::Received { .. })) => {}
        }
        drop(http);
        happens(&server, |e| matches!(e, Event::ClientGone { .. })).await;
    }
}

#[tokio::test]
async fn a_stall_keeps_the_connection_and_notices_the_client_leave() {
    for http in [http1(), http2()] {
        let server = start(glm().prompt_tokens(100)).await;
        server.fail(Fault::StallAfter(2), Times::Once);
        let response = try_post(&http, &server, &stream()).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(frames(&mut body, 2).await, 2);
        assert!(futures::poll!(std::pin::pin!(body.frame())).is_pending());
        drop((body, http));
        happens(&server, |e| *e == Event::ClientGone { call: 1 }).await;
        assert_eq!(server.bill().total_nano_usd(), 103_200);
    }
}
