//! What metrics and spans say of calls, and what they do not.

use std::{
    io,
    sync::{Arc, Mutex},
};

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tower::ServiceExt;
use tower_genai::{
    catalog::Catalog,
    context::{Context, Tenant},
    observe::{Outcome, metrics::Metrics},
    sim::{self, Fault, Times},
    stack::Stack,
};
use tracing::Instrument;
use tracing_subscriber::fmt::format::FmtSpan;

const CATALOG: &str = r#"
    [[provider]]
    name = "hills"
    dialect = "openai"
    base_url = "BASE_URL"

    [[model]]
    name = "cheap"
    provider = "hills"
    price = { input = "1.00", output = "2.00" }
    can = ["stream"]

    [[model]]
    name = "dear"
    provider = "hills"
    price = { input = "10.00", output = "20.00" }
    can = ["stream"]
"#;

const PROMPT: &str = "canary-prompt-words";

/// A call that fails at its first model and is answered by the second; then a stream that is not.
async fn calls() -> [Outcome; 2] {
    let provider = sim::Provider::new("hills")
        .model(sim::Model::new("cheap").price("1.00", "2.00"))
        .model(sim::Model::new("dear").price("10.00", "20.00"));
    let provider = provider.start().await.unwrap();
    let catalog = CATALOG.replace("BASE_URL", &provider.base_url());
    let http = legacy::Client::builder(TokioExecutor::new()).build_http();
    let stack = Stack::client_with(http, Catalog::from_toml(&catalog).unwrap());
    let stack = stack.observer(Metrics::new()).boxed();
    provider.fail(Fault::status(404), Times::Once);
    let mut outcomes = Vec::new();
    for stream in [false, true] {
        let body = format!(
            r#"{{"model":"auto","max_tokens":16,"stream":{stream},"messages":[{{"role":"user","content":"{PROMPT}"}}]}}"#
        );
        let mut request = Request::post("http://localhost/v1/chat/completions")
            .header("authorization", "Bearer canary-key")
            .body(Full::from(body))
            .unwrap();
        let tenant = Tenant::new("canary-tenant").unwrap();
        request
            .extensions_mut()
            .insert(Context::new().with_tenant(tenant));
        let caller = tracing::info_span!("inbound", caller = stream);
        let answer = stack
            .clone()
            .oneshot(request)
            .instrument(caller.clone())
            .await
            .unwrap();
        outcomes.push(answer.extensions().get::<Outcome>().unwrap().clone());
        answer
            .into_body()
            .collect()
            .instrument(caller)
            .await
            .unwrap();
    }
    outcomes.try_into().unwrap()
}

fn run() -> [Outcome; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(calls())
}

#[test]
fn metrics_have_the_conventions_names_and_labels_of_the_catalog() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let outcomes = metrics::with_local_recorder(&recorder, run);
    let mut lines = Vec::new();
    for (key, _, described, value) in snapshotter.snapshot().into_vec() {
        let key = key.key();
        let labels = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()));
        let labels = labels.collect::<Vec<_>>().join(" ");
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(value) => value.to_string(),
            DebugValue::Histogram(values) => format!("x{}", values.len()),
        };
        assert!(described.is_some(), "{key}");
        lines.push(format!("{} {labels} {value}", key.name()));
    }
    lines.sort();
    let whole = lines.join("\n");
    let costs = outcomes
        .iter()
        .map(|outcome| outcome.get().unwrap().cost.unwrap().nanos());
    let dear: u64 = costs.sum();
    let op = "gen_ai.operation.name=chat gen_ai.provider.name=hills";
    let who = "gen_ai.provider.name=hills gen_ai.request.model=";
    // Of a model that is gone the second call knows.
    let decided = "tower_genai.decisions tower_genai.alias=auto tower_genai.task=general";
    let expected = [
        format!(
            "gen_ai.client.operation.duration {op} gen_ai.request.model=cheap error.type=model_gone x1"
        ),
        format!("gen_ai.client.operation.duration {op} gen_ai.request.model=dear x2"),
        format!("gen_ai.client.operation.time_to_first_chunk {op} gen_ai.request.model=dear x1"),
        format!(
            "gen_ai.client.token.usage {op} gen_ai.request.model=dear gen_ai.token.type=input x2"
        ),
        format!(
            "gen_ai.client.token.usage {op} gen_ai.request.model=dear gen_ai.token.type=output x2"
        ),
        format!("tower_genai.cost_nano_usd {who}cheap 0"),
        format!("tower_genai.cost_nano_usd {who}dear {dear}"),
        format!("{decided} tower_genai.reason=only_one 1"),
        format!("{decided} tower_genai.reason=policy 1"),
        format!("tower_genai.fallbacks {who}cheap error.type=model_gone 1"),
        "tower_genai.overhead  x2".into(),
    ];
    assert_eq!(whole, expected.join("\n"), "\n{whole}");
    assert!(!whole.contains("canary"), "{whole}");
}

/// What a subscriber has written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn spans_of_attempts_are_in_the_caller_s_and_name_their_decision() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let outcomes = tracing::subscriber::with_default(subscriber, run);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let closed = |caller: bool, attempt: u32, outcome: &Outcome| {
        let decision = outcome.decision().unwrap().id.to_string();
        let within = format!("inbound{{caller={caller}}}:chat{{");
        let attempt = format!("tower_genai.attempt={attempt} ");
        text.lines()
            .filter(|line| line.contains(": close"))
            .filter(|line| line.contains(&within) && line.contains(&attempt))
            .filter(|line| line.contains(&format!("tower_genai.decision={decision}")))
            .count()
    };
    assert_eq!(closed(false, 1, &outcomes[0]), 1, "{text}");
    assert_eq!(closed(false, 2, &outcomes[0]), 1, "{text}");
    assert_eq!(closed(true, 1, &outcomes[1]), 1, "{text}");
    // That it was decided is said in the caller's span, with the same name.
    for outcome in &outcomes {
        let decision = outcome.decision().unwrap().id.to_string();
        let decided = text
            .lines()
            .filter(|line| line.contains("decided") && line.contains(&decision));
        assert!(
            decided.clone().count() == 1 && decided.clone().all(|line| line.contains("inbound{"))
        );
    }
    assert!(
        !text.contains("canary-prompt") && !text.contains("canary-key"),
        "{text}"
    );
}
