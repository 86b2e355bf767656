//! One model at a provider of several deployments, each scripted, in paused time.

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
use tower::{Service, ServiceExt};
use tower_genai::{
    Body,
    catalog::Catalog,
    dispatch::{Attempt, Key, Secret},
    health::Monitor,
    stack::Stack,
};

/// A catalog of one model with deployments of these names.
pub(crate) fn catalog(names: &[&str]) -> Catalog {
    let deployments: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{ name = "{name}", base_url = "http://{name}.example/v1" }}"#))
        .collect();
    let toml = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "openai"
        base_url = "http://p.example/v1"
        deployment = [{}]

        [[model]]
        name = "m"
        provider = "p"
        price = {{ input = "1", output = "2" }}
        context = 200_000
        can = ["stream"]
        "#,
        deployments.join(", ")
    );
    Catalog::from_toml(&toml).unwrap()
}

/// How a deployment answers: after how long, with which status.
pub(crate) type Manner = (Duration, u16);

#[derive(Clone, Default)]
pub(crate) struct Fleet(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    manners: BTreeMap<String, Manner>,
    asked: Vec<String>,
}

impl Fleet {
    pub(crate) fn answers(&self, deployment: &str, millis: u64, status: u16) {
        let manner = (Duration::from_millis(millis), status);
        let mut state = self.0.lock().unwrap();
        state.manners.insert(format!("p/{deployment}"), manner);
    }

    /// Who was asked since this was last called, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }

    pub(crate) fn share(&self, deployment: &str) -> f64 {
        let asked = self.asked();
        let there = asked.iter().filter(|name| *name == deployment).count();
        there as f64 / asked.len() as f64
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
        let name = attempt.provider().name().to_owned();
        let host = request.uri().host().unwrap().to_owned();
        let short = name.strip_prefix("p/").unwrap().to_owned();
        assert_eq!(host, format!("{short}.example"), "asked at its own address");
        let mut state = self.0.lock().unwrap();
        state.asked.push(short);
        let (after, status) = state.manners[&name];
        drop(state);
        Box::pin(async move {
            tokio::time::sleep(after).await;
            let body = match status {
                200 => json!({"id": "1", "object": "chat.completion", "model": "m", "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 5, "completion_tokens": 1}}),
                _ => json!({"error": {"message": "no", "type": "server_error", "code": null}}),
            };
            let mut response = Response::new(Body::from(Bytes::from(body.to_string())));
            *response.status_mut() = status.try_into().unwrap();
            let json = "application/json".parse().unwrap();
            response.headers_mut().insert("content-type", json);
            Ok(response)
        })
    }
}

pub(crate) type App =
    tower::util::BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, Infallible>;

pub(crate) fn app(fleet: &Fleet, names: &[&str]) -> App {
    app_with(fleet, names, Monitor::new())
}

pub(crate) fn app_with(fleet: &Fleet, names: &[&str], monitor: Monitor) -> App {
    Stack::client_with(fleet.clone(), catalog(names))
        .monitor(monitor)
        .credential(
            |_: &tower_genai::catalog::Provider, _: Option<&tower_genai::context::Tenant>| {
                Key::Ready(Some(Secret::new("a key for all")))
            },
        )
        .boxed()
}

/// One call; the status of its answer.
pub(crate) async fn call(app: &App, turns: &[&str]) -> u16 {
    let messages: Vec<_> = turns
        .iter()
        .enumerate()
        .map(|(i, text)| json!({"role": if i % 2 == 0 { "user" } else { "assistant" }, "content": text}))
        .collect();
    let body = json!({"model": "m", "messages": messages}).to_string();
    let request = Request::post("/v1/chat/completions").body(Full::from(body));
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}
