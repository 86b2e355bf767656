use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tower::ServiceExt;
use tower_genai::{
    Body,
    catalog::{Catalog, Date},
    context::{Clock, Tenant},
    observe::{Event, Outcome},
    select::Allowed,
    sim,
    stack::{Caller, ServerSide, Stack, Tenants},
};

pub(crate) type Server = Stack<Client<HttpConnector, Body>, ServerSide>;

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A provider of OpenAI's dialect and one of Anthropic's, a catalog of their models, and a clock.
pub(crate) struct House {
    pub(crate) acme: sim::Server,
    pub(crate) other: sim::Server,
    pub(crate) catalog: Catalog,
    pub(crate) clock: Clock,
    /// What the observer was told of deprecated models.
    pub(crate) told: Arc<Mutex<Vec<String>>>,
}

/// The models that both providers serve.
const IDS: [&str; 4] = ["old", "mid", "new", "lone"];

/// `old` to be replaced by `new`.
pub(crate) const OLD: &str = r#"
    [[model]]
    name = "old"
    provider = "acme"
    can = ["tools", "vision", "stream"]
    deprecated = 2026-12-01
    sunset = 2027-06-01
    successor = "new"

    [[model]]
    name = "new"
    provider = "acme"
    can = ["tools", "stream"]
"#;

impl House {
    /// With these models, on this day.
    pub(crate) async fn start(models: &str, today: &str) -> Self {
        let sim = |name: &str, dialect| {
            let provider = sim::Provider::new(name).dialect(dialect);
            let models = IDS.map(|id| sim::Model::new(id).price("1.00", "2.00"));
            models.into_iter().fold(provider, sim::Provider::model)
        };
        let acme = sim("acme", sim::Dialect::OpenAi).start().await.unwrap();
        let other = sim("other", sim::Dialect::Anthropic).start().await.unwrap();
        let catalog = Catalog::from_toml(&text(&acme, &other, models)).unwrap();
        Self {
            acme,
            other,
            catalog,
            clock: Clock::manual(day(today).starts()),
            told: Arc::default(),
        }
    }

    pub(crate) fn is(&self, today: &str) {
        self.clock.set(day(today).starts());
    }

    /// Puts other models in force.
    pub(crate) fn reload(&self, models: &str) {
        let catalog = Catalog::from_toml(&text(&self.acme, &self.other, models)).unwrap();
        self.catalog.replace(catalog.snapshot());
    }

    /// For `team`, who may use all models, and `guest`, who may use `new`.
    pub(crate) fn server(&self) -> Server {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let caller = |name| Caller::new(Tenant::new(name).unwrap());
        let guest = caller("guest").allowed(Allowed::new(["new"]));
        let tenants = Tenants::keys([("team", caller("team").wishes(true)), ("guest", guest)]);
        let told = Arc::clone(&self.told);
        Stack::server(client, self.catalog.clone(), tenants)
            .clock(self.clock.clone())
            .explain_headers(true)
            .observer(move |event: &Event<'_>| {
                if let Event::Deprecated(one) = event {
                    let lifecycle = one.model.lifecycle();
                    told.lock().unwrap().push(format!(
                        "{} {:?} {:?} -> {:?} for {:?} named={} decided={:?}",
                        one.model.name(),
                        lifecycle.deprecated(),
                        lifecycle.sunset(),
                        one.successor.map(|next| next.name()),
                        one.tenant.map(Tenant::as_str),
                        one.named,
                        one.decision.map(|decision| decision.reason.to_string()),
                    ));
                }
            })
    }

    pub(crate) async fn ask(&self, vendor: Vendor, model: &str) -> Answer {
        ask(self.server(), "team", vendor.call(model, "Hello", false)).await
    }

    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

fn text(acme: &sim::Server, other: &sim::Server, models: &str) -> String {
    let (acme, other) = (acme.base_url(), other.base_url());
    let models = models.replace(
        "[[model]]",
        "[[model]]\nprice = { input = \"1.00\", output = \"2.00\" }\nmax_output = 1_000",
    );
    format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "{acme}"

        [[provider]]
        name = "other"
        dialect = "anthropic"
        base_url = "{other}"
        {models}
        "#
    )
}

/// Whose client is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    OpenAi,
    Anthropic,
    Google,
}

impl Vendor {
    pub(crate) const ALL: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Google];

    /// A question to a model.
    pub(crate) fn call(self, model: &str, text: &str, stream: bool) -> Request<Full<Bytes>> {
        let text = Value::from(text);
        let user = format!(r#"[{{"role":"user","content":{text}}}]"#);
        let (path, body) = match self {
            Self::OpenAi => (
                "/v1/chat/completions".to_owned(),
                format!(r#"{{"model":"{model}","stream":{stream},"messages":{user}}}"#),
            ),
            Self::Anthropic => (
                "/v1/messages".to_owned(),
                format!(
                    r#"{{"model":"{model}","stream":{stream},"max_tokens":300,"messages":{user}}}"#
                ),
            ),
            Self::Google => {
                let verb = if stream {
                    "streamGenerateContent?alt=sse"
                } else {
                    "generateContent"
                };
                (
                    format!("/v1beta/models/{model}:{verb}"),
                    format!(r#"{{"contents":[{{"role":"user","parts":[{{"text":{text}}}]}}]}}"#),
                )
            }
        };
        let request = Request::post(path).header("content-type", "application/json");
        request.body(Full::from(body)).unwrap()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) outcome: Option<Outcome>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// `Deprecation` and `Sunset`.
    pub(crate) fn ends(&self) -> (Option<&str>, Option<&str>) {
        let link = self.header("link");
        assert_eq!(link, None, "there is no page to link to");
        (self.header("deprecation"), self.header("sunset"))
    }

    /// Who answered.
    pub(crate) fn by(&self) -> &str {
        self.header("x-genai-model")
            .unwrap_or_else(|| panic!("{}: {}", self.status, self.text))
    }

    /// Why.
    pub(crate) fn reason(&self) -> String {
        let outcome = self.outcome.as_ref().unwrap();
        outcome.decision().unwrap().reason.to_string()
    }
}

pub(crate) async fn ask(server: Server, key: &str, mut request: Request<Full<Bytes>>) -> Answer {
    let bearer = format!("Bearer {key}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    answer(server.boxed(), request).await
}

pub(crate) async fn answer<S>(service: S, request: Request<Full<Bytes>>) -> Answer
where
    S: tower::Service<Request<Full<Bytes>>, Response = http::Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8(text.into()).unwrap(),
        outcome: head.extensions.get::<Outcome>().cloned(),
    }
}
