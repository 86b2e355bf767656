//! Providers that are scripted, in paused time, behind a client stack.

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
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tower::{Service, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    catalog::{Catalog, Provider},
    context::Tenant,
    dispatch::{Attempt, Key, Secret},
    fallback::FallbackLayer,
    health::Monitor,
    observe::{Decision, Outcome},
    stack::Stack,
};

/// How a provider answers.
#[derive(Clone)]
pub(crate) struct Manner {
    pub(crate) after: Duration,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Which model it says it is.
    pub(crate) model: &'static str,
}

pub(crate) fn well() -> Manner {
    Manner {
        after: Duration::from_millis(10),
        status: 200,
        headers: Vec::new(),
        model: "m-1",
    }
}

pub(crate) fn failing(status: u16) -> Manner {
    Manner { status, ..well() }
}

#[derive(Clone, Default)]
pub(crate) struct Fleet(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    manners: BTreeMap<String, Manner>,
    asked: Vec<String>,
}

impl Fleet {
    pub(crate) fn set(&self, provider: &str, manner: Manner) {
        let mut state = self.0.lock().unwrap();
        state.manners.insert(provider.to_owned(), manner);
    }

    /// Which models were asked since this was last called, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

impl Service<Request<Body>> for Fleet {
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
        let manner = state.manners[attempt.provider().name()].clone();
        state.asked.push(candidate);
        drop(state);
        Box::pin(async move {
            tokio::time::sleep(manner.after).await;
            let body = match manner.status {
                200 => {
                    json!({"id": "1", "object": "chat.completion", "model": manner.model, "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 5, "completion_tokens": 1}})
                }
                404 => json!({"error": {"message": "no", "code": "model_not_found"}}),
                429 => json!({"error": {"message": "no", "code": "rate_limit_exceeded"}}),
                _ => json!({"error": {"message": "no", "code": null}}),
            };
            let mut response = Response::new(Body::from(Bytes::from(body.to_string())));
            *response.status_mut() = manner.status.try_into().unwrap();
            let headers = response.headers_mut();
            headers.insert("content-type", "application/json".parse().unwrap());
            for (name, value) in manner.headers {
                headers.insert(name, value.parse().unwrap());
            }
            Ok(response)
        })
    }
}

/// Providers `p` and `q` with the models `a` (cheaper) and `b`, which the alias `any` chooses from; `old` at `o`, whose
/// successor is `a`.
pub(crate) const CATALOG: &str = r#"
    [[provider]]
    name = "p"
    dialect = "openai"
    base_url = "http://p.example/v1"

    [[provider]]
    name = "q"
    dialect = "openai"
    base_url = "http://q.example/v1"

    [[provider]]
    name = "o"
    dialect = "openai"
    base_url = "http://o.example/v1"

    [[model]]
    name = "a"
    provider = "p"
    price = { input = "1", output = "2" }
    quality = { general = 0.5 }
    can = ["stream"]
    first_token = "1ms"

    [[model]]
    name = "b"
    provider = "q"
    price = { input = "2", output = "3" }
    quality = { general = 0.5 }
    can = ["stream"]
    first_token = "500ms"

    [[model]]
    name = "old"
    provider = "o"
    price = { input = "0.5", output = "1" }
    quality = { general = 0.5 }
    successor = "a"

    [[alias]]
    name = "any"
    models = ["a", "b"]
    sticky = false

    [[alias]]
    name = "quick"
    models = ["a", "b"]
    prefer = "latency"
    explore = 0
    sticky = false

    [[alias]]
    name = "all"
    models = ["old", "a", "b"]
    sticky = false
"#;

pub(crate) type App = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, Infallible>;

pub(crate) fn stack(fleet: &Fleet) -> Stack<Fleet> {
    for provider in ["p", "q", "o"] {
        fleet.set(provider, well());
    }
    Stack::client_with(fleet.clone(), Catalog::from_toml(CATALOG).unwrap())
        .monitor(Monitor::new())
        .credential(|_: &Provider, _: Option<&Tenant>| {
            Key::Ready(Some(Secret::new("a key for all")))
        })
}

/// Without a second attempt.
pub(crate) fn alone(fleet: &Fleet) -> App {
    stack(fleet)
        .fallback(FallbackLayer::new().attempts(1))
        .boxed()
}

/// What became of a call.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) decision: Option<Arc<Decision>>,
}

pub(crate) async fn call(app: &App, model: &str) -> Answer {
    let messages = json!([{"role": "user", "content": "Hello?"}]);
    let body = json!({"model": model, "messages": messages}).to_string();
    let request = Request::post("/v1/chat/completions").body(Full::from(body));
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let outcome = response.extensions().get::<Outcome>();
    let decision = outcome.and_then(|outcome| outcome.decision().cloned());
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    Answer { status, decision }
}
