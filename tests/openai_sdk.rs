//! OpenAI's own Python package, unmodified, against the gateway example.
//!
//! Needs `python3` with its `venv` and `pip` modules, and the package index once: the packages stay in the target
//! folder. Without them the test says what it needs and is left out, except where `CI` is set.

#[path = "../examples/gateway/client.rs"]
mod client;
#[path = "openai_sdk/python.rs"]
mod python;
#[path = "../examples/gateway/server.rs"]
mod server;

use std::{net::SocketAddr, process::Stdio, time::Duration};

use client::ProviderClient;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    time::timeout,
};
use tower_genai::{
    budget::ScopeKey,
    context::Tenant,
    sim::{self, Event, Gate, Pace},
    stack::config::Config,
};

/// The longest that anything may take here.
const PATIENCE: Duration = Duration::from_secs(120);

/// The providers: one answers at once, one writes an event each time the gate is opened, one has an answer that is
/// long enough to be left.
struct Providers {
    quick: sim::Server,
    stepped: sim::Server,
    gate: Gate,
    slow: sim::Server,
}

impl Providers {
    async fn start() -> Self {
        let gate = Gate::new();
        let model = |name: &str| sim::Model::new(name).price("1.00", "3.20");
        let quick = sim::Provider::new("quick").model(model("glm-5").exact_output(24));
        let stepped = sim::Provider::new("stepped")
            .model(model("step-1").exact_output(12))
            .pace(Pace::Gated(gate.clone()));
        let slow = sim::Provider::new("slow")
            .model(model("slow-1").exact_output(20_000))
            .pace(Pace::Every(Duration::from_millis(2)));
        Self {
            quick: quick.start().await.unwrap(),
            stepped: stepped.start().await.unwrap(),
            gate,
            slow: slow.start().await.unwrap(),
        }
    }

    /// Whatever a caller names comes to the provider that is meant: `auto` by its one model, `house-…` by aliases.
    fn toml(&self) -> String {
        let mut toml = String::new();
        for (sim, model) in [
            (&self.quick, "glm-5"),
            (&self.stepped, "step-1"),
            (&self.slow, "slow-1"),
        ] {
            toml.push_str(&format!(
                r#"
                [[provider]]
                name = "{}"
                dialect = "openai"
                base_url = "{}"
                on_disconnect = "stops"
                [[model]]
                name = "{model}"
                provider = "{}"
                price = {{ input = "1.00", output = "3.20" }}
                context = 200_000
                max_output = 32_000
                can = ["tools", "vision", "json_schema", "reasoning", "stream", "n", "logprobs"]
                quality = {{ general = 0.5 }}
                [[alias]]
                name = "house-{model}"
                models = ["{model}"]
                "#,
                sim.name(),
                sim.base_url(),
                sim.name(),
            ));
        }
        toml
    }
}

async fn gateway(text: &str) -> (Config, SocketAddr) {
    let config = Config::parse("gateway.toml", text).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let stack = config.stack(ProviderClient::new(None)).boxed();
    tokio::spawn(server::serve(
        listener,
        server::Served::to_callers(stack),
        std::future::pending(),
    ));
    (config, addr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_package_cannot_tell() {
    let Some(python) = python::with("openai", "openai==3.54.0") else {
        return;
    };
    let providers = Providers::start().await;
    let alias = |model: &str| format!("[[alias]]\nname = \"auto\"\nmodels = [\"{model}\"]\n");
    let head = |limit: &str| {
        format!(
            "explain_headers = true\ntenants.keys = {{ \"sk-team\" = \"team\" }}\n\
             [[budget]]\nscope = \"org\"\nlimit = \"{limit}\"\nwindow = \"total\"\neach = \"tenant\"\n"
        )
    };
    // `auto` must come to each provider in its turn, so there is a gateway for each.
    let mut addresses = Vec::new();
    let mut budgets = Vec::new();
    for (model, limit) in [
        ("glm-5", "100.00"),
        ("step-1", "100.00"),
        ("slow-1", "100.00"),
        ("glm-5", "0.0004"),
    ] {
        let text = format!("{}{}{}", head(limit), alias(model), providers.toml());
        let (config, addr) = gateway(&text).await;
        addresses.push(format!("http://{addr}/v1"));
        budgets.push(config);
    }

    let mut child = tokio::process::Command::new(python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/openai_sdk/check.py"
        ))
        .args(&addresses)
        .env_remove("OPENAI_BASE_URL")
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut left, mut checks) = (0, 0);
    loop {
        let line = timeout(PATIENCE, lines.next_line());
        let Some(line) = line.await.expect("the script goes on").unwrap() else {
            break;
        };
        match line.split_once(' ').unwrap_or((&line, "")) {
            // The provider may write so many events more.
            ("open", events) => providers.gate.open(events.parse().unwrap()),
            // A stream was left.
            ("left", _) => left += 1,
            _ => {
                checks += 1;
                println!("{line}");
            }
        }
    }
    let status = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(status.success(), "the script's own words stand above");

    // Each stream that was left is one that the provider sees closed, long before its end.
    assert_eq!(left, 6);
    for call in 1..=left {
        let gone = providers
            .slow
            .event(|event| *event == Event::ClientGone { call });
        timeout(PATIENCE, gone)
            .await
            .expect("the connection to the provider closes");
    }
    assert_eq!(providers.slow.calls().len() as u64, left);
    for line in providers.slow.bill().lines() {
        assert!(line.cut && line.completion_tokens < 10_000, "{line:?}");
    }

    // What was spent is what was billed, and nothing is held. A stream that was left may cost a step more than what
    // was seen of it, never less.
    let spent = |config: &Config| {
        let left = config
            .budgets()
            .next()
            .unwrap()
            .scope_of(ScopeKey::from(&Tenant::new("team").unwrap()))
            .allowance()
            .unwrap();
        assert_eq!(left.held().nanos(), 0);
        left.spent().nanos()
    };
    let quick = spent(&budgets[0]) + spent(&budgets[3]);
    assert_eq!(quick, providers.quick.bill().total_nano_usd());
    assert_eq!(
        spent(&budgets[1]),
        providers.stepped.bill().total_nano_usd()
    );
    assert!(spent(&budgets[2]) >= providers.slow.bill().total_nano_usd());
    assert!(checks > 30, "{checks} checks");
}
