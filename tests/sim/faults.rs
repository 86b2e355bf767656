//! What goes wrong on command.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower_genai::sim::{Event, Fault, Framing, Times};

use crate::client::{
    answer, ask, chunks, content, events, glm, http1, http2, post, start, stream, text, try_post,
    whole, with,
};

#[tokio::test]
async fn a_status_comes_with_openais_error_and_costs_nothing() {
    let server = start(glm()).await;
    for (fault, status, kind, code) in [
        (
            Fault::status(429),
            429,
            "requests",
            json!("rate_limit_exceeded"),
        ),
        (Fault::status(500), 500, "server_error", Value::Null),
        (
            Fault::status(404),
            404,
            "invalid_request_error",
            json!("model_not_found"),
        ),
    ] {
        server.fail(fault, Times::Once);
        let response = post(&server, &ask()).await;
        assert_eq!(response.status(), status);
        let error = whole(response).await;
        assert_eq!(error["error"]["type"], kind);
        assert_eq!(error["error"]["code"], code);
    }
    let fault = Fault::Status {
        status: 429,
        code: Some("insufficient_quota".to_owned()),
        message: Some("Pay first.".to_owned()),
        retry_after: Some("2.5".to_owned()),
    };
    server.fail(fault, Times::Always);
    for _ in 0..2 {
        let response = post(&server, &stream()).await;
        assert_eq!(response.headers()["retry-after"], "2.5");
        let error = whole(response).await;
        assert_eq!(error["error"]["code"], "insufficient_quota");
        assert_eq!(error["error"]["message"], "Pay first.");
    }
    let bill = server.bill();
    assert_eq!(bill.lines().len(), 5);
    assert_eq!((bill.total_nano_usd(), bill.billed()), (0, 0));
    assert_eq!(bill.line(5).unwrap().status, 429);
    server.heal();
    answer(&server, &ask()).await;
    assert_eq!(server.bill().billed(), 1);
}

#[tokio::test]
async fn a_caller_can_ask_for_faults() {
    let server = start(glm()).await;
    let wish = json!({"metadata": {"sim": "status=503; retry_after=7; delay=1", "other": "x"}});
    let response = post(&server, &with(ask(), wish)).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "7");
    answer(&server, &with(ask(), json!({"metadata": {"other": "x"}}))).await;
}

#[tokio::test]
async fn answers_that_are_none_cost_nothing() {
    let server = start(glm()).await;
    server.fail(Fault::Html, Times::Once);
    let response = post(&server, &stream()).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert!(text(response).await.starts_with("<!DOCTYPE html>"));
    server.fail(Fault::Empty, Times::Once);
    assert_eq!(text(post(&server, &ask()).await).await, "");
    server.fail(
        Fault::Redirect("http://127.0.0.1:1/x".to_owned()),
        Times::Once,
    );
    let response = post(&server, &ask()).await;
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], "http://127.0.0.1:1/x");
    for http in [http1(), http2()] {
        server.fail(Fault::HangUp, Times::Once);
        assert!(try_post(&http, &server, &ask()).await.is_none());
    }
    server.fail(Fault::ErrorEventAfter(0), Times::Next(2));
    let events = events(&text(post(&server, &stream()).await).await);
    assert_eq!(events.len(), 1);
    let event: Value = serde_json::from_str(&events[0]).unwrap();
    assert_eq!(event["error"]["type"], "server_error");
    let error = answer(&server, &ask()).await;
    assert_eq!(error["error"]["type"], "server_error");
    assert_eq!(server.bill().total_nano_usd(), 0);
    let failed = server.events();
    let failed = failed.iter().filter(|e| matches!(e, Event::Failed { .. }));
    assert_eq!(failed.count(), 7);
}

#[tokio::test]
async fn a_cut_comes_after_its_events_and_what_was_written_is_billed() {
    for http in [http1(), http2()] {
        let server = start(glm().prompt_tokens(100)).await;
        server.fail(Fault::CutAfter(4), Times::Once);
        let response = try_post(&http, &server, &stream()).await.unwrap();
        let mut body = response.into_body();
        let mut seen = Vec::new();
        let broke = loop {
            match body.frame().await {
                Some(Ok(frame)) => seen.extend_from_slice(&frame.into_data().unwrap()),
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        assert!(broke);
        assert_eq!(events(std::str::from_utf8(&seen).unwrap()).len(), 4);
        let bill = server.bill();
        let line = bill.line(1).unwrap();
        // The first event only names the role.
        assert_eq!((line.completion_tokens, line.cut), (3, true));
        assert_eq!(line.nano_usd, 100_000 + 3 * 3_200);
        assert_eq!(server.events().last(), Some(&Event::Failed { call: 1 }));
    }
}

#[tokio::test]
async fn whole_answers_can_be_cut_or_garbled_and_cost_all_the_same() {
    let server = start(glm().prompt_tokens(100).exact_output(10)).await;
    server.fail(Fault::CutAfter(1), Times::Once);
    assert!(
        post(&server, &ask())
            .await
            .into_body()
            .collect()
            .await
            .is_err()
    );
    server.fail(Fault::Garbage, Times::Once);
    let half = text(post(&server, &ask()).await).await;
    assert!(half.starts_with('{') && serde_json::from_str::<Value>(&half).is_err());
    let costs: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(costs, [132_000, 132_000]);
}

#[tokio::test]
async fn streams_can_be_garbled_or_end_without_their_mark() {
    let server = start(glm()).await;
    server.fail(Fault::Garbage, Times::Once);
    let garbled = events(&text(post(&server, &stream()).await).await);
    assert_eq!(garbled.len(), 3);
    assert!(serde_json::from_str::<Value>(&garbled[1]).is_ok());
    assert!(serde_json::from_str::<Value>(&garbled[2]).is_err());
    server.fail(Fault::NoDone, Times::Once);
    let unmarked = events(&text(post(&server, &stream()).await).await);
    assert!(unmarked.iter().all(|e| e != "[DONE]"));
    assert_eq!(server.bill().line(2).map(|l| l.cut), Some(false));
    server.fail(Fault::WrongContentType, Times::Once);
    let response = post(&server, &stream()).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    server.fail(Fault::Finish("content_filter".to_owned()), Times::Once);
    let filtered = answer(&server, &ask()).await;
    assert_eq!(filtered["choices"][0]["finish_reason"], "content_filter");
}

#[tokio::test]
async fn framing_changes_no_event() {
    let server = start(glm()).await;
    let plain = content(&chunks(&server, &stream()).await);
    for framing in [
        Framing::Bytes,
        Framing::Comments,
        Framing::CrLf,
        Framing::Bom,
    ] {
        server.fail(Fault::Framing(framing), Times::Once);
        let framed = content(&chunks(&server, &stream()).await);
        assert_eq!(framed, plain, "{framing:?}");
    }
    let costs: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert!(costs.iter().all(|cost| *cost == costs[0]));
}

#[tokio::test]
async fn any_bytes_and_headers_can_be_sent() {
    let server = start(glm()).await;
    server.fail(
        Fault::Raw {
            status: StatusCode::IM_A_TEAPOT,
            content_type: HeaderValue::from_static("application/x"),
            body: Bytes::from_static(b"\xff{"),
        },
        Times::Once,
    );
    let response = post(&server, &stream()).await;
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers()["content-type"], "application/x");
    assert_eq!(server.bill().total_nano_usd(), 0);
    let plain = chunks(&server, &stream()).await;
    for after in [0, 2, 1_000_000] {
        let data = Bytes::from_static(b"data: {}\n\n");
        server.fail(Fault::Insert { after, data }, Times::Once);
        let events = events(&text(post(&server, &stream()).await).await);
        assert_eq!(events.len(), plain.len() + 2);
        let at = usize::try_from(after).unwrap().min(plain.len() + 1);
        assert_eq!(events[at], "{}");
    }
    let (name, value) = ("x-forged", HeaderValue::from_static("yes"));
    server.fail(
        Fault::Header(HeaderName::from_static(name), value),
        Times::Once,
    );
    assert_eq!(post(&server, &ask()).await.headers()[name], "yes");
}

#[tokio::test]
async fn faults_can_be_combined() {
    let server = start(glm()).await;
    let (name, value) = ("x-request-id", HeaderValue::from_static("forged"));
    let header = Fault::Header(HeaderName::from_static(name), value);
    let all = vec![Fault::NoDone, header.clone(), Fault::Framing(Framing::CrLf)];
    server.fail(Fault::All(all), Times::Once);
    let response = post(&server, &stream()).await;
    assert_eq!(response.headers()[name], "forged");
    let text = text(response).await;
    assert!(text.contains("\r\n\r\n") && !text.contains("[DONE]"));
    server.fail(Fault::All(vec![Fault::status(529), header]), Times::Once);
    let response = post(&server, &ask()).await;
    assert_eq!(response.status(), 529);
    assert_eq!(response.headers()[name], "forged");
    let wish = json!({"metadata": {"sim": "status=429;header=x-should-retry:false"}});
    let response = post(&server, &with(ask(), wish)).await;
    assert_eq!(response.headers()["x-should-retry"], "false");
}
