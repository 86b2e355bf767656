use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::{Service, ServiceExt, service_fn};
use tower_genai::{
    Body,
    catalog::Catalog,
    dispatch::{Key, Secret},
    fallback::FallbackLayer,
    observe::Outcome,
    stack::{Caller, Stack, Tenants},
};

/// A request as a provider got it.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// What a provider answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

impl Answer {
    pub(crate) fn json(body: &str) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/json")],
            body: body.to_owned(),
        }
    }

    pub(crate) fn events(events: &[&str]) -> Self {
        let events = events.iter().map(|event| format!("data: {event}\n\n"));
        Self {
            status: 200,
            headers: vec![("content-type", "text/event-stream")],
            body: events.collect(),
        }
    }

    /// With other words in it.
    pub(crate) fn with(mut self, words: &str, others: &str) -> Self {
        self.body = self.body.replace(words, others);
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Providers that answer what they are told, in turn, and remember what they got.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Script {
    pub(crate) fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            got: Arc::default(),
        }
    }

    /// What came last.
    pub(crate) fn last(&self) -> Got {
        self.got
            .lock()
            .unwrap()
            .pop()
            .expect("a provider was asked")
    }

    pub(crate) fn calls(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    fn service(
        &self,
    ) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static {
        let script = self.clone();
        service_fn(move |request: Request<Body>| {
            let script = script.clone();
            async move {
                let (head, body) = request.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                script.got.lock().unwrap().push(Got {
                    uri: head.uri,
                    headers: head.headers,
                    bytes,
                });
                let answer = script.answers.lock().unwrap().pop_front();
                let answer = answer.expect("the script has another answer");
                let mut response = Response::builder().status(answer.status);
                for (name, value) in answer.headers {
                    response = response.header(name, value);
                }
                Ok(response.body(Body::from(answer.body)).unwrap())
            }
        })
    }
}

/// One provider of each dialect, with a model each: `gpt`, `claude`, `gemini`. `more` is put behind.
pub(crate) fn catalog(more: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "openai"
        dialect = "openai"
        base_url = "https://openai.test/v1"

        [[provider]]
        name = "anthropic"
        dialect = "anthropic"
        base_url = "https://anthropic.test"

        [[provider]]
        name = "google"
        dialect = "gemini"
        base_url = "https://google.test"

        [[model]]
        name = "gpt"
        provider = "openai"
        price = {{ input = "1.00", output = "2.00" }}
        context = 100_000
        max_output = 8192

        [[model]]
        name = "claude"
        provider = "anthropic"
        price = {{ input = "1.00", output = "2.00", cache_read = "0.10", cache_write = "1.25", cache_write_1h = "2.00" }}
        context = 100_000
        max_output = 8192

        [[model]]
        name = "gemini"
        provider = "google"
        price = {{ input = "1.00", output = "2.00" }}
        context = 100_000
        max_output = 8192
        {more}
        "#
    );
    Catalog::from_toml(&text).unwrap()
}

/// What a caller got.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) outcome: Option<Outcome>,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn dropped(&self) -> Vec<&str> {
        let outcome = self.outcome.as_ref().expect("it was sent");
        outcome.dropped().iter().map(|one| &**one).collect()
    }
}

/// A gateway over a script, with two tenants whose keys are `key-a` and `key-b`.
#[derive(Clone)]
pub(crate) struct Gateway {
    service: tower::util::BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>,
}

impl Gateway {
    pub(crate) fn new(script: &Script, catalog: Catalog) -> Self {
        Self::with(script, catalog, FallbackLayer::new())
    }

    pub(crate) fn with(script: &Script, catalog: Catalog, fallback: FallbackLayer) -> Self {
        let tenants = [("key-a", "a"), ("key-b", "b")].map(|(key, name)| {
            let tenant = tower_genai::context::Tenant::new(name).unwrap();
            (key, Caller::new(tenant))
        });
        let stack = Stack::server(script.service(), catalog, Tenants::keys(tenants))
            .credential(|_: &_, _: Option<&_>| Key::Ready(Some(Secret::new("sk-provider-canary"))));
        Self {
            service: stack.fallback(fallback).explain_headers(true).boxed(),
        }
    }

    /// A call of OpenAI's, Anthropic's or Google's client, told by the path.
    pub(crate) async fn call(&self, path: &str, body: &str) -> Said {
        self.call_as("key-a", path, body).await
    }

    pub(crate) async fn call_as(&self, key: &str, path: &str, body: &str) -> Said {
        let request = Request::post(path).header("content-type", "application/json");
        let request = if path.contains("/models/") {
            request.header("x-goog-api-key", key)
        } else if path.ends_with("/chat/completions") {
            request.header("authorization", format!("Bearer {key}"))
        } else {
            request
                .header("authorization", format!("Bearer {key}"))
                .header("anthropic-version", "2026-10-21")
                .header("anthropic-beta", "some-beta")
        };
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Said {
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let mut text = Vec::new();
        let mut body = std::pin::pin!(body);
        // A body that ends with an error is read as far as it goes.
        while let Some(Ok(frame)) = body.frame().await {
            text.extend(frame.into_data().unwrap_or_default());
        }
        Said {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(text).unwrap(),
            outcome: head.extensions.get().cloned(),
        }
    }
}

pub(crate) const CHAT: &str = "/v1/chat/completions";
pub(crate) const MESSAGES: &str = "/v1/messages";

pub(crate) fn generate(model: &str) -> String {
    format!("/v1beta/models/{model}:generateContent")
}

/// A short answer of each dialect.
pub(crate) fn hello(dialect: &str) -> Answer {
    Answer::json(match dialect {
        "anthropic" => {
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello!"}],
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":3}}"#
        }
        "gemini" => {
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello!"}]},"finishReason":"STOP","index":0}],
            "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":13},"modelVersion":"gemini","responseId":"r1"}"#
        }
        _ => {
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1796000000,"model":"gpt","choices":[{"index":0,
            "message":{"role":"assistant","content":"Hello!","refusal":null},"logprobs":null,"finish_reason":"stop"}],
            "usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}"#
        }
    })
}
