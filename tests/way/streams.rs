//! Streams on their way: one event at a time, byte for byte, and never a clean end on a cut answer.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, End as Ended, Window},
    sim::{Event, Fault, Framing, Gate, Pace, Times},
};

use crate::{
    ends::{One, call, read, read_events},
    fake::{End, Fake, Script, catalog},
    support::{chat, single_attempts},
    watched::{Shared, Watched},
};

#[tokio::test]
async fn an_event_reaches_the_caller_before_the_next_is_made() {
    let gate = Gate::new();
    let one = One::start_with("stops", |p| p.pace(Pace::Gated(gate.clone()))).await;
    let stack = one.stack.clone().boxed();
    let calling = tokio::spawn(stack.oneshot(call(true)));
    gate.open(1);
    let mut body = Box::pin(calling.await.unwrap().unwrap().into_body());
    read_events(&mut body, 1).await;
    // 20 words and the reason to end; then usage, which is hidden, and the end.
    for event in 2..=22 {
        assert!(body.frame().now_or_never().is_none(), "event {event}");
        let made =
            |made: &Event| matches!(made, Event::Streamed { events, .. } if *events >= event);
        assert!(!one.server.events().iter().any(made));
        gate.open(1);
        let text = read_events(&mut body, 1).await;
        assert_eq!(text.matches("data: ").count(), 1);
    }
    gate.open(1);
    assert!(
        body.frame().now_or_never().is_none(),
        "usage is not for the caller"
    );
    gate.open(1);
    assert_eq!(read_events(&mut body, 1).await, "data: [DONE]\n\n");
    assert!(body.frame().await.is_none());
    assert!(
        matches!(one.watched.ends()[..], [Ended::Metered(cost)] if cost.nanos() == one.billed())
    );
}

/// The end marker is the end, though the provider's socket stays open.
#[tokio::test]
async fn a_socket_that_never_ends_does_not_keep_the_caller() {
    let fake = Fake::new(Script {
        end: End::Never,
        ..Script::stream(3)
    });
    let response = single_attempts(fake, catalog("stops"))
        .boxed()
        .oneshot(call(true))
        .await
        .unwrap();
    let (text, clean) = read(response.into_body()).now_or_never().unwrap();
    assert!(clean && text.ends_with("data: [DONE]\n\n"));
}

/// What the provider sends to a client of its own.
async fn directly(one: &One, include_usage: bool) -> String {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let mut body = json!({
        "model": "m", "stream": true, "max_tokens": 300,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    if include_usage {
        body["stream_options"] = json!({"include_usage": true});
    }
    let (mut head, body) = chat(&body).into_parts();
    head.uri = format!("{}/chat/completions", one.server.base_url())
        .parse()
        .unwrap();
    let response = client.request(Request::from_parts(head, body)).await;
    let bytes = response.unwrap().into_body().collect().await.unwrap();
    String::from_utf8(bytes.to_bytes().into()).unwrap()
}

/// Ids and times differ between two calls; they are as long.
fn alike(text: &str) -> String {
    let mut alike = String::new();
    for part in text.split_inclusive("chatcmpl-") {
        let skip = if alike.is_empty() {
            0
        } else {
            29.min(part.len())
        };
        alike.push_str(&part[skip..]);
    }
    let mut parts = alike.split(r#""created":"#);
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| {
        all + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

#[tokio::test]
async fn all_other_bytes_are_the_providers_whatever_the_framing() {
    for framing in [
        None,
        Some(Framing::Bytes),
        Some(Framing::Comments),
        Some(Framing::CrLf),
        Some(Framing::Bom),
    ] {
        for asked in [false, true] {
            let one = One::start("stops").await;
            if let Some(framing) = framing {
                one.server.fail(Fault::Framing(framing), Times::Always);
            }
            // The provider is always asked for usage, so that is what it is compared with.
            let sent = directly(&one, true).await;
            let mut body = json!({
                "model": "m", "stream": true, "max_tokens": 300,
                "messages": [{"role": "user", "content": "Hello"}],
            });
            if asked {
                body["stream_options"] = json!({"include_usage": true});
            }
            let stack = one.stack.clone().boxed();
            let response = stack.oneshot(chat(&body)).await.unwrap();
            let (got, clean) = read(response.into_body()).await;
            assert!(clean, "{framing:?}");
            let expected = if asked { sent } else { without_usage(&sent) };
            assert_eq!(alike(&got), alike(&expected), "{framing:?} {asked}");
            assert!(got.contains("prompt_tokens") == asked);
            one.watched.assert_at_rest();
            assert!(matches!(one.watched.ends()[..], [Ended::Metered(_)]));
        }
    }
}

/// A stream without the event that has usage, comments of its block included.
fn without_usage(text: &str) -> String {
    let at = text.find(r#""choices":[]"#).unwrap();
    let blank = if text.contains('\r') {
        "\r\n\r\n"
    } else {
        "\n\n"
    };
    let start = text[..at].rfind(blank).unwrap() + blank.len();
    let end = at + text[at..].find(blank).unwrap() + blank.len();
    // A keep-alive before it is an event of its own.
    format!("{}{}", &text[..start], &text[end..])
}

#[tokio::test]
async fn nothing_after_the_end_counts_and_a_missing_end_is_found_out() {
    let done = Bytes::from_static(b"data: [DONE]\n\n");
    let junk = Bytes::from_static(
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"more\"}}]}\n\n",
    );
    for data in [done, junk, Bytes::from_static(b"data: not json\n\n")] {
        let one = One::start("stops").await;
        let after = u64::MAX;
        one.server.fail(Fault::Insert { after, data }, Times::Once);
        let response = one.send(true).await.unwrap();
        let (text, clean) = read(response.into_body()).await;
        assert!(clean && text.ends_with("data: [DONE]\n\n"), "{text}");
        assert_eq!(text.matches("[DONE]").count(), 1);
        assert!(!text.contains("more\""));
    }
    // The reason to end and usage have come: nothing is missing but the marker.
    let one = One::start("stops").await;
    one.server.fail(Fault::NoDone, Times::Once);
    let response = one.send(true).await.unwrap();
    let (text, clean) = read(response.into_body()).await;
    assert!(
        clean && text.contains(r#""finish_reason":"stop""#),
        "{text}"
    );
}

#[tokio::test]
async fn a_stream_cut_anywhere_has_no_clean_end() {
    let whole = Script::stream(6).frames;
    let bytes: Vec<u8> = whole.iter().flat_map(|(bytes, _)| bytes.to_vec()).collect();
    // From the first byte on up to the last that is not yet the reason to end.
    let until = String::from_utf8_lossy(&bytes).find("\"stop\"").unwrap();
    for end in [End::Clean, End::Broken] {
        for cut in 0..until {
            let script = Script {
                frames: vec![(Bytes::copy_from_slice(&bytes[..cut]), 0)],
                end,
                ..Script::stream(0)
            };
            let watched = Watched::shared();
            let budget = Budget::new("org")
                .limit("1".parse().unwrap(), Window::Total)
                .ledger(Arc::new(Shared(Arc::clone(&watched))));
            let response = single_attempts(Fake::new(script), catalog("stops"))
                .budget(budget)
                .boxed()
                .oneshot(call(true))
                .await
                .unwrap();
            let (text, clean) = read(response.into_body()).await;
            assert!(!clean, "cut at {cut}: {text}");
            let last = text.trim_end().rsplit("\n\n").next().unwrap();
            let error: serde_json::Value =
                serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(
                error["error"]["code"], "bad_gateway",
                "cut at {cut}: {text}"
            );
            assert!(text.ends_with("\n\n"));
            watched.assert_at_rest();
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_never_looks_like_one() {
    let location = "http://127.0.0.1:1/v1/elsewhere";
    for fault in [
        Fault::Html,
        Fault::Empty,
        Fault::WrongContentType,
        Fault::Garbage,
        Fault::Redirect(location.into()),
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "text/event-stream".parse().unwrap(),
            body: Bytes::new(),
        },
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "text/event-stream".parse().unwrap(),
            body: Bytes::from_static(b"data: [DONE]\n\n"),
        },
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "text/event-stream".parse().unwrap(),
            body: Bytes::from_static(b": keep-alive\n\n: keep-alive\n\n"),
        },
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "application/json".parse().unwrap(),
            body: Bytes::from_static(b"{\"choices\":[]}"),
        },
        Fault::Raw {
            status: StatusCode::NO_CONTENT,
            content_type: "application/json".parse().unwrap(),
            body: Bytes::new(),
        },
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "application/json".parse().unwrap(),
            body: Bytes::from_static(b"\x1f\x8b\x08\x00 compressed"),
        },
    ] {
        for stream in [false, true] {
            let one = One::start("stops").await;
            one.server.fail(fault.clone(), Times::Once);
            let response = one.send(stream).await.unwrap();
            let status = response.status();
            assert!(!response.headers().contains_key("location"));
            let (text, clean) = read(response.into_body()).await;
            assert!(
                !(status.is_success() && clean),
                "{fault:?} {stream}: {status} {text}"
            );
            assert!(text.contains(r#""error""#), "{fault:?} {stream}: {text}");
            one.watched.assert_at_rest();
            let spent = one.budget.scope().allowance().unwrap().spent().nanos();
            assert!(spent >= one.billed(), "{fault:?} {stream}");
        }
    }
}

/// Two choices were asked for; one that says twice why it ended does not stand for both.
#[tokio::test]
async fn an_answer_is_complete_when_every_choice_is() {
    let chunk = |index: u32, rest: &str| {
        format!("data: {{\"choices\":[{{\"index\":{index},{rest}}}]}}\n\n")
    };
    let ended = r#""delta":{},"finish_reason":"stop""#;
    let body = json!({
        "model": "m", "stream": true, "max_tokens": 300, "n": 2,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    for (reasons, complete) in [
        (vec![chunk(0, ended), chunk(0, ended)], false),
        (
            vec![
                chunk(0, r#""delta":{"content":"a"},"finish_reason":"""#),
                chunk(1, r#""delta":{"content":"b"},"finish_reason":"null""#),
            ],
            false,
        ),
        (vec![chunk(1, ended), chunk(0, ended)], true),
    ] {
        let frames: Vec<&str> = reasons.iter().map(String::as_str).collect();
        let fake = Fake::new(Script::raw("text/event-stream", &frames));
        let response = single_attempts(fake, catalog("stops"))
            .boxed()
            .oneshot(chat(&body))
            .await
            .unwrap();
        let (text, clean) = read(response.into_body()).await;
        assert_eq!(clean, complete, "{text}");
    }
}

/// Some providers repeat in `message` what `delta` has said so far.
#[tokio::test]
async fn a_message_beside_the_delta_does_no_harm() {
    let frames = [
        "data: {\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hi\"},\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hi\"},\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    ];
    let fake = Fake::new(Script::raw("text/event-stream", &frames));
    let response = single_attempts(fake, catalog("stops"))
        .boxed()
        .oneshot(call(true))
        .await
        .unwrap();
    assert_eq!(read(response.into_body()).await, (frames.concat(), true));
}

/// Over HTTP/1.1 the caller sees a chunked body without its last chunk.
#[tokio::test]
async fn a_cut_stream_is_aborted_on_the_wire() {
    for (fault, clean) in [(None, true), (Some(Fault::CutAfter(4)), false)] {
        let one = One::start("stops").await;
        if let Some(fault) = fault {
            one.server.fail(fault, Times::Once);
        }
        let addr = serve(one.stack.clone().boxed()).await;
        let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
        let body = call(true).into_body().collect().await.unwrap().to_bytes();
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&body).await.unwrap();
        let mut answer = Vec::new();
        // Some systems report the abort as a reset.
        let _ = socket.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("transfer-encoding: chunked"));
        assert_eq!(answer.ends_with("\r\n0\r\n\r\n"), clean, "{answer}");
        assert_eq!(answer.contains("bad_gateway"), !clean, "{answer}");
    }
}

type Boxed<E> =
    tower::util::BoxCloneSyncService<Request<hyper::body::Incoming>, http::Response<Body>, E>;

/// Serves a stack on loopback, over HTTP/1.1 and HTTP/2.
pub(crate) async fn serve<E>(stack: Boxed<E>) -> std::net::SocketAddr
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper_util::service::TowerToHyperService::new(stack.clone());
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let served = server.serve_connection(TokioIo::new(stream), service);
                let _ = Pin::from(Box::new(served)).await;
            });
        }
    });
    addr
}

/// The way back presses on the provider: who does not read makes it wait.
#[tokio::test]
async fn a_reader_that_stops_stops_the_provider() {
    let fake = Fake::new(Script::stream(10));
    let response = single_attempts(fake.clone(), catalog("stops"))
        .boxed()
        .oneshot(call(true))
        .await
        .unwrap();
    let mut body = Box::pin(response.into_body());
    read_events(&mut body, 2).await;
    assert_eq!(fake.frames_given(), 2, "nothing is read ahead");
}

/// An event without end is not waited for: memory for it is bounded, and the caller is told.
#[tokio::test]
async fn an_event_without_end_is_cut() {
    let mib = "x".repeat(1 << 20);
    let mut script = Script::stream(2);
    script.frames.truncate(2);
    let endless = std::iter::repeat_n((Bytes::from(mib), 1), 200);
    script.frames.push((Bytes::from_static(b"data: "), 0));
    script.frames.extend(endless);
    let fake = Fake::new(script);
    let watched = Watched::shared();
    let budget = Budget::new("org")
        .limit("1".parse().unwrap(), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    let response = single_attempts(fake.clone(), catalog("stops"))
        .budget(budget)
        .boxed()
        .oneshot(call(true))
        .await
        .unwrap();
    let (text, clean) = read(response.into_body()).await;
    assert!(!clean && text.contains("bad_gateway"));
    assert!(text.len() < 2_000, "nothing of it is passed on");
    assert!(fake.frames_given() < 100, "{}", fake.frames_given());
    watched.assert_at_rest();
}

/// Nor is a whole answer without end kept.
#[tokio::test]
async fn an_answer_without_end_is_no_answer() {
    let mib = "x".repeat(1 << 20);
    for status in [StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR] {
        let mut script = Script::whole(1);
        script.status = status;
        let endless = std::iter::repeat_n((Bytes::from(mib.clone()), 1), 200);
        script.frames.splice(1..1, endless);
        let fake = Fake::new(script);
        let response = single_attempts(fake.clone(), catalog("stops"))
            .boxed()
            .oneshot(call(false))
            .await
            .unwrap();
        assert!(response.status().is_server_error());
        let (text, clean) = read(response.into_body()).await;
        assert!(clean && text.contains(r#""error""#) && text.len() < 1_000);
        assert!(fake.frames_given() < 100, "{}", fake.frames_given());
    }
}
