//! Callers that come and go at random, on several threads, over an inner service that fails at random.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::Value;
use tower::{Layer, Service, ServiceExt};
use tower_genai::{
    Body, BodyError,
    cache::{CacheLayer, MemoryStore},
    classify::ClassifyLayer,
    query::{Classified, QueryBody},
};

use crate::support::{Boxed, event, of, question};

/// Dice that every thread throws, the same for the same seed as far as threads allow.
struct Dice(AtomicU64);

impl Dice {
    fn throw(&self, sides: u64) -> u64 {
        let n = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) % sides
    }
}

#[derive(Clone)]
struct Moody {
    dice: Arc<Dice>,
    calls: Arc<AtomicUsize>,
}

impl Service<Request<QueryBody>> for Moody {
    type Response = Response<Body>;
    type Error = &'static str;
    type Future = Boxed<Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<QueryBody>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let dice = Arc::clone(&self.dice);
        let model = request.body().query().model().to_owned();
        let stream = request.body().query().stream();
        Box::pin(async move {
            for _ in 0..dice.throw(6) {
                tokio::task::yield_now().await;
            }
            match dice.throw(10) {
                0 => return Err("no route"),
                1 => {
                    let mut response = Response::new(Body::from("{\"error\":{}}".to_owned()));
                    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                    return Ok(response);
                }
                _ => {}
            }
            // The model's name is the answer, so that one for another question would be seen.
            let (kind, parts) = if stream {
                let chunk = |delta: &str, finish: &str| {
                    event(&format!(
                        r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
                    ))
                };
                let mut parts = vec![chunk(r#"{"role":"assistant","content":""}"#, "null")];
                parts.extend(
                    model
                        .chars()
                        .map(|c| chunk(&format!(r#"{{"content":"{c}"}}"#), "null")),
                );
                parts.push(chunk("{}", "\"stop\""));
                parts.push(event("[DONE]"));
                ("text/event-stream", parts)
            } else {
                let text = format!(
                    r#"{{"choices":[{{"index":0,"message":{{"role":"assistant","content":"{model}"}},"finish_reason":"stop"}}]}}"#
                );
                let (a, b) = text.split_at(20);
                ("application/json", vec![a.to_owned(), b.to_owned()])
            };
            let breaks = (dice.throw(8) == 0).then(|| dice.throw(parts.len() as u64));
            let parts = futures::stream::iter(parts.into_iter().enumerate());
            let body = parts.then(move |(at, part)| {
                let waits = dice.throw(3);
                async move {
                    for _ in 0..waits {
                        tokio::task::yield_now().await;
                    }
                    if breaks == Some(at as u64) {
                        return Err(BodyError::new("broke"));
                    }
                    Ok(Frame::data(Bytes::from(part)))
                }
            });
            let response = Response::builder().header("content-type", kind);
            Ok(response.body(Body::new(StreamBody::new(body))).unwrap())
        })
    }
}

fn content(stream: bool, text: &str) -> String {
    let read = |data: &str| serde_json::from_str::<Value>(data).unwrap()["choices"][0].take();
    if !stream {
        return read(text)["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned();
    }
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let data = text
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "));
    let deltas = data.filter(|data| *data != "[DONE]").map(|data| {
        read(data)["delta"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    });
    deltas.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_stranded_and_nobody_gets_another_s_answer() {
    let inner = Moody {
        dice: Arc::new(Dice(AtomicU64::new(7))),
        calls: Arc::default(),
    };
    let store = MemoryStore::new(1 << 20);
    // Entries that live for so short a time that there is always something to ask.
    let layer = CacheLayer::new()
        .ttl(Duration::from_micros(300))
        .store(store.clone());
    let service = ClassifyLayer::new().layer(layer.layer(inner.clone()));
    let (whole, broken, left) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    let counts = Arc::new((whole, broken, left));
    let callers: Vec<_> = (0..6_000_u64)
        .map(|n| {
            let (service, dice, counts) = (
                service.clone(),
                Arc::clone(&inner.dice),
                Arc::clone(&counts),
            );
            tokio::spawn(async move {
                let (model, tenant) = (format!("model{}", n % 3), ["a", "b"][n as usize / 3 % 2]);
                let mut question = question();
                let name = format!("{model}-{tenant}");
                question["model"] = name.as_str().into();
                let stream = dice.throw(2) == 0;
                question["stream"] = stream.into();
                for _ in 0..dice.throw(200) {
                    tokio::task::yield_now().await;
                }
                let mut call = pin!(async {
                    let response = service
                        .oneshot(of(Some(tenant), question.to_string()))
                        .await?;
                    let good = response.status() == 200;
                    let bytes = response
                        .into_body()
                        .collect()
                        .await
                        .map_err(|_| "broke")?
                        .to_bytes();
                    Ok::<_, &str>(good.then(|| String::from_utf8(bytes.into()).unwrap()))
                });
                // One in four leaves after some polls.
                let mut patience = if dice.throw(4) == 0 {
                    dice.throw(20)
                } else {
                    u64::MAX
                };
                let result = poll_fn(|cx| {
                    if patience == 0 {
                        return Poll::Ready(None);
                    }
                    patience -= 1;
                    call.as_mut().poll(cx).map(Some)
                });
                let (whole, broken, left) = &*counts;
                match result.await {
                    None => left,
                    Some(Ok(Some(text))) => {
                        assert_eq!(content(stream, &text), name);
                        whole
                    }
                    Some(Ok(None) | Err(_)) => broken,
                }
                .fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    let all = futures::future::join_all(callers);
    let all = tokio::time::timeout(Duration::from_secs(60), all).await;
    for caller in all.expect("somebody waits for ever") {
        caller.unwrap();
    }
    let (whole, broken, left) = &*counts;
    let [whole, broken, left] = [whole, broken, left].map(|count| count.load(Ordering::Relaxed));
    let calls = inner.calls.load(Ordering::Relaxed);
    assert!(
        whole > 2_000 && broken > 10 && left > 100,
        "{whole} {broken} {left}"
    );
    assert!(
        calls < whole,
        "nothing was shared: {calls} calls for {whole} answers"
    );
    assert!(format!("{service:?}").contains("under_way: 0"));
}

impl std::fmt::Debug for Moody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Moody")
    }
}
