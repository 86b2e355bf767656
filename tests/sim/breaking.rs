//! Connections that break at a byte, never begin, or keep a client waiting.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tower_genai::sim::{Event, Fault, Framing, Times};

use crate::client::{
    ask, chunks, content, events, glm, happens, http1, http2, post, start, stream, text, try_post,
};

/// What comes of a body until it ends or breaks.
async fn until_broken(mut body: Incoming) -> (Vec<u8>, bool) {
    let mut seen = Vec::new();
    loop {
        match body.frame().await {
            Some(Ok(frame)) => seen.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(_)) => return (seen, true),
            None => return (seen, false),
        }
    }
}

#[tokio::test]
async fn a_refused_stream_says_so_and_costs_nothing() {
    let server = start(glm()).await;
    server.fail(Fault::Refused, Times::Always);
    let (sender, connection) = hyper::client::conn::http2::handshake(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(tokio::net::TcpStream::connect(server.addr()).await.unwrap()),
    )
    .await
    .unwrap();
    tokio::spawn(connection);
    let mut sender = sender;
    let request = http::Request::post(format!("{}/chat/completions", server.base_url()))
        .header("content-type", "application/json")
        .body(http_body_util::Full::<Bytes>::from(ask().to_string()))
        .unwrap();
    let error = sender.send_request(request).await.unwrap_err();
    let reason = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(reason.contains("refused"), "{reason}");
    // HTTP/1.1 has no word for it.
    assert!(try_post(&http1(), &server, &stream()).await.is_none());
    happens(&server, |event| matches!(event, Event::Failed { call: 2 })).await;
    assert_eq!(server.bill().total_nano_usd(), 0);
}

#[tokio::test]
async fn a_body_breaks_at_a_byte() {
    for http in [http1(), http2()] {
        let server = start(glm()).await;
        for body in [ask(), stream()] {
            let whole = try_post(&http, &server, &body).await.unwrap();
            let whole = text(whole).await;
            for at in [0, 1, 30, 300] {
                server.fail(Fault::CutAt(at), Times::Once);
                let response = try_post(&http, &server, &body).await.unwrap();
                let (seen, broke) = until_broken(response.into_body()).await;
                assert_eq!((seen.len() as u64, broke), (at, true));
                // Ids differ further on.
                assert_eq!(
                    seen[..seen.len().min(8)],
                    whole.as_bytes()[..seen.len().min(8)]
                );
            }
        }
    }
}

#[tokio::test]
async fn portions_of_every_size_are_the_same_stream() {
    let server = start(glm()).await;
    let plain = content(&chunks(&server, &stream()).await);
    server.fail(Fault::Framing(Framing::Merged), Times::Once);
    assert_eq!(content(&chunks(&server, &stream()).await), plain);
    server.fail(Fault::Framing(Framing::Cr), Times::Once);
    let lines = text(post(&server, &stream()).await).await;
    assert!(!lines.contains('\n'));
    let ended = events(&lines.replace('\r', "\n")).pop();
    assert_eq!(ended.as_deref(), Some("[DONE]"));
    let costs: Vec<_> = server.bill().lines().map(|line| line.nano_usd).collect();
    assert!(costs.iter().all(|cost| *cost == costs[0]));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_takes_its_time() {
    let server = start(glm().exact_output(2)).await;
    for body in [ask(), stream()] {
        server.fail(Fault::Drip(Duration::from_secs(1)), Times::Once);
        let begun = tokio::time::Instant::now();
        let whole = text(post(&server, &body).await).await;
        let took = begun.elapsed().as_secs();
        assert!(took >= whole.len() as u64, "{took} s for {}", whole.len());
    }
}

#[tokio::test]
async fn signs_of_life_come_until_the_client_leaves() {
    let server = start(glm()).await;
    let every = Duration::from_millis(1);
    for (call, events) in [(1, 0), (2, 3)] {
        server.fail(Fault::PingsAfter { events, every }, Times::Once);
        let mut body = post(&server, &stream()).await.into_body();
        let mut seen = String::new();
        while seen.matches(": ping\n\n").count() < 5 {
            let frame = body.frame().await.unwrap().unwrap();
            seen += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
        }
        assert_eq!(seen.matches("data: ").count() as u64, events);
        drop(body);
        happens(&server, |event| *event == Event::ClientGone { call }).await;
    }
}
