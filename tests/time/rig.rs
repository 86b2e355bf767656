//! Models in memory that begin and go on at their own pace, in paused time, behind a client stack.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::{Service, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    catalog::{Catalog, Provider},
    context::Tenant,
    dispatch::{Attempt, Key, Secret},
    observe::{Decision, Outcome},
    query::Wish,
    stack::Stack,
};

/// How a model answers.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Until its first content.
    pub(crate) first: Duration,
    /// For each token after that.
    pub(crate) each: Duration,
    pub(crate) tokens: u32,
}

pub(crate) fn manner(first_ms: u64, each_ms: u64, tokens: u32) -> Manner {
    Manner {
        first: Duration::from_millis(first_ms),
        each: Duration::from_millis(each_ms),
        tokens,
    }
}

#[derive(Clone, Default)]
pub(crate) struct Models(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    manners: BTreeMap<String, Manner>,
    asked: Vec<String>,
}

impl Models {
    pub(crate) fn set(&self, model: &str, manner: Manner) {
        let mut state = self.0.lock().unwrap();
        state.manners.insert(model.to_owned(), manner);
    }

    /// Who was asked since this was last called, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

fn event(json: &Value) -> Result<Frame<Bytes>, Infallible> {
    Ok(Frame::data(Bytes::from(format!("data: {json}\n\n"))))
}

fn chunk(delta: Value, finish: Option<&str>) -> Value {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    json!({"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]})
}

fn usage(manner: Manner) -> Value {
    json!({"prompt_tokens": 5, "completion_tokens": manner.tokens, "total_tokens": 5 + manner.tokens})
}

/// One chunk for its first content, and one at the end for all that follows.
fn streamed(manner: Manner) -> Body {
    let rest = manner.each * manner.tokens;
    let parts = futures::stream::unfold(0, move |step| async move {
        let frame = match step {
            0 => {
                sleep(manner.first).await;
                event(&chunk(
                    json!({"role": "assistant", "content": "yes "}),
                    None,
                ))
            }
            1 => {
                sleep(rest).await;
                event(&chunk(json!({"content": "and no"}), Some("stop")))
            }
            2 => {
                let mut last = chunk(json!({}), None);
                last["choices"] = json!([]);
                last["usage"] = usage(manner);
                event(&last)
            }
            3 => Ok(Frame::data(Bytes::from_static(b"data: [DONE]\n\n"))),
            _ => return None,
        };
        Some((frame, step + 1))
    });
    Body::new(StreamBody::new(Box::pin(parts)))
}

impl Service<Request<Body>> for Models {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let attempt = request.extensions().get::<Attempt>().unwrap();
        let candidate = attempt.candidate().to_string();
        let mut state = self.0.lock().unwrap();
        let manner = state.manners[&candidate];
        state.asked.push(candidate);
        drop(state);
        Box::pin(async move {
            let sent = request.into_body().collect().await.unwrap().to_bytes();
            let sent: Value = serde_json::from_slice(&sent).unwrap();
            let (body, kind) = if sent["stream"] == true {
                (streamed(manner), "text/event-stream")
            } else {
                sleep(manner.first + manner.each * manner.tokens).await;
                let message = json!({"role": "assistant", "content": "yes"});
                let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
                let body = json!({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice],
                    "usage": usage(manner)});
                (
                    Body::from(Bytes::from(body.to_string())),
                    "application/json",
                )
            };
            let response = Response::builder().header("content-type", kind);
            Ok(response.body(body).unwrap())
        })
    }
}

pub(crate) type App = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, Infallible>;

/// Three models, of which `dear` costs ten times as much as `cheap`, and aliases over them.
pub(crate) const CATALOG: &str = r#"
    [[provider]]
    name = "p"
    dialect = "openai"
    base_url = "http://p.example/v1"

    [[model]]
    name = "dear"
    provider = "p"
    price = { input = "10", output = "20" }
    max_output = 8000
    quality = { general = 0.5 }

    [[model]]
    name = "cheap"
    provider = "p"
    price = { input = "1", output = "2" }
    max_output = 8000
    quality = { general = 0.5 }

    [[model]]
    name = "new"
    provider = "p"
    price = { input = "2", output = "4" }
    max_output = 8000
    quality = { general = 0.5 }

    [[alias]]
    name = "quick"
    models = ["dear", "cheap"]
    prefer = "latency"
    explore = 0

    [[alias]]
    name = "usual"
    models = ["dear", "cheap"]
    explore = 0

    [[alias]]
    name = "curious"
    models = ["dear", "cheap", "new"]
    prefer = "latency"
    explore = 0.1
"#;

pub(crate) fn stack(models: &Models) -> Stack<Models> {
    over(models, CATALOG)
}

pub(crate) fn over(models: &Models, catalog: &str) -> Stack<Models> {
    let catalog = Catalog::from_toml(catalog).unwrap();
    Stack::client_with(models.clone(), catalog)
        .seed(7)
        .credential(|_: &Provider, _: Option<&Tenant>| {
            Key::Ready(Some(Secret::new("a key for all")))
        })
}

pub(crate) struct Asked<'a> {
    pub(crate) model: &'a str,
    pub(crate) stream: bool,
    pub(crate) wish: Option<Wish>,
    pub(crate) max_tokens: Option<u32>,
}

pub(crate) fn asked(model: &str) -> Asked<'_> {
    Asked {
        model,
        stream: false,
        wish: None,
        max_tokens: None,
    }
}

impl Asked<'_> {
    pub(crate) fn streamed(self) -> Self {
        Self {
            stream: true,
            ..self
        }
    }

    pub(crate) fn wish(self, wish: Wish) -> Self {
        Self {
            wish: Some(wish),
            ..self
        }
    }

    pub(crate) fn max_tokens(self, most: u32) -> Self {
        Self {
            max_tokens: Some(most),
            ..self
        }
    }

    /// Makes the call and reads its answer to the end.
    pub(crate) async fn of(self, app: &App) -> Arc<Decision> {
        let messages = json!([{"role": "user", "content": "Hello?"}]);
        let mut body = json!({"model": self.model, "messages": messages, "stream": self.stream});
        if let Some(most) = self.max_tokens {
            body["max_tokens"] = most.into();
        }
        let mut request = Request::post("/v1/chat/completions");
        if let Some(wish) = self.wish {
            request = request.extension(wish);
        }
        let request = request.body(Full::from(body.to_string())).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        let outcome = response.extensions().get::<Outcome>();
        let decision = outcome.and_then(|outcome| outcome.decision().cloned());
        response.into_body().collect().await.unwrap();
        decision.unwrap()
    }
}

/// Who is first in a decision's route.
pub(crate) fn first(decision: &Decision) -> String {
    decision.routed().next().unwrap().candidate.to_string()
}

/// Has models answer often enough that their speed is known.
pub(crate) async fn measure(app: &App, models: &[&str], stream: bool) {
    for model in models {
        for _ in 0..25 {
            let mut asked = asked(model);
            asked.stream = stream;
            asked.of(app).await;
        }
    }
}
