//! Keys, prompts and answers of attempts that failed show themselves nowhere.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt};
use tower_genai::{
    catalog::Provider,
    classify::ClassifyLayer,
    context::Tenant,
    dispatch::{DispatchLayer, Key, Secret},
    fallback::{Backoff, FallbackLayer, Tried},
    observe::{Event, Failure, Outcome},
    query::Refusal,
    select::{SelectLayer, Selector},
};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::{
    fleet::{End, Script, content, event, role},
    support::{Rig, call, read},
};

const KEY: &str = "sk-canary-key-0123456789";
const CALLER: &str = "sk-canary-caller-0123456789";
const PROMPT: &str = "canary-prompt-words";
const ANSWER: &str = "canary-answer-words";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

#[track_caller]
fn silent(what: &str, shown: &str) {
    for canary in [KEY, CALLER, PROMPT, ANSWER] {
        assert!(!shown.contains(canary), "{what} shows {canary}: {shown}");
    }
}

#[track_caller]
fn debug(what: &(impl Debug + ?Sized)) {
    silent("Debug", &format!("{what:?} {what:#?}"));
}

fn keys(_: &Provider, _: Option<&Tenant>) -> Key {
    Key::Ready(Some(Secret::new(KEY)))
}

fn body(stream: bool) -> serde_json::Value {
    serde_json::json!({
        "model": "auto", "stream": stream, "max_tokens": 300, "user": PROMPT,
        "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": PROMPT}],
    })
}

fn layer() -> FallbackLayer {
    FallbackLayer::new()
        .backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
        .first_content_timeout(Duration::from_millis(50))
        .total_timeout(Duration::from_millis(90))
        .attempts(2)
}

/// Each quotes all it was told.
fn failing(stream: bool) -> Vec<Script> {
    let error = format!(
        r#"{{"error":{{"message":"key {KEY}, prompt {PROMPT}, {ANSWER}","type":"{PROMPT}","param":"{PROMPT}","code":"{PROMPT}"}}}}"#
    );
    let json = "application/json";
    let mut all = vec![
        Script::hangs_up(),
        Script::silent(),
        Script::raw(200, "text/html", &format!("<html>{KEY} {PROMPT}</html>")),
        Script::raw(500, "text/html", &format!("<html>{KEY} {PROMPT}</html>")),
        Script::raw(200, json, &error),
        Script::raw(307, json, &error).header("location", format!("http://{KEY}.test/{PROMPT}")),
    ];
    for status in [400, 401, 404, 429, 500] {
        let script = Script::raw(status, json, &error);
        all.push(script.header("retry-after", "soon"));
    }
    if stream {
        for front in [
            vec![],
            vec![role()],
            vec![format!(": {KEY} {PROMPT}\n\n"), role()],
        ] {
            for last in [
                event(&error),
                format!("data: {KEY} {PROMPT}\n\n"),
                String::new(),
            ] {
                let mut chunks = front.clone();
                chunks.push(last);
                let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
                all.push(Script::events(&chunks).end(End::Broken));
            }
        }
        let words = [role(), content(ANSWER)];
        all.push(Script::events(&[&words[0], &words[1]]).end(End::Broken));
    }
    all
}

#[tokio::test(start_paused = true)]
async fn nothing_of_an_attempt_that_failed_is_shown() {
    let traced = Written::default();
    let into = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || into.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let observed = Written::default();
    let into = Arc::clone(&observed.0);
    let observer = move |event: &Event<'_>| {
        let text = format!("{event:?} {event:#?}\n");
        into.lock().unwrap().extend_from_slice(text.as_bytes());
    };
    for stream in [false, true] {
        let failing = failing(stream);
        for (at, script) in failing.iter().enumerate() {
            let well = Script::answer(ANSWER, stream);
            for last in [
                well,
                failing[(at + 1) % failing.len()].clone(),
                script.clone(),
            ] {
                let rig = Rig::new(2);
                rig.fleet.plays(0, [script.clone()]).plays(1, [last]);
                let stack = rig
                    .stack(layer())
                    .credential(keys)
                    .observer(observer.clone());
                let mut request = call(&body(stream));
                let key = format!("Bearer {CALLER}").parse().unwrap();
                request.headers_mut().insert("authorization", key);
                let mut service = stack.service();
                let ready = |cx: &mut std::task::Context<'_>| {
                    Service::<Request<Full<Bytes>>>::poll_ready(&mut service, cx)
                };
                std::future::poll_fn(ready).await.unwrap();
                let mut future = Box::pin(service.call(request));
                debug(&future);
                let early = tokio::time::timeout(Duration::from_millis(1), &mut future).await;
                debug(&future);
                let response = match early {
                    Ok(response) => response,
                    Err(_) => future.await,
                };
                let response = match response {
                    Ok(response) => response,
                    Err(error) => {
                        debug(&error);
                        continue;
                    }
                };
                debug(&response);
                debug(response.body());
                debug(response.headers());
                debug(&response.extensions().get::<Tried>());
                debug(&response.extensions().get::<Failure>());
                debug(&response.extensions().get::<Outcome>());
                debug(&response.extensions().get::<Refusal>());
                let got = read(response.map(tower_genai::Body::new)).await;
                assert!(
                    !got.text.contains(KEY),
                    "the caller sees no key of ours: {}",
                    got.text
                );
                assert!(!got.text.contains(CALLER));
            }
        }
    }
    drop(guard);
    let (traced, observed) = (traced.text(), observed.text());
    assert!(traced.contains("an attempt failed"));
    assert!(traced.contains("error.type"));
    silent("a trace", &traced);
    assert!(observed.contains("FellBack"));
    silent("an observer", &observed);
}

/// While the front of a stream is held back, it does not show either.
#[tokio::test(start_paused = true)]
async fn what_is_held_back_is_not_shown() {
    let rig = Rig::new(1);
    let front = [format!(": {PROMPT}\n\n"), role(), content(ANSWER)];
    let front: Vec<&str> = front.iter().map(String::as_str).collect();
    rig.fleet.plays(0, [Script::events(&front).end(End::Never)]);
    let client = DispatchLayer::new()
        .credential(keys)
        .layer(rig.fleet.clone());
    let fallback = layer().layer(client);
    debug(&fallback);
    debug(&layer());
    let select = SelectLayer::new(Selector::new(rig.catalog.clone())).layer(fallback);
    let service = ClassifyLayer::new().layer(select);
    let response = service.oneshot(call(&body(true))).await.unwrap();
    debug(&response);
    let shown = format!("{:?}", response.body());
    assert!(shown.contains("held_back: 3"), "{shown}");
}
