//! FaultLayer.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_genai::sim::{CutError, FaultLayer};

fn echo() -> tower_test::mock::Mock<Request<()>, Response<Full<Bytes>>> {
    let (mock, mut handle) = tower_test::mock::pair::<Request<()>, Response<Full<Bytes>>>();
    tokio::spawn(async move {
        while let Some((_, respond)) = handle.next_request().await {
            respond.send_response(Response::new(Full::from("answer")));
        }
    });
    mock
}

/// The statuses of forty calls, and whether their bodies were whole.
async fn fates(layer: &FaultLayer) -> Vec<(u16, bool)> {
    let mut fates = Vec::new();
    for _ in 0..40 {
        // Each call by a fresh clone: they share the sequence.
        let service = layer.clone().layer(echo());
        let response = service.oneshot(Request::new(())).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await;
        if let Err(error) = &body {
            assert!(error.is::<CutError>());
        }
        fates.push((status, body.is_ok()));
    }
    fates
}

#[tokio::test]
async fn random_faults_are_those_of_the_seed() {
    let layer = |seed| FaultLayer::new(seed).status(0.3).cut(0.3, 0);
    let seen = fates(&layer(7)).await;
    assert_eq!(seen, fates(&layer(7)).await);
    assert_ne!(seen, fates(&layer(8)).await);
    for kind in [(503, true), (200, true), (200, false)] {
        assert!(seen.contains(&kind), "{kind:?}");
    }
    let calm = fates(&FaultLayer::new(7)).await;
    assert!(calm.iter().all(|fate| *fate == (200, true)));
}

#[tokio::test]
async fn a_random_refusal_has_openais_body_and_does_not_call() {
    let (mock, mut handle) = tower_test::mock::pair::<Request<()>, Response<Full<Bytes>>>();
    let service = FaultLayer::new(1).status(1.0).layer(mock);
    let response = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let error: Value = serde_json::from_slice(&body).unwrap();
    assert!(error["error"]["message"].is_string());
    assert!(handle.next_request().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_random_delay_waits_on_tokios_clock() {
    let layer = FaultLayer::new(1).delay(1.0, Duration::from_secs(3));
    let before = tokio::time::Instant::now();
    layer.layer(echo()).oneshot(Request::new(())).await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(3));
}
