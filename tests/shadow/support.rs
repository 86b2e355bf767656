use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::sync::mpsc;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    observe::{DecisionLog, Event, Outcome, Shadowed},
    shadow::{Comparison, ShadowLayer, Verdict},
    sim,
    stack::{ClientSide, Stack},
};

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) type Service<E> = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, E>;
pub(crate) type Http = Client<HttpConnector, Body>;

/// A provider each, of the pool of `auto`: its name and model, its zone, its price, its quality.
pub(crate) type Pool<'a> = &'a [(&'a str, &'a str, &'a str, f64)];

/// `cheap` answers: the others are dearer, or not good enough.
pub(crate) const THREE: Pool<'static> = &[
    ("cheap", "cloud", "1", 0.6),
    ("dear", "cloud", "10", 0.9),
    ("weak", "cloud", "0.1", 0.2),
];

/// Providers, and what an observer of a stack before them sees.
pub(crate) struct House {
    pub(crate) sims: Vec<sim::Server>,
    pub(crate) catalog: Catalog,
    pub(crate) seen: Seen,
    shadowed: mpsc::UnboundedReceiver<Shadowed>,
    callers: Budget,
}

#[derive(Clone)]
pub(crate) struct Seen {
    tell: mpsc::UnboundedSender<Shadowed>,
    pub(crate) log: DecisionLog,
    pub(crate) decided: Arc<AtomicUsize>,
    /// Of every call that has ended: who was asked, and whether it was for nobody.
    pub(crate) finished: Arc<Mutex<Vec<(String, bool)>>>,
}

impl House {
    pub(crate) async fn start(pool: Pool<'_>) -> Self {
        Self::start_with(pool, |_, model| model).await
    }

    pub(crate) async fn start_with(
        pool: Pool<'_>,
        model: impl Fn(&str, sim::Model) -> sim::Model,
    ) -> Self {
        let mut sims = Vec::new();
        for (name, _, price, _) in pool {
            let one = sim::Model::new(*name).price(price, price).exact_output(12);
            let provider = sim::Provider::new(*name).model(model(name, one));
            sims.push(provider.start().await.unwrap());
        }
        let catalog = catalog(pool, |at| sims[at].base_url());
        let (tell, shadowed) = mpsc::unbounded_channel();
        let seen = Seen {
            tell,
            log: DecisionLog::new(10_000),
            decided: Arc::default(),
            finished: Arc::default(),
        };
        Self {
            sims,
            catalog,
            seen,
            shadowed,
            callers: Budget::new("callers").limit("100".parse().unwrap(), Window::Total),
        }
    }

    pub(crate) fn stack(&self, shadow: ShadowLayer) -> Stack<Http, ClientSide> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let seen = self.seen.clone();
        Stack::client_with(client, self.catalog.clone())
            .budget(self.callers.clone())
            .observer(self.seen.log.clone())
            .observer(move |event: &Event<'_>| seen.see(event))
            .shadow(shadow)
    }

    pub(crate) fn sim(&self, name: &str) -> &sim::Server {
        self.sims.iter().find(|sim| sim.name() == name).unwrap()
    }

    /// How many calls a provider has had.
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.sim(name).calls().len()
    }

    pub(crate) fn billed(&self, name: &str) -> u64 {
        self.sim(name).bill().total_nano_usd()
    }

    /// What the callers' own budget has come to.
    pub(crate) fn spent(&self) -> u64 {
        spent(&self.callers)
    }

    /// The next comparison.
    pub(crate) async fn shadowed(&mut self) -> Shadowed {
        let next = tokio::time::timeout(PATIENCE, self.shadowed.recv());
        next.await.expect("something is compared").unwrap()
    }

    /// Whether nothing more was compared so far.
    pub(crate) fn is_quiet(&self) -> bool {
        self.shadowed.is_empty()
    }
}

impl Seen {
    fn see(&self, event: &Event<'_>) {
        match event {
            Event::Decided(_) => {
                self.decided.fetch_add(1, Ordering::Relaxed);
            }
            Event::Finished(outcome) => {
                let shadow = outcome.decision().is_some_and(|one| one.is_shadow());
                let who = outcome.candidate().to_string();
                self.finished.lock().unwrap().push((who, shadow));
            }
            Event::Shadowed(shadowed) => self.tell.send((*shadowed).clone()).unwrap(),
            _ => {}
        }
    }
}

pub(crate) fn catalog(pool: Pool<'_>, url: impl Fn(usize) -> String) -> Catalog {
    pooled(pool, url, &["*"])
}

/// Of these models only some may answer for `auto`.
pub(crate) fn pooled(pool: Pool<'_>, url: impl Fn(usize) -> String, auto: &[&str]) -> Catalog {
    let mut text = format!(
        "[[alias]]\nname = \"auto\"\nquality = 0.5\nprefer = \"cost\"\nmodels = {auto:?}\n"
    );
    for (at, (name, zone, price, quality)) in pool.iter().enumerate() {
        text.push_str(&format!(
            r#"
            [[provider]]
            name = "{name}"
            dialect = "openai"
            base_url = "{}"
            zone = "{zone}"
            on_disconnect = "stops"
            [[model]]
            name = "{name}"
            provider = "{name}"
            price = {{ input = "{price}", output = "{price}" }}
            context = 200_000
            max_output = 8_000
            can = ["tools", "json_schema", "stream", "n"]
            quality = {{ general = {quality} }}
            "#,
            url(at)
        ));
    }
    Catalog::from_toml(&text).unwrap()
}

/// A budget for shadows that has room for all there is here.
pub(crate) fn ample() -> Budget {
    Budget::new("shadow").limit("10".parse().unwrap(), Window::Total)
}

pub(crate) fn spent(budget: &Budget) -> u64 {
    let allowance = budget.scope().allowance().unwrap();
    allowance.spent().nanos()
}

pub(crate) fn held(budget: &Budget) -> u64 {
    budget.scope().allowance().unwrap().held().nanos()
}

/// Every call, compared by nobody in particular.
pub(crate) fn all(budget: &Budget) -> ShadowLayer {
    let judge = |_: &Comparison<'_>| Some(Verdict::new(0.5));
    ShadowLayer::new(1.0, budget.clone()).judge(judge).seed(7)
}

pub(crate) fn call(text: &str, stream: bool) -> Request<Full<Bytes>> {
    body(&serde_json::json!({
        "model": "auto", "stream": stream,
        "messages": [{"role": "user", "content": text}],
    }))
}

pub(crate) fn body(body: &serde_json::Value) -> Request<Full<Bytes>> {
    Request::post("http://nobody.invalid/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) outcome: Option<Outcome>,
}

impl Answer {
    pub(crate) fn by(&self) -> String {
        let outcome = self.outcome.as_ref();
        let outcome = outcome.unwrap_or_else(|| panic!("{}: {}", self.status, self.text));
        outcome.candidate().to_string()
    }
}

pub(crate) async fn ask<E: std::fmt::Debug>(
    service: &Service<E>,
    request: Request<Full<Bytes>>,
) -> Answer {
    let answer = async {
        let response = service.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            text: String::from_utf8(text.into()).unwrap(),
            outcome: head.extensions.get::<Outcome>().cloned(),
        }
    };
    tokio::time::timeout(PATIENCE, answer).await.unwrap()
}

/// Until the provider has seen its client go, or has answered.
pub(crate) async fn until(sim: &sim::Server, wanted: impl FnMut(&sim::Event) -> bool) {
    let event = sim.event(wanted);
    tokio::time::timeout(PATIENCE, event).await.unwrap();
}

/// Waits until a budget holds nothing.
pub(crate) async fn let_go(budget: &Budget) {
    let waiting = async {
        while held(budget) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}
