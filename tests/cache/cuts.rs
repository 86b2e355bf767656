//! An answer that did not come to its end is never kept.

use bytes::Bytes;
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    Body, BodyError,
    cache::{CacheLayer, CacheStatus},
    sim::{Fault, Times},
};

use crate::support::{Canned, STREAM, WHOLE, Way, ask, event, question, request, streaming};

/// A body that ends after these bytes: with an error, or as if that were all.
fn ending(content_type: &str, bytes: &str, breaks: bool) -> Response<Body> {
    let mut frames = vec![Ok(Frame::data(Bytes::from(bytes.to_owned())))];
    if breaks {
        frames.push(Err(BodyError::new("the line broke")));
    }
    let response = Response::builder().header("content-type", content_type);
    response
        .body(Body::new(StreamBody::new(futures::stream::iter(frames))))
        .unwrap()
}

#[tokio::test]
async fn neither_a_stream_nor_json_cut_at_any_byte_is_kept() {
    for (question, kind, text) in [
        (streaming(), "text/event-stream", STREAM.map(event).concat()),
        (question(), "application/json", WHOLE.to_owned()),
    ] {
        for end in 0..=text.len() {
            for breaks in [false, true] {
                let part = text[..end].to_owned();
                let inner = Canned::new(move |_| ending(kind, &part, breaks));
                let service = inner.behind(&CacheLayer::new());
                for _ in 0..2 {
                    let response = service.clone().oneshot(request(&question)).await.unwrap();
                    let read = response.into_body().collect().await;
                    assert_eq!(read.is_err(), breaks);
                }
                let kept = inner.calls() == 1;
                assert_eq!(kept, end == text.len() && !breaks, "{}", &text[..end]);
            }
        }
    }
}

#[tokio::test]
async fn neither_is_one_that_a_provider_cuts_or_spoils() {
    let mut with_usage = streaming();
    with_usage["stream_options"] = json!({"include_usage": true});
    let faults = (1..8)
        .flat_map(|events| [Fault::CutAfter(events), Fault::ErrorEventAfter(events)])
        .chain([
            Fault::Garbage,
            Fault::Empty,
            Fault::Html,
            Fault::NoDone,
            Fault::Finish("length".into()),
            Fault::Finish("content_filter".into()),
            Fault::WrongContentType,
            Fault::status(500),
            Fault::status(429),
        ]);
    for fault in faults {
        for question in [question(), streaming(), with_usage.clone()] {
            let way = Way::start(CacheLayer::new()).await;
            way.provider.fail(fault.clone(), Times::Once);
            let response = way.stack.clone().oneshot(request(&question)).await.unwrap();
            let _ = response.into_body().collect().await;
            let calls = way.calls();
            let next = way.stack.clone().oneshot(request(&question)).await.unwrap();
            // JSON has no end mark, nor events.
            let whole = question["stream"] != true;
            let harmless = whole && matches!(fault, Fault::NoDone);
            let hit = matches!(next.extensions().get(), Some(CacheStatus::Hit { .. }));
            let _ = next.into_body().collect().await;
            assert!(!hit || harmless, "{fault:?} {question}");
            assert_eq!(way.calls(), calls + usize::from(!hit));
        }
    }
}

#[tokio::test]
async fn one_that_its_caller_has_read_to_the_mark_is_kept() {
    let way = Way::start(CacheLayer::new()).await;
    let response = way
        .stack
        .clone()
        .oneshot(request(&streaming()))
        .await
        .unwrap();
    let mut body = response.into_body();
    // As SDKs do: nothing is read any more after the mark.
    loop {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        if String::from_utf8_lossy(&frame).contains("[DONE]") {
            break;
        }
    }
    drop(body);
    let again = ask(&way.stack, request(&question())).await;
    assert!(matches!(again.status, CacheStatus::Hit { .. }));
    // And one that its caller has left before is not.
    let mut other = streaming();
    other["seed"] = 1.into();
    let response = way.stack.clone().oneshot(request(&other)).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(
        ask(&way.stack, request(&other)).await.status,
        CacheStatus::Miss
    );
}
