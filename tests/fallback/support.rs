//! A plan over several providers, a budget that is watched, calls, and what comes of them.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Extensions, HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Service, ServiceExt};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    fallback::{FallbackLayer, Tried},
    observe::{Event, FailureClass, Outcome},
    stack::Stack,
};

use crate::{
    fleet::Fleet,
    watched::{Shared, Watched},
};

/// So many models `m0`, `m1`… at providers `p0`, `p1`…, each dearer than the one before, so that `auto` asks them in
/// this order. `more` adds lines to a model and to its provider.
pub(crate) fn catalog(
    models: usize,
    base_url: impl Fn(usize) -> String,
    more: impl Fn(usize) -> (String, String),
) -> Catalog {
    let mut toml = String::new();
    for i in 0..models {
        let (model, provider) = more(i);
        let context = if model.contains("context =") {
            ""
        } else {
            "context = 200_000"
        };
        let has_provider = !provider.contains("none");
        let name = if has_provider { i } else { 0 };
        if has_provider {
            toml.push_str(&format!(
                "[[provider]]\nname = \"p{i}\"\nbase_url = \"{}\"\non_disconnect = \"stops\"\n{}\n{provider}\n",
                base_url(i),
                if provider.contains("dialect") { "" } else { "dialect = \"openai\"" },
            ));
        }
        toml.push_str(&format!(
            "[[model]]\nname = \"m{i}\"\nprovider = \"p{name}\"\n\
             price = {{ input = \"{}\", output = \"{}\" }}\n{context}\n\
             can = [\"stream\", \"n\"]\nquality = {{ general = 0.5 }}\n{model}\n",
            i + 1,
            2 * (i + 1),
        ));
    }
    toml.push_str(
        "[[alias]]\nname = \"auto\"\nmodels = [\"*\"]\nprefer = \"cost\"\nsticky = false\n",
    );
    Catalog::from_toml(&toml).unwrap()
}

pub(crate) fn in_memory(models: usize) -> Catalog {
    catalog(
        models,
        |i| format!("http://p{i}.test/v1"),
        |_| Default::default(),
    )
}

pub(crate) fn in_memory_with(models: usize, more: impl Fn(usize) -> (String, String)) -> Catalog {
    catalog(models, |i| format!("http://p{i}.test/v1"), more)
}

/// Providers in memory with a catalog of them, and a watched budget.
pub(crate) struct Rig {
    pub(crate) fleet: Fleet,
    pub(crate) catalog: Catalog,
    pub(crate) watched: Arc<Watched>,
    pub(crate) budget: Budget,
}

impl Rig {
    pub(crate) fn new(models: usize) -> Self {
        Self::over(in_memory(models), "10")
    }

    pub(crate) fn over(catalog: Catalog, limit: &str) -> Self {
        let watched = Watched::shared();
        let budget = Budget::new("org")
            .limit(limit.parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        Self {
            fleet: Fleet::new(),
            catalog,
            watched,
            budget,
        }
    }

    pub(crate) fn stack(&self, fallback: FallbackLayer) -> Stack<Fleet> {
        Stack::client_with(self.fleet.clone(), self.catalog.clone())
            .fallback(fallback)
            .budget(self.budget.clone())
    }

    /// Asks and reads to the end. `Err` is an error of the client.
    pub(crate) async fn ask(&self, fallback: FallbackLayer, body: &Value) -> Result<Got, String> {
        ask(self.stack(fallback).boxed(), body).await
    }

    pub(crate) fn spent(&self) -> u64 {
        self.budget.scope().allowance().unwrap().spent().nanos()
    }

    /// Nothing runs, nothing is held, and the ledger is the bill.
    pub(crate) async fn settled(&self) {
        self.at_rest().await;
        assert_eq!(self.spent(), self.fleet.billed());
    }

    /// Nothing runs, nothing is held, and the ledger is at least the bill.
    pub(crate) async fn at_rest(&self) {
        // What follows an end marker is read in the background.
        self.fleet.ended().await;
        self.watched.assert_at_rest();
        let (spent, billed) = (self.spent(), self.fleet.billed());
        assert!(spent >= billed, "spent {spent}, billed {billed}");
    }
}

pub(crate) fn question(model: &str, stream: bool) -> Value {
    json!({
        "model": model, "stream": stream, "max_tokens": 300,
        "messages": [{"role": "user", "content": "Hello"}],
    })
}

pub(crate) fn call(body: &Value) -> Request<Full<Bytes>> {
    Request::post("http://app.test/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .unwrap()
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Extensions,
    pub(crate) text: String,
    /// The body ended well.
    pub(crate) clean: bool,
}

pub(crate) async fn ask<S>(stack: S, body: &Value) -> Result<Got, String>
where
    S: Service<Request<Full<Bytes>>, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let response = stack.oneshot(call(body)).await;
    Ok(read(response.map_err(|error| format!("{error:?}"))?).await)
}

pub(crate) async fn read(response: Response<Body>) -> Got {
    let (parts, body) = response.into_parts();
    let (mut bytes, mut body, mut clean) = (Vec::new(), Box::pin(body), true);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Err(_) => {
                clean = false;
                break;
            }
        }
    }
    Got {
        status: parts.status.as_u16(),
        headers: parts.headers,
        extensions: parts.extensions,
        text: String::from_utf8(bytes).unwrap(),
        clean,
    }
}

impl Got {
    fn datas(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.split(['\n', '\r']);
        lines.filter_map(|line| Some(line.strip_prefix("data:")?.trim()))
    }

    /// What was said, streamed or not.
    pub(crate) fn words(&self) -> String {
        let of = |value: &Value| {
            let choice = &value["choices"][0];
            let said = [&choice["delta"], &choice["message"]];
            let said = said.into_iter().find_map(|said| said["content"].as_str());
            said.unwrap_or_default().to_owned()
        };
        if let Ok(whole) = serde_json::from_str::<Value>(&self.text) {
            return of(&whole);
        }
        let datas = self
            .datas()
            .filter_map(|data| serde_json::from_str(data).ok());
        datas.map(|value: Value| of(&value)).collect()
    }

    /// How often the end marker came.
    pub(crate) fn dones(&self) -> usize {
        self.datas().filter(|data| *data == "[DONE]").count()
    }

    /// The last event is an error in OpenAI's form.
    pub(crate) fn ends_with_error_event(&self) -> bool {
        let Some(last) = self.datas().last() else {
            return false;
        };
        let Ok(last) = serde_json::from_str::<Value>(last) else {
            return false;
        };
        !last["error"].is_null() && (self.text.ends_with("\n\n") || self.text.ends_with("\r\n\r\n"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// `error.code` of a refusal.
    pub(crate) fn code(&self) -> String {
        let code = &self.json()["error"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn tried(&self) -> Vec<FailureClass> {
        let tried = self.extensions.get::<Tried>();
        let tries = tried.map(Tried::tries).unwrap_or_default();
        tries.iter().map(|one| one.failure.class).collect()
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        self.extensions.get().expect("an outcome")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// A whole answer of this word and nothing else.
    #[track_caller]
    pub(crate) fn is_whole(&self, word: &str, stream: bool) {
        assert_eq!((self.status, self.clean), (200, true), "{}", self.text);
        assert_eq!(self.words(), word.repeat(3), "{}", self.text);
        assert_eq!(self.dones(), usize::from(stream), "{}", self.text);
        assert!(!self.text.contains("\"error\""), "{}", self.text);
    }
}

/// What an observer has seen, as short texts.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn observer(&self) -> impl Fn(&Event<'_>) + Send + Sync + use<> {
        let seen = Arc::clone(&self.0);
        move |event: &Event<'_>| {
            let text = match event {
                Event::Decided(decision) => format!("decided {}", decision.route.len()),
                Event::Finished(outcome) => format!(
                    "finished {} {}",
                    outcome.candidate().model().name(),
                    outcome.get().unwrap().ending.as_str()
                ),
                Event::FellBack(fell) => format!(
                    "fell {} {} {} {}",
                    fell.from.map_or("-", |one| one.model().name()),
                    fell.failure.class,
                    fell.to.map_or("-", |one| one.model().name()),
                    fell.again
                ),
                _ => "other".to_owned(),
            };
            seen.lock().unwrap().push(text);
        }
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
