use std::{io, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt;
use tower_genai::{
    catalog::Catalog,
    observe::{DecisionId, Outcome},
    profile::{Feedback, FeedbackError, Profile, Source},
    sim,
    stack::Stack,
};
use tracing::{Level, subscriber::DefaultGuard};

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const DIALECTS: [(&str, sim::Dialect); 3] = [
    ("openai", sim::Dialect::OpenAi),
    ("anthropic", sim::Dialect::Anthropic),
    ("gemini", sim::Dialect::Gemini),
];

/// A provider of each dialect, with an alias of the dialect's name before it, and what is told of checks.
pub(crate) struct House {
    _sims: Vec<sim::Server>,
    catalog: Catalog,
    pub(crate) profile: Profile,
    lines: mpsc::UnboundedReceiver<String>,
    _guard: DefaultGuard,
}

impl House {
    pub(crate) async fn start() -> Self {
        let (mut sims, mut text) = (Vec::new(), String::new());
        for (name, dialect) in DIALECTS {
            let model = sim::Model::new("m")
                .price("1", "2")
                .exact_output(12)
                .max_output(100_000);
            let provider = sim::Provider::new(name).dialect(dialect).model(model);
            let sim = provider.start().await.unwrap();
            text.push_str(&format!(
                r#"
                [[provider]]
                name = "{name}"
                dialect = "{name}"
                base_url = "{}"
                [[model]]
                name = "{name}-m"
                id = "m"
                provider = "{name}"
                price = {{ input = "1", output = "2" }}
                context = 200_000
                max_output = 100_000
                can = ["tools", "json_schema", "stream"]
                quality = {{ general = 0.5 }}
                [[alias]]
                name = "{name}"
                models = ["{name}-m"]
                "#,
                sim.base_url()
            ));
            sims.push(sim);
        }
        let (tell, lines) = mpsc::unbounded_channel();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || Lines(tell.clone()))
            .finish();
        Self {
            _sims: sims,
            catalog: Catalog::from_toml(&text).unwrap(),
            profile: Profile::new(),
            lines,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Asks, reads the answer to its end, and gives the decision's id and the answer.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> (DecisionId, String) {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let stack = Stack::client_with(client, self.catalog.clone()).profile(self.profile.clone());
        let answer = async {
            let response = stack.boxed().oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let text = body.collect().await.unwrap().to_bytes();
            let text = String::from_utf8(text.into()).unwrap();
            assert!(head.status.is_success(), "{text}");
            let outcome = head.extensions.get::<Outcome>().unwrap();
            (outcome.decision().unwrap().id, text)
        };
        tokio::time::timeout(PATIENCE, answer).await.unwrap()
    }

    /// The next check that is told: of what, whether it fits, and whether the profile took it.
    pub(crate) async fn told(&mut self) -> String {
        let next = async {
            loop {
                let line = self.lines.recv().await.unwrap();
                if let Some(told) = told(&line) {
                    return told;
                }
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .expect("a check is told")
    }

    /// What has been told of checks that was not asked for yet, once all tasks had their turns.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        let lines = std::iter::from_fn(|| self.lines.try_recv().ok());
        lines.filter_map(|line| told(&line)).collect()
    }

    /// Whether the profile has a score of this source for a decision.
    pub(crate) fn is_scored(&self, id: DecisionId, source: Source) -> bool {
        let feedback = Feedback::new(id, 0.5).source(source);
        self.profile.feedback(None, &feedback) == Err(FeedbackError::Twice)
    }
}

fn told(line: &str) -> Option<String> {
    let words = line.split_once("an answer was checked")?.1;
    let wanted = ["source=", "fits=", "taken="];
    let words = words.split_whitespace();
    let words = words.filter(|word| wanted.iter().any(|key| word.starts_with(key)));
    Some(words.collect::<Vec<_>>().join(" "))
}

struct Lines(mpsc::UnboundedSender<String>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whose client is calling.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Vendor {
    OpenAi,
    Anthropic,
    Google,
}

/// What is wanted of the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    Words,
    Schema,
    Tool,
}

impl Vendor {
    pub(crate) const ALL: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Google];

    pub(crate) fn call(
        self,
        model: &str,
        text: &str,
        want: Want,
        stream: bool,
    ) -> Request<Full<Bytes>> {
        self.call_of(model, text, want, stream, 300)
    }

    pub(crate) fn call_of(
        self,
        model: &str,
        text: &str,
        want: Want,
        stream: bool,
        most: u32,
    ) -> Request<Full<Bytes>> {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["city"],
            "properties": {"city": {"type": "string"}},
        });
        let gemini = json!({
            "type": "OBJECT", "required": ["city"], "properties": {"city": {"type": "STRING"}},
        });
        let messages = json!([{"role": "user", "content": text}]);
        let (path, mut body) = match self {
            Self::OpenAi => (
                "/v1/chat/completions".to_owned(),
                json!({"model": model, "stream": stream, "max_completion_tokens": most, "messages": messages}),
            ),
            Self::Anthropic => (
                "/v1/messages".to_owned(),
                json!({"model": model, "stream": stream, "max_tokens": most, "messages": messages}),
            ),
            Self::Google => {
                let verb = match stream {
                    true => "streamGenerateContent?alt=sse",
                    false => "generateContent",
                };
                (
                    format!("/v1beta/models/{model}:{verb}"),
                    json!({
                        "contents": [{"role": "user", "parts": [{"text": text}]}],
                        "generationConfig": {"maxOutputTokens": most},
                    }),
                )
            }
        };
        let (key, value): (&str, Value) = match (self, want) {
            (_, Want::Words) => ("", Value::Null),
            (Self::OpenAi, Want::Schema) => (
                "response_format",
                json!({"type": "json_schema", "json_schema": {"name": "place", "strict": true, "schema": schema}}),
            ),
            (Self::OpenAi, Want::Tool) => (
                "tools",
                json!([{"type": "function", "function": {"name": "look", "parameters": schema}}]),
            ),
            (Self::Anthropic, Want::Schema) => (
                "output_config",
                json!({"format": {"type": "json_schema", "schema": schema}}),
            ),
            (Self::Anthropic, Want::Tool) => {
                ("tools", json!([{"name": "look", "input_schema": schema}]))
            }
            (Self::Google, Want::Schema) => (
                "generationConfig",
                json!({
                    "maxOutputTokens": most, "responseMimeType": "application/json",
                    "responseSchema": gemini,
                }),
            ),
            (Self::Google, Want::Tool) => (
                "tools",
                json!([{"functionDeclarations": [{"name": "look", "parameters": gemini}]}]),
            ),
        };
        if !key.is_empty() {
            body[key] = value;
        }
        Request::post(format!("http://nobody.invalid{path}"))
            .header("content-type", "application/json")
            .body(Full::from(body.to_string()))
            .unwrap()
    }
}
