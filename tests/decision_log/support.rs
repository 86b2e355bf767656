use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_genai::{
    Body,
    catalog::Catalog,
    context::Context,
    observe::{JsonLines, Outcome},
    sim,
    stack::{ClientSide, Stack},
};

/// What was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Two models at a provider, and a log.
pub(crate) struct House {
    pub(crate) sim: sim::Server,
    pub(crate) catalog: Catalog,
    pub(crate) paper: Paper,
    pub(crate) log: JsonLines,
}

impl House {
    pub(crate) async fn start() -> Self {
        let provider = sim::Provider::new("acme").dialect(sim::Dialect::OpenAi);
        let sim = provider
            .model(sim::Model::new("good").price("2.00", "8.00"))
            .model(sim::Model::new("cheap").price("0.10", "0.40"))
            .start()
            .await
            .unwrap();
        let catalog = Catalog::from_toml(&catalog(&sim.base_url())).unwrap();
        let paper = Paper::default();
        let log = JsonLines::to(paper.clone()).unwrap();
        Self {
            sim,
            catalog,
            paper,
            log,
        }
    }

    pub(crate) fn stack(&self) -> Stack<Client<HttpConnector, Body>, ClientSide> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Stack::client_with(client, self.catalog.clone()).observer(self.log.clone())
    }

    /// All that was written until now.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.log.flush().unwrap();
        self.paper.lines()
    }
}

pub(crate) fn catalog(base_url: &str) -> String {
    format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "{base_url}"

        [[model]]
        name = "good"
        provider = "acme"
        price = {{ input = "2.00", output = "8.00" }}
        quality = {{ general = 0.9 }}

        [[model]]
        name = "cheap"
        provider = "acme"
        price = {{ input = "0.10", output = "0.40" }}
        quality = {{ general = 0.6 }}

        [[alias]]
        name = "auto"
        split = {{ good = 1, cheap = 3 }}
        "#
    )
}

pub(crate) fn question(text: &str) -> Request<Full<Bytes>> {
    let body = json!({"model": "auto", "messages": [{"role": "user", "content": text}]});
    Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .header("authorization", "Bearer sk-never-to-be-written")
        .body(Full::from(body.to_string()))
        .unwrap()
}

/// Asks, and reads the answer to its end.
pub(crate) async fn ask(
    stack: Stack<Client<HttpConnector, Body>, ClientSide>,
    mut request: Request<Full<Bytes>>,
    context: Context,
) -> Outcome {
    request.extensions_mut().insert(context);
    let answer = stack.boxed().oneshot(request).await.unwrap();
    let outcome = answer.extensions().get::<Outcome>().unwrap().clone();
    answer.into_body().collect().await.unwrap();
    outcome.finished().await;
    outcome
}
