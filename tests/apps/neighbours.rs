//! tower's and tower-http's layers, each in the place that the example gives it.

#[path = "../../examples/neighbours/service.rs"]
mod service;

use std::{io::Read, time::Duration};

use serde_json::{Value, json};
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    context::Tenant,
    sim::{self, Event, Fault, Gate, Times},
    stack::{Caller, Tenants},
};

use self::service::{CORRELATION, Most};

const CATALOG: &str = r#"
    [[provider]]
    name = "hills"
    dialect = "openai"
    base_url = "BASE_URL"

    [[model]]
    name = "m"
    provider = "hills"
    price = { input = "1.00", output = "2.00" }
    can = ["stream"]
"#;

const MOST: Most = Most {
    at_once: 100,
    at_a_provider: 10,
    bytes: 64 << 10,
    wait: Duration::from_secs(30),
};

struct Rig {
    provider: sim::Server,
    budget: Budget,
    url: String,
    client: reqwest::Client,
}

impl Rig {
    async fn with(most: Most) -> Self {
        let model = sim::Model::new("m").price("1.00", "2.00");
        let provider = sim::Provider::new("hills")
            .model(model)
            .start()
            .await
            .unwrap();
        let catalog = CATALOG.replace("BASE_URL", &provider.base_url());
        let caller = Caller::new(Tenant::new("team-a").unwrap());
        let budget = Budget::new("all").limit("1".parse().unwrap(), Window::Total);
        let app = service::service(
            Catalog::from_toml(&catalog).unwrap(),
            Tenants::keys([("sk-team-a", caller)]),
            budget.clone(),
            &most,
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/v1/chat/completions",
            listener.local_addr().unwrap()
        );
        tokio::spawn(axum::serve(listener, app).into_future());
        let client = reqwest::Client::new();
        Self {
            provider,
            budget,
            url,
            client,
        }
    }

    fn ask(&self, stream: bool) -> reqwest::RequestBuilder {
        let messages = [json!({ "role": "user", "content": "Why is the sky blue?" })];
        let body =
            json!({ "model": "auto", "max_tokens": 400, "stream": stream, "messages": messages });
        let call = self.client.post(&self.url).bearer_auth("sk-team-a");
        call.header("accept-encoding", "gzip").json(&body)
    }

    fn held(&self) -> u64 {
        self.budget.scope().allowance().unwrap().held().nanos()
    }
}

#[tokio::test]
async fn answers_are_packed_and_streams_of_events_are_not() {
    let rig = Rig::with(MOST).await;
    let answer = rig.ask(false).send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let bytes = answer.bytes().await.unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[..])
        .read_to_string(&mut text)
        .unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(whole["model"], "m");

    let answer = rig.ask(true).send().await.unwrap();
    assert!(!answer.headers().contains_key("content-encoding"));
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"));
    assert_eq!(rig.held(), 0);
}

#[tokio::test]
async fn the_caller_s_id_and_the_decision_s_are_both_told() {
    let rig = Rig::with(MOST).await;
    let answer = rig
        .ask(false)
        .header(CORRELATION, "mine")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()[CORRELATION], "mine");
    let decision = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(decision.starts_with("gen_"), "{decision}");
    // Who brings none gets one, also where it is refused further in.
    let refused = rig
        .client
        .post(&rig.url)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    assert!(!refused.headers()[CORRELATION].is_empty());
}

#[tokio::test]
async fn what_is_small_when_packed_and_large_when_not_is_refused() {
    let rig = Rig::with(MOST).await;
    let large = format!(
        r#"{{"model":"auto","messages":[{{"role":"user","content":"{}"}}]}}"#,
        "a".repeat(1 << 20)
    );
    let mut packed = Vec::new();
    let mut gzip = flate2::read::GzEncoder::new(large.as_bytes(), flate2::Compression::best());
    gzip.read_to_end(&mut packed).unwrap();
    assert!(packed.len() < MOST.bytes / 8);
    let send = |bytes: Vec<u8>, encoding: &str| {
        let call = rig.client.post(&rig.url).bearer_auth("sk-team-a");
        let call = call.header("content-type", "application/json");
        call.header("content-encoding", encoding).body(bytes).send()
    };
    let status = send(packed, "gzip").await.unwrap().status().as_u16();
    // Cut by the limit while it is unpacked, it is a body that breaks off.
    assert!([400, 413].contains(&status), "{status}");
    assert!(rig.provider.calls().is_empty());

    let small = r#"{"model":"auto","max_tokens":4,"messages":[{"role":"user","content":"Hi"}]}"#;
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(small.as_bytes(), flate2::Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    assert_eq!(send(packed, "gzip").await.unwrap().status(), 200);
    // In an encoding that nobody knows here.
    assert_eq!(send(small.into(), "br").await.unwrap().status(), 415);
}

#[tokio::test]
async fn too_many_at_once_are_turned_away_and_hold_nothing() {
    let rig = Rig::with(Most { at_once: 1, ..MOST }).await;
    let gate = Gate::new();
    rig.provider.fail(Fault::Hold(gate.clone()), Times::Once);
    let first = tokio::spawn(rig.ask(false).send());
    rig.provider
        .event(|event| matches!(event, Event::Received { .. }))
        .await;
    let second = rig.ask(false).send().await.unwrap();
    assert_eq!(second.status(), 503);
    gate.open_all();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(rig.provider.calls().len(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_begin_in_time_is_cut_and_settled() {
    let wait = Duration::from_millis(100);
    let rig = Rig::with(Most { wait, ..MOST }).await;
    let gate = Gate::new();
    rig.provider.fail(Fault::Hold(gate.clone()), Times::Always);
    // On a busy machine the time may be over before anything is sent.
    while rig.provider.calls().is_empty() {
        let answer = rig.ask(false).send().await.unwrap();
        assert_eq!(answer.status(), 504);
    }
    rig.provider
        .event(|event| matches!(event, Event::ClientGone { .. }))
        .await;
    assert_eq!(rig.held(), 0);
    let spent = rig.budget.scope().allowance().unwrap().spent().nanos();
    assert!(spent > 0 && spent >= rig.provider.bill().total_nano_usd());
}
